import { Option } from 'clipanion';
import { ClusterCommand } from '../../../cli/cluster-command.ts';
import { openConnection } from '../../../cli/connection.ts';
import { globalOptions } from '../../../cli/global-options.ts';
import { addressChoiceOf } from '../../../cli/kubelets.ts';
import { splitNodes } from '../../../cli/node-options.ts';
import { completing, declare } from '../../../cli/option.ts';
import { outputOption, parseFormat } from '../../../cli/output.ts';
import { parseDurationOption, parseOneOf } from '../../../cli/parse-options.ts';
import { Failure, isFailure, UsageFailure } from '../../../errors.ts';
import type { ApiConnection } from '../../../kube/config/api-connection.ts';
import type { AddressChoice } from '../../../kubelet/address.ts';
import { probesFor } from '../../../kubelet/probes.ts';
import { type DryRun, dryRuns } from '../../../rbac/change.ts';
import { type Profile, rulesToAsk } from '../../../rbac/profiles.ts';
import { command } from '../../../text/command.ts';
import { type PlanFormat, planFormats } from './plan-reporter.ts';

export interface PairSettings {
  readonly dryRun: DryRun;
  readonly output: PlanFormat;
  readonly force: boolean;
  readonly nodes: readonly string[];
  readonly wait: WaitOption | undefined;
}

interface WaitOption extends AddressChoice {
  readonly timeoutMs: number;
}

/** Options of grant and revoke. Each command declares them in the order in which its help lists them. */
export const pairOptions = {
  wait: () =>
    declare.behavior.flagOrText(
      '--wait',
      'Wait until all kubelets follow, at most 2m: --wait=2m.',
      false,
    ),
  dryRun: () =>
    declare.behavior.flagOrText('--dry-run', 'Must be "none", "client" or "server".', 'none', {
      completes: dryRuns,
    }),
  output: () => outputOption(planFormats),
};

/** A command that writes a ClusterRole and a ClusterRoleBinding, and can wait until kubelets apply the change. */
export abstract class PairCommand extends ClusterCommand {
  /** This command writes objects: even if the program that reads its output exits, the command finishes a write that it has begun. */
  readonly writes = true;
  names = completing('node', Option.Rest({ name: 'NODE' }));
  abstract readonly dryRun: string | boolean;
  abstract readonly wait: string | boolean;
  abstract readonly force: boolean;
  abstract readonly output: string;
  abstract readonly node: readonly string[];

  /** Parses the options that grant and revoke share. `defaultWaitMs` is the time limit if --wait has no value. */
  protected parsePair(defaultWaitMs: number): PairSettings {
    // As in kubectl, --dry-run without a value means "client".
    const { wait } = this;
    const dryRun = this.dryRun === true ? 'client' : String(this.dryRun);
    const spaced = dryRuns.find((each) => this.dryRun === true && this.names.includes(each));
    if (spaced !== undefined)
      throw new UsageFailure('--dry-run takes a value after =, not a space', {
        hints: [`--dry-run=${spaced}`],
      });
    const kubeletFlag = this.given.find(
      ({ option }) => option.group === globalOptions.kubeletPort.group,
    );
    if (kubeletFlag && wait === false)
      throw new UsageFailure(
        `${kubeletFlag.option.name} requires --wait: without it, no kubelet is called`,
      );
    return {
      dryRun: parseOneOf('--dry-run', dryRun, dryRuns),
      output: parseFormat(this.output, planFormats),
      force: this.force,
      nodes: [...splitNodes(this.names, 'NODE'), ...splitNodes(this.node, '--node')],
      wait:
        wait === false
          ? undefined
          : {
              timeoutMs: wait === true ? defaultWaitMs : parseDurationOption('--wait', wait),
              ...addressChoiceOf(this.globals),
            },
    };
  }

  protected checkWaitable(profile: Profile): void {
    if (this.wait === false || probesFor(rulesToAsk(profile), Number.POSITIVE_INFINITY).length > 0)
      return;
    throw new UsageFailure(
      `--wait cannot be used with --profile ${profile.name}: no read-only request can show whether it is in effect`,
    );
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
