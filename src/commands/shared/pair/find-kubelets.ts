import { Failure, isFailure, orFailure, UsageFailure } from '../../../errors.ts';
import type { ApiServer } from '../../../kube/api-server/api-server.ts';
import { listNodes } from '../../../kube/api-server/nodes.ts';
import { whoAmI } from '../../../kube/api-server/reviews.ts';
import type { Kubelet, Via } from '../../../kube/kubelet-client/client.ts';
import type { Limits } from '../../../kube/transport/limits.ts';
import type { Node, RbacSubject } from '../../../objects.ts';
import { appliesTo, formatSubject, sameSubject, user } from '../../../rbac/subject.ts';
import type { Door } from '../door/open-door.ts';
import { findClient } from './find-client.ts';

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
): Promise<KubeletsToWait & { readonly isDirect: boolean }> {
  const all = await listNodes(apiServer);
  const { nodes, absent } = chooseNodes(all, only);
  if (absent.length > 0)
    throw new Failure(`cannot wait for kubelets: node ${absent.join(', ')} not found`, {
      hints: ['kubectl get nodes'],
    });
  if (all.length === 0) throw new Failure('cannot wait for kubelets: the cluster has no nodes');
  const isDirect = subject !== 'kube-apiserver' && (await isCaller(apiServer, subject, all));
  const door = await open(isDirect ? 'direct' : 'apiserver').catch((error: unknown): never => {
    if (!isFailure(error, 'no direct path')) throw error;
    throw new Failure(`--wait calls kubelets as you: ${error.message}`, { hints: error.hints });
  });
  return {
    nodes,
    isDirect,
    open: (node, limits) => door.one({ name: node.metadata.name, node }, limits),
  };
}

/** Returns the named nodes, or all nodes without names, and the names that no node has. */
export function chooseNodes(
  all: readonly Node[],
  names: readonly string[],
): { readonly nodes: readonly Node[]; readonly absent: readonly string[] } {
  if (names.length === 0) return { nodes: all, absent: [] };
  const known = new Map(all.map((node) => [node.metadata.name, node]));
  const wanted = [...new Set(names)];
  return {
    nodes: wanted.flatMap((name) => known.get(name) ?? []),
    absent: wanted.filter((name) => !known.has(name)),
  };
}

export function absentNodeLines(absent: readonly string[]): readonly string[] {
  const lines = absent.map((name) => `warning: node ${JSON.stringify(name)} not found`);
  return lines.length > 0 ? [...lines, 'hint: kubectl get nodes'] : [];
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
  const client = await orFailure(findClient(apiServer, nodes));
  if ('known' in client && client.known && sameSubject(user(client.userName), subject))
    return false;
  throw new UsageFailure(
    `--wait can check kubelets only as you or as kube-apiserver, not as ${formatSubject(subject)}`,
    {
      details: client instanceof Failure ? [client.message] : [],
      hints: ['re-run without --wait'],
    },
  );
}
