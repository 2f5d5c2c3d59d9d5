import type { ClusterCommand } from '../../../cli/cluster-command.ts';
import { connectionAs } from '../../../cli/service-account.ts';
import { Failure, isFailure, orFailure, orThrow, UsageFailure } from '../../../errors.ts';
import type { ApiServer } from '../../../kube/api-server/api-server.ts';
import { orUndefined } from '../../../kube/api-server/api-server-failure.ts';
import { listNodes } from '../../../kube/api-server/nodes.ts';
import { findPair } from '../../../kube/api-server/pair-objects.ts';
import { whoAmI } from '../../../kube/api-server/reviews.ts';
import type { ServiceAccountName } from '../../../kube/api-server/token-request.ts';
import type { ApiConnection } from '../../../kube/config/api-connection.ts';
import type { Kubelet } from '../../../kube/kubelet-client/client.ts';
import { type Asking, learnKubeletClient } from '../../../kube/kubelet-client/learn-identity.ts';
import type { Limits } from '../../../kube/transport/limits.ts';
import type { Node, RbacSubject } from '../../../objects.ts';
import { grantsIn } from '../../../rbac/grant.ts';
import { knownNames } from '../../../rbac/names.ts';
import { appliesTo, formatSubject, sameSubject, user } from '../../../rbac/subject.ts';
import { openDoor } from '../door/open-door.ts';
import type { PairSettings } from './pair-command.ts';

export interface KubeletsToWait {
  readonly nodes: readonly Node[];
  readonly open: (node: Node, limits: Limits) => Kubelet;
}

/**
 * If the subject is the caller or a service account, whose token is requested, requests go directly to kubelets. Otherwise they go through
 * the API server. Undefined without --wait.
 */
export async function findKubelets(
  command: ClusterCommand,
  [connection, apiServer]: readonly [ApiConnection, ApiServer],
  { wait, nodes: only }: PairSettings,
  subject: RbacSubject | 'kube-apiserver',
): Promise<(KubeletsToWait & { readonly isDirect: boolean }) | undefined> {
  if (!wait) return undefined;
  const all = await listNodes(apiServer);
  const { nodes, absent } = chooseNodes(all, only);
  if (absent.length > 0)
    throw new Failure(`cannot wait for kubelets: node ${absent.join(', ')} not found`, {
      hints: ['kubectl get nodes'],
    });
  if (all.length === 0) throw new Failure('cannot wait for kubelets: the cluster has no nodes');
  const sender = subject === 'kube-apiserver' ? subject : await senderOf(apiServer, subject, all);
  const isDirect = sender !== 'kube-apiserver';
  const via = isDirect ? 'direct' : 'apiserver';
  const acting =
    typeof sender === 'string' ? connection : connectionAs(command, sender, connection, apiServer);
  const opened = openDoor(command, acting, { ...wait, via, apiServer });
  const door = await orThrow(opened, (error) =>
    isFailure(error, 'no direct path')
      ? new Failure(`--wait calls kubelets as you: ${error.message}`, { hints: error.hints })
      : error,
  );
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

/** Returns who sends requests as a subject. Throws for users and groups that are neither the caller nor the kubelet client. */
async function senderOf(
  apiServer: ApiServer,
  subject: RbacSubject,
  nodes: readonly Node[],
): Promise<'caller' | ServiceAccountName | 'kube-apiserver'> {
  if (appliesTo(subject, await whoAmI(apiServer))) return 'caller';
  if (subject.kind === 'ServiceAccount')
    return { namespace: subject.namespace ?? '', name: subject.name };
  const client = await orFailure(findClient(apiServer, nodes));
  if (!(client instanceof Failure) && client.subject && sameSubject(client.subject, subject))
    return 'kube-apiserver';
  throw new UsageFailure(
    `--wait can check kubelets only as you, a service account or kube-apiserver, not as ${formatSubject(subject)}`,
    {
      details: client instanceof Failure ? [client.message] : [],
      hints: ['re-run without --wait'],
    },
  );
}

export interface FoundClient {
  /** The user of kube-apiserver at kubelets; undefined if they deny it nothing. */
  readonly subject: RbacSubject | undefined;
  /** Names of the nodes that denied nothing. */
  readonly checked: readonly string[];
}

/**
 * Finds out by which user name kubelets know kube-apiserver. With profile apiserver-full, kubelets deny it nothing, so that no denial names
 * it: it then is the user to whom grant gave this profile.
 */
export async function findClient(
  apiServer: ApiServer,
  nodes: readonly Node[],
  asking: Asking = {},
): Promise<FoundClient> {
  const client = await learnKubeletClient(apiServer, nodes, asking);
  if (client.known) return { subject: user(client.userName), checked: [] };
  const { role, binding } = (await orUndefined(findPair(apiServer, knownNames))) ?? {};
  const [grant, ...others] = grantsIn(role ? [role] : [], binding ? [binding] : []);
  const isOnly = grant?.profile === 'apiserver-full' && others.length === 0;
  const subject = isOnly && grant.subject.kind === 'User' ? grant.subject : undefined;
  return { subject, checked: client.nodes };
}
