import type { KubeletInvocation } from '../../../cli/kubelets.ts';
import { connectionAs } from '../../../cli/service-account.ts';
import { Failure, isFailure, orFailure, UsageFailure } from '../../../errors.ts';
import type { ApiServer } from '../../../kube/api-server/api-server.ts';
import { listNodes } from '../../../kube/api-server/nodes.ts';
import { whoAmI } from '../../../kube/api-server/reviews.ts';
import type { ApiConnection } from '../../../kube/config/api-connection.ts';
import type { Kubelet } from '../../../kube/kubelet-client/client.ts';
import { learnKubeletClient } from '../../../kube/kubelet-client/learn-identity.ts';
import type { Limits } from '../../../kube/transport/limits.ts';
import type { AddressChoice } from '../../../kubelet/address.ts';
import { denialCacheNote } from '../../../kubelet/authorization-cache.ts';
import type { Node, RbacSubject } from '../../../objects.ts';
import { appliesTo, formatSubject, sameSubject, user } from '../../../rbac/subject.ts';
import { openDoor } from '../door/open-door.ts';

export interface KubeletsToWait {
  readonly nodes: readonly Node[];
  readonly open: (node: Node, limits: Limits) => Kubelet;
}

interface WaitFor {
  readonly subject: RbacSubject | 'kube-apiserver';
  readonly only: readonly string[];
  readonly invocation: KubeletInvocation;
  readonly connection: ApiConnection;
  readonly choice: AddressChoice;
}

/**
 * If the subject is the caller or a service account, whose token is requested, requests go directly to kubelets. Otherwise they go through
 * the API server.
 */
export async function findKubelets(
  apiServer: ApiServer,
  { subject, only, invocation, connection, choice }: WaitFor,
): Promise<KubeletsToWait> {
  const all = await listNodes(apiServer);
  const absent = absentNames(all, only);
  if (absent.length > 0)
    throw new Failure(`cannot wait for kubelets: node ${absent.join(', ')} not found`, {
      hints: ['kubectl get nodes'],
    });
  if (all.length === 0) throw new Failure('cannot wait for kubelets: the cluster has no nodes');
  const nodes = selectNodes(all, only);
  const sender = subject === 'kube-apiserver' ? subject : await senderOf(apiServer, subject, all);
  const account = sender === 'account' && subject !== 'kube-apiserver' ? subject : undefined;
  const acting = account
    ? connectionAs(
        invocation,
        { name: account.name, namespace: account.namespace ?? '' },
        connection,
        apiServer,
      )
    : connection;
  const via = sender === 'kube-apiserver' ? 'apiserver' : 'direct';
  const door = await openDoor(invocation, acting, { ...choice, via, apiServer }).catch(
    (error: unknown): never => {
      if (!isFailure(error, 'no direct path')) throw error;
      throw new Failure(`--wait calls kubelets as you: ${error.message}`, {
        hints: error.hints,
      });
    },
  );
  return {
    nodes,
    open: (node, limits) => door.one({ name: node.metadata.name, node }, limits),
  };
}

export function selectNodes(nodes: readonly Node[], names: readonly string[]): readonly Node[] {
  if (names.length === 0) return nodes;
  return nodes.filter(({ metadata }) => names.includes(metadata.name));
}

export function absentNames(nodes: readonly Node[], names: readonly string[]): readonly string[] {
  const known = new Set(nodes.map(({ metadata }) => metadata.name));
  return [...new Set(names)].filter((name) => !known.has(name));
}

export function absentNodeLines(
  nodes: readonly Node[],
  names: readonly string[],
): readonly string[] {
  const absent = absentNames(nodes, names);
  return [
    ...absent.map((name) => `warning: node ${JSON.stringify(name)} not found`),
    ...(absent.length > 0 ? ['hint: kubectl get nodes'] : []),
  ];
}

/** Returns who sends requests as a subject. Throws for users and groups that are neither the caller nor the kubelet client. */
async function senderOf(
  apiServer: ApiServer,
  subject: RbacSubject,
  nodes: readonly Node[],
): Promise<'caller' | 'account' | 'kube-apiserver'> {
  if (appliesTo(subject, await whoAmI(apiServer))) return 'caller';
  if (subject.kind === 'ServiceAccount') return 'account';
  const client = await orFailure(learnKubeletClient(apiServer, nodes));
  if ('known' in client && client.known && sameSubject(user(client.userName), subject))
    return 'kube-apiserver';
  throw new UsageFailure(
    `--wait can check kubelets only as you, a service account or kube-apiserver, not as ${formatSubject(subject)}`,
    {
      details: client instanceof Failure ? [client.message, ...client.details] : [],
      hints: [denialCacheNote],
    },
  );
}
