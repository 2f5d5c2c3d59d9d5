import { Command, Option } from 'clipanion';
import { exitCodes, Failure, UsageFailure } from '../errors.ts';
import type { ApiServer } from '../kube/api-server.ts';
import { checkKubeletClient, learnKubeletClient } from '../kube/kubelet-client.ts';
import { findForGrant } from '../kube/pair.ts';
import type { Node, RbacSubject } from '../objects.ts';
import { apiserverPair } from '../rbac/pair.ts';
import { planGrant } from '../rbac/plan.ts';
import { formatSubject, neverGranted, parseSubject, sameSubject, user } from '../rbac/subject.ts';
import { shellWord } from '../shell.ts';
import { PairCommand } from './pair-command.ts';

export class GrantCommand extends PairCommand {
  static override paths = [['grant']];
  static override usage = Command.Usage({
    description:
      'Let kube-apiserver reach kubelets: create or repair the pair of cluster role and binding',
    details:
      'Create or repair ClusterRole system:kube-apiserver-to-kubelet and ClusterRoleBinding system:kube-apiserver, for the identity that kube-apiserver shows to kubelets. That identity is found out from a refusal, by one harmless request through the API server.',
    examples: [
      ['Let kube-apiserver reach kubelets', 'kubectl kubeletaccess grant'],
      ['See what that would create', 'kubectl kubeletaccess grant --dry-run=client -o yaml'],
      [
        'Name the identity yourself',
        'kubectl kubeletaccess grant --subject user:Kubernetes --allow-exec',
      ],
    ],
  });

  subject = Option.String('--subject', {
    description:
      'user:NAME, group:NAME or serviceaccount:NAMESPACE:NAME, in place of what the cluster tells.',
  });
  allowExec = Option.Boolean('--allow-exec', false, {
    description:
      'Grant to a subject that the cluster did not show to be kube-apiserver, who can then run commands in every container.',
  });

  override async execute(): Promise<number> {
    const dryRun = this.dryRun();
    const named = this.subject === undefined ? undefined : readSubject(this.subject);
    const apiServer = this.apiServer(this.connection());
    try {
      const subject = named && this.allowExec ? named : await this.learnSubject(apiServer, named);
      if (!subject) return exitCodes.ok;
      const wanted = apiserverPair(subject);
      const unseen = planGrant(wanted, { bindings: [] });
      const found = await this.read(apiServer, findForGrant(apiServer), unseen, dryRun);
      const changes = planGrant(wanted, found);
      const who = this.allowExec && named ? '' : ', who is kube-apiserver to kubelets';
      this.announce(`for ${formatSubject(subject)}${who}:`, changes);
      await this.apply(apiServer, changes, dryRun);
      this.remind(
        'kubelets that have just refused go on refusing that for up to 30 s, from their cache',
        changes,
        dryRun,
      );
      return exitCodes.ok;
    } finally {
      apiServer.close();
    }
  }

  /** Who kube-apiserver is to kubelets; undefined if they refuse it nothing, so that there is nothing to grant. */
  private async learnSubject(
    apiServer: ApiServer,
    named: RbacSubject | undefined,
  ): Promise<RbacSubject | undefined> {
    const nodes = await apiServer.list<Node>('/api/v1/nodes');
    const client = await learnKubeletClient(apiServer, nodes);
    if (named) {
      if (client.known && sameSubject(named, user(client.userName))) return named;
      throw execRefusal(named, client.known ? client.userName : undefined);
    }
    if (client.known) {
      checkKubeletClient(client.userName);
      return user(client.userName);
    }
    this.context.stderr.write(
      'nothing to grant: kubelets refuse kube-apiserver nothing, not even what the pair does not hold\n',
    );
    return undefined;
  }
}

function readSubject(text: string): RbacSubject {
  const subject = parseSubject(text);
  if (!subject)
    throw new UsageFailure(`"${text}" is not a subject`, {
      hints: ['user:NAME, group:NAME or serviceaccount:NAMESPACE:NAME'],
    });
  const reason = neverGranted(subject);
  if (reason !== undefined) throw new Failure(`${text} is never granted kubelet access: ${reason}`);
  return subject;
}

function execRefusal(named: RbacSubject, client: string | undefined): Failure {
  const subject = shellWord(formatSubject(named));
  return new Failure(
    client === undefined
      ? `the cluster does not tell who kube-apiserver is to kubelets, so ${subject} may be anyone`
      : `${subject} is not who kube-apiserver is to kubelets: that is user:${client}`,
    {
      details: [
        'The pair holds nodes/proxy, and with that one runs commands in every container of the cluster.',
      ],
      hints: [
        ...(client === undefined ? [] : ['for kube-apiserver: kubectl kubeletaccess grant']),
        `if you mean it: kubectl kubeletaccess grant --subject ${subject} --allow-exec`,
      ],
    },
  );
}
