import { Failure, isFailure, orFailure, UsageFailure } from '../../../errors.ts';
import type { ApiServer } from '../../../kube/api-server/api-server.ts';
import { listNodes } from '../../../kube/api-server/nodes.ts';
import { whoAmI } from '../../../kube/api-server/reviews.ts';
import type { Kubelet, Via } from '../../../kube/kubelet-client/client.ts';
import { learnKubeletClient } from '../../../kube/kubelet-client/learn-identity.ts';
import type { Limits } from '../../../kube/transport/limits.ts';
import { denialCacheNote } from '../../../kubelet/authorization-cache.ts';
import type { Node, RbacSubject } from '../../../objects.ts';
import { appliesTo, formatSubject, sameSubject, user } from '../../../rbac/subject.ts';
import type { Door } from '../door/open-door.ts';

export interface KubeletsToWait {
  readonly nodes: readonly Node[];
  readonly open: (node: Node, limits: Limits) => Kubelet;
}

interface WaitFor {
  readonly subject: RbacSubject | 'kube-apiserver';
  readonly only: readonly string[];
  readonly open: (via: Via) => Promise<Door>;
}

/** If the subject is the caller, requests go directly to kubelets. Otherwise they go through the API server. */
export async function findKubelets(
  apiServer: ApiServer,
  { subject, only, open }: WaitFor,
): Promise<KubeletsToWait> {
  const all = await listNodes(apiServer);
  const absent = absentNames(all, only);
  if (absent.length > 0)
    throw new Failure(`cannot wait for kubelets: node ${absent.join(', ')} not found`, {
      hints: ['kubectl get nodes'],
    });
  if (all.length === 0) throw new Failure('cannot wait for kubelets: the cluster has no nodes');
  const nodes = selectNodes(all, only);
  const isDirect = subject !== 'kube-apiserver' && (await isCaller(apiServer, subject, all));
  const door = await open(isDirect ? 'direct' : 'apiserver').catch((error: unknown): never => {
    if (!isFailure(error, 'no direct path')) throw error;
    throw new Failure(`--wait calls kubelets as you: ${error.message}`, {
      hints: error.hints,
    });
  });
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

/**
 * Whether a subject is the caller. Throws if it is neither the caller nor the kubelet client, because the command can send requests
 * only as one of these.
 */
async function isCaller(
  apiServer: ApiServer,
  subject: RbacSubject,
  nodes: readonly Node[],
): Promise<boolean> {
  if (appliesTo(subject, await whoAmI(apiServer))) return true;
  const client = await orFailure(learnKubeletClient(apiServer, nodes));
  if ('known' in client && client.known && sameSubject(user(client.userName), subject))
    return false;
  throw new UsageFailure(
    `--wait can check kubelets only as you or as kube-apiserver, not as ${formatSubject(subject)}`,
    {
      details: client instanceof Failure ? [client.message, ...client.details] : [],
      hints: [denialCacheNote],
    },
  );
}
