import { Option } from 'clipanion';
import { isGiven } from '../../../cli/argv.ts';
import { ClusterCommand } from '../../../cli/cluster-command.ts';
import type { ExitCodes } from '../../../cli/command-definition.ts';
import { openConnection } from '../../../cli/connection.ts';
import { globalOptions } from '../../../cli/global-options.ts';
import { addressChoiceOf } from '../../../cli/kubelets.ts';
import { splitNodes } from '../../../cli/node-options.ts';
import { completing, declare } from '../../../cli/option.ts';
import { openOutput, outputOption } from '../../../cli/output.ts';
import { parseDurationOption, parseOneOf } from '../../../cli/parse-options.ts';
import { Failure, isFailure, UsageFailure } from '../../../errors.ts';
import type { ApiConnection } from '../../../kube/config/api-connection.ts';
import { invalidNameReason } from '../../../rbac/pair.ts';
import { command } from '../../../text/command.ts';
import { dryRuns, outputs, type PairSettings } from './options.ts';

/** A command that writes a ClusterRole and a ClusterRoleBinding, and can wait until kubelets apply the change. */
export abstract class PairCommand extends ClusterCommand {
  /** This command writes objects: even if the program that reads its output exits, the command finishes a write that it has begun. */
  readonly writes = true;
  static readonly exitCodes: ExitCodes = [
    [0, 'done, or nothing to do'],
    [3, 'revoke: the record of a grant cannot be read, so that nothing was revoked'],
    [4, 'with --wait, some kubelets have not followed; revoke: some grants were not revoked'],
    [1, 'an error; with --wait, no kubelet has followed'],
  ];
  names = completing('node', Option.Rest({ name: 'NODE' }));
  roleName = declare.selection.text('--role-name', 'Name of the ClusterRole.');
  bindingName = declare.selection.text('--binding-name', 'Name of the ClusterRoleBinding.');
  dryRun = declare.behavior.flagOrText(
    '--dry-run',
    'Must be "none", "client" (print only) or "server" (send without persisting).',
    'none',
    { completes: dryRuns },
  );
  force = declare.behavior.flag(
    '--force',
    'Also change objects that another tool manages, such as Helm or Argo CD.',
  );
  wait = declare.behavior.flagOrText(
    '--wait',
    'Wait until every kubelet has the change, for at most this time, such as --wait=2m.',
    false,
  );
  output = outputOption(outputs);
  abstract readonly node: readonly string[];

  /** Parses the options that grant and revoke share. `defaultWaitMs` is the time limit if --wait has no value. */
  protected parsePair(defaultWaitMs: number): PairSettings {
    this.checkName('--role-name', this.roleName);
    this.checkName('--binding-name', this.bindingName);
    // As in kubectl, --dry-run without a value means "client".
    const { wait } = this;
    const dryRun = this.dryRun === true ? 'client' : String(this.dryRun);
    const kubeletFlag = this.given.find(
      ({ option }) => option.group === globalOptions.kubeletPort.group,
    );
    if (kubeletFlag && wait === false)
      throw new UsageFailure(
        `${kubeletFlag.option.name} requires --wait: without it, no kubelet is called`,
      );
    return {
      dryRun: parseOneOf('--dry-run', dryRun, dryRuns),
      output: openOutput(this.output, outputs),
      force: this.force,
      nodes: [...splitNodes(this.names, 'NODE'), ...splitNodes(this.node, '--node')],
      names: { role: this.roleName, binding: this.bindingName },
      wait:
        wait === false
          ? undefined
          : {
              timeoutMs: wait === true ? defaultWaitMs : parseDurationOption('--wait', wait),
              ...addressChoiceOf(this.globals),
            },
    };
  }

  /** Throws for an invalid name. An empty name is invalid, because the command would then change other objects than the user meant. */
  private checkName(flag: string, name: string): void {
    const reason = isGiven(this.given, flag) ? invalidNameReason(name) : undefined;
    if (reason !== undefined) throw new UsageFailure(`invalid ${flag} value "${name}": ${reason}`);
  }

  /** If the kubeconfig does not have the user of --user, a hint suggests --subject: the user may have meant the user who gets access. */
  protected async openConnection(): Promise<ApiConnection> {
    try {
      return await openConnection(this);
    } catch (error) {
      if (!isFailure(error, 'unknown user')) throw error;
      throw new Failure(error.message, {
        hints: [
          command`whom access is for: --subject ${`user:${this.globals.user}`}`,
          ...error.hints,
        ],
      });
    }
  }
}
