import { ClusterCommand } from '../../cli/cluster-command.ts';
import { declare } from '../../cli/option.ts';
import { dryRuns, outputs } from './options.ts';

/** The options that grant and revoke share. */
export abstract class PairCommand extends ClusterCommand {
  /** What has begun is finished, also when nobody reads the output any more. */
  readonly writes = true;
  roleName = declare.selection.text('--role-name', 'Name of the ClusterRole.');
  bindingName = declare.selection.text('--binding-name', 'Name of the ClusterRoleBinding.');
  dryRun = declare.behavior.flagOrText(
    '--dry-run',
    'Must be "none", "client" or "server". With "client", print the changes without sending them. With "server", send them without persisting them.',
    'none',
    { completes: dryRuns },
  );
  force = declare.behavior.flag(
    '--force',
    'Also change objects that another tool manages, such as Helm or Argo CD.',
  );
  wait = declare.behavior.flagOrText(
    '--wait',
    'Wait until the change is in effect on every kubelet, for at most this time, such as --wait=2m.',
    false,
  );
  output = declare.output.text('-o,--output', 'Output format. One of: name, yaml, json.', '', {
    completes: outputs.filter((each) => each !== ''),
  });
}
