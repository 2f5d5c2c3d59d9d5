import { Command } from 'clipanion';
import { exitCodes } from '../errors.ts';
import { findForRevoke } from '../kube/pair.ts';
import { bindingName, roleName } from '../rbac/pair.ts';
import { planRevoke } from '../rbac/plan.ts';
import { PairCommand } from './pair-command.ts';

export class RevokeCommand extends PairCommand {
  static override paths = [['revoke']];
  static override usage = Command.Usage({
    description: 'Take back what grant made, and nothing else',
    details:
      'Take the subjects that grant recorded out of ClusterRoleBinding system:kube-apiserver; delete the binding when no subject is left, and ClusterRole system:kube-apiserver-to-kubelet when grant made it and nothing else refers to it.',
    examples: [
      ['Take it back', 'kubectl kubeletaccess revoke'],
      ['See what that would delete', 'kubectl kubeletaccess revoke --dry-run=server'],
    ],
  });

  override async execute(): Promise<number> {
    const dryRun = this.dryRun();
    const apiServer = this.apiServer(this.connection());
    try {
      const changes = planRevoke(
        { role: roleName, binding: bindingName },
        await this.read(apiServer, findForRevoke(apiServer), [], dryRun),
      );
      this.announce('', changes);
      await this.apply(apiServer, changes, dryRun);
      this.remind(
        'kubelets go on allowing for up to 5 minutes what each of them had already allowed, from its cache',
        changes,
        dryRun,
      );
      return exitCodes.ok;
    } finally {
      apiServer.close();
    }
  }
}
