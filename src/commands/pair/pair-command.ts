import { Option } from 'clipanion';
import { KubeletCommand } from '../../cli/kubelet-command.ts';
import { type PairRequest, parsePairOptions } from './options.ts';

/** The options that grant and revoke share. */
export abstract class PairCommand extends KubeletCommand {
  roleName = Option.String('--role-name', '', { description: 'Name of the ClusterRole.' });
  bindingName = Option.String('--binding-name', '', {
    description: 'Name of the ClusterRoleBinding.',
  });
  dryRunMode = Option.String('--dry-run', 'none', {
    tolerateBoolean: true,
    description:
      'Must be "none", "client" or "server". client: print the changes without sending them. server: send them without persisting them.',
  });
  force = Option.Boolean('--force', false, {
    description: 'Also change objects that another tool manages, such as Helm or Argo CD.',
  });
  wait = Option.String('--wait', {
    tolerateBoolean: true,
    description: 'Wait until the change is in effect on every kubelet, for at most this long.',
  });
  output = Option.String('-o,--output', '', {
    description: 'Output format. One of: name, yaml, json.',
  });

  protected parsePairOptions(nodes: readonly string[], defaultWaitMs: number): PairRequest {
    const { wait } = this;
    const isWaiting = wait !== undefined && wait !== false;
    return parsePairOptions(
      {
        ...this,
        nodes,
        wait: isWaiting
          ? {
              timeoutMs: wait === true ? defaultWaitMs : this.duration('--wait', wait),
              addressTypes: this.addressTypes(),
              port: this.port(),
            }
          : undefined,
      },
      this.given,
    );
  }
}
