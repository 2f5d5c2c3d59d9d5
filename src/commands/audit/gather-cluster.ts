import { Failure, NodeNotFound } from '../../errors.ts';
import { foundIn, isFound, type Known } from '../../known.ts';
import { readRunning } from '../../kube/api-server/account-pods.ts';
import type { ApiServer } from '../../kube/api-server/api-server.ts';
import { ApiServerFailure } from '../../kube/api-server/api-server-failure.ts';
import {
  chooseNodes,
  labelsOf,
  type NodeChoice,
  noNodes,
  unreadNodes,
} from '../../kube/api-server/choose-nodes.ts';
import { listClusterRbac } from '../../kube/api-server/rbac-lists.ts';
import { readServerVersion } from '../../kube/api-server/server-version.ts';
import { readOrNote } from '../../kube/read-or-note.ts';
import { whoReaches } from '../../kubelet/reach.ts';
import type { Node, RbacSubject } from '../../objects.ts';
import {
  type AuditFacts,
  type GatheredFacts,
  notSelected,
  type RbacFacts,
  type readingsFor,
} from './facts.ts';

/**
 * Lists nodes, RBAC, and the pods of service accounts that may run commands. Throws if the API server is unreachable or rejects the
 * caller's credential, if a named node does not exist, or if no node has the selected labels.
 */
export async function readCluster(
  apiServer: ApiServer,
  choice: NodeChoice,
  {
    rbac: readsRbac,
    serverVersion,
  }: Pick<ReturnType<typeof readingsFor>, 'rbac' | 'serverVersion'>,
): Promise<{ readonly nodes: Known<readonly Node[]> } & Omit<GatheredFacts, 'nodes'>> {
  const reads = [
    chooseNodes(apiServer, choice),
    readsRbac ? listClusterRbac(apiServer) : Promise.resolve(noRbac),
  ] as const;
  const [nodes, rbac] = await Promise.allSettled(reads);
  if (isMissing(nodes) || (isUnreachable(nodes) && (!readsRbac || isUnreachable(rbac))))
    throw nodes.reason;
  const chosen = await readOrNote(() => reads[0], 'list nodes');
  const isNone = foundIn(chosen)?.nodes.length === 0 && !foundIn(chosen)?.denial;
  if (isNone && labelsOf(choice) !== '') throw await noNodes(apiServer, choice);
  const leftOut = foundIn(chosen)?.unreadable;
  const found = await readOrNote(
    () => reads[1],
    'list clusterroles and clusterrolebindings of rbac.authorization.k8s.io',
  );
  return {
    nodes: namedNodes(chosen),
    ...(leftOut && { leftOut }),
    rbac: found,
    serverVersion: serverVersion ? await readServerVersion(apiServer) : notSelected,
    running: await readRunning(apiServer, accountsIn(found)),
  };
}

const noRbac: RbacFacts = { roles: [], bindings: [] };

function accountsIn(rbac: AuditFacts['rbac']): readonly RbacSubject[] {
  if (!isFound(rbac)) return [];
  const { roles, bindings } = rbac.found;
  return whoReaches(roles, bindings)
    .filter(({ by }) => by.some(({ strength, isDefault }) => strength === 'exec' && !isDefault))
    .map(({ subject }) => subject)
    .filter(({ kind }) => kind === 'ServiceAccount');
}

/**
 * If the caller may not read Node objects, returns why the nodes are unknown. Without these objects, audit does not know the addresses of
 * named nodes, and cannot check them.
 */
function namedNodes(
  chosen: Known<Awaited<ReturnType<typeof chooseNodes>>>,
): Known<readonly Node[]> {
  if (!isFound(chosen)) return chosen;
  const { nodes, denial } = chosen.found;
  return denial ? unreadNodes(denial) : { found: nodes };
}

function isMissing<T>(read: PromiseSettledResult<T>): read is PromiseRejectedResult {
  return read.status === 'rejected' && read.reason instanceof NodeNotFound;
}

function isUnreachable<T>(read: PromiseSettledResult<T>): read is PromiseRejectedResult {
  return (
    read.status === 'rejected' &&
    read.reason instanceof Failure &&
    !(read.reason instanceof ApiServerFailure)
  );
}
