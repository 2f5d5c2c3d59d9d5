import { Option } from 'clipanion';
import { ClusterCommand } from '../../../cli/cluster-command.ts';
import { openConnection } from '../../../cli/connection.ts';
import { completing, declare, wordOutputOption } from '../../../cli/option.ts';
import { Failure, isFailure } from '../../../errors.ts';
import type { ApiConnection } from '../../../kube/config/api-connection.ts';
import { command } from '../../../text/command.ts';
import { dryRuns, outputs } from './options.ts';

export abstract class PairCommand extends ClusterCommand {
  /** A write that has begun is finished, even if nobody reads the output any more. */
  readonly writes = true;
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
  output = wordOutputOption(outputs);

  /** A user whom access is for is not one of the kubeconfig. */
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
