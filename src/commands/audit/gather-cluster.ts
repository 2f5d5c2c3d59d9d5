import { Failure, Interrupted } from '../../errors.ts';
import { type ApiServer, ApiServerFailure } from '../../kube/api-server/api-server.ts';
import {
  type ChosenNodes,
  chooseNodes,
  type NodeChoice,
} from '../../kube/api-server/choose-nodes.ts';
import { listClusterRoleBindings } from '../../kube/api-server/pair-objects.ts';
import { listClusterRoles } from '../../kube/api-server/rbac-lists.ts';
import { TransportError } from '../../kube/transport/error.ts';
import { oneLine } from '../../kubelet/authorization-answer.ts';
import type { Node } from '../../objects.ts';
import { type AuditFacts, interrupted, isFound, type Look, type Unseen } from './facts.ts';

/** What the API server lists. A failure if the API server cannot be reached at all, knows nothing of the caller, or has no node that was named. */
export async function readCluster(
  apiServer: ApiServer,
  choice: NodeChoice,
): Promise<{ readonly nodes: Look<readonly Node[]>; readonly rbac: AuditFacts['rbac'] }> {
  const [nodes, rbac] = await Promise.allSettled([
    chooseNodes(apiServer, choice),
    readRbac(apiServer),
  ]);
  if (isUnreachable(nodes) && isUnreachable(rbac)) throw nodes.reason;
  return {
    nodes: chosen(nodes),
    rbac: readOrUnseen(
      rbac,
      'list clusterroles and clusterrolebindings of rbac.authorization.k8s.io',
    ),
  };
}

function chosen(asked: PromiseSettledResult<ChosenNodes>): Look<readonly Node[]> {
  const isMissing =
    asked.status === 'rejected' &&
    asked.reason instanceof ApiServerFailure &&
    asked.reason.status === 404;
  if (isMissing) throw asked.reason;
  const look = readOrUnseen(asked, 'list nodes');
  if (!isFound(look)) return look;
  const { nodes, lacking } = look.found;
  return lacking === undefined
    ? { found: nodes }
    : { unseen: oneLine(lacking.words), needs: lacking.right };
}

async function readRbac(apiServer: ApiServer) {
  const [roles, bindings] = await Promise.all([
    listClusterRoles(apiServer),
    listClusterRoleBindings(apiServer),
  ]);
  return { roles, bindings };
}

function readOrUnseen<T>(asked: PromiseSettledResult<T>, needs: string): Look<T> {
  return asked.status === 'fulfilled' ? { found: asked.value } : unseenBy(asked.reason, needs);
}

function isUnreachable<T>(asked: PromiseSettledResult<T>): asked is PromiseRejectedResult {
  return (
    asked.status === 'rejected' &&
    asked.reason instanceof Failure &&
    asked.reason.cause instanceof TransportError
  );
}

/** Why a list was not given. Only of a refusal is it known that a right would help. */
function unseenBy(error: unknown, needs: string): Unseen {
  if (error instanceof Interrupted) return interrupted;
  if (error instanceof ApiServerFailure && error.status === 403)
    return { unseen: oneLine(error.words), needs };
  if (error instanceof ApiServerFailure && error.status !== 401)
    return { unseen: `the API server answered ${error.status}: ${oneLine(error.words)}` };
  if (error instanceof Failure && error.cause instanceof TransportError)
    return { unseen: oneLine(error.message) };
  throw error;
}
