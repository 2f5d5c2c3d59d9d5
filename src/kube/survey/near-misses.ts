import type { Facts, NodeFacts } from '../../kubelet/report/facts.ts';
import { isRefused } from '../../kubelet/report/probe.ts';
import type { ClusterRole, RoleBinding } from '../../objects.ts';
import { nearMisses } from '../../rbac/near-miss.ts';
import { type ApiServer, orUndefined } from '../api-server.ts';
import { listClusterRoleBindings } from '../pair.ts';

const api = '/apis/rbac.authorization.k8s.io/v1';

/**
 * Objects that look as if they gave `user`, who is kube-apiserver to kubelets, what these refused. They are listed only
 * where something was refused; undefined if the caller may not.
 */
export async function findNearMisses(
  apiServer: ApiServer,
  nodes: readonly NodeFacts[],
  user: string,
): Promise<Facts['nearMisses'] | undefined> {
  const refused = nodes.flatMap(({ node, viaApiServer }) =>
    isRefused(viaApiServer, 'kubelet') && viaApiServer.refusal?.user === user
      ? [{ name: node.metadata?.name ?? '', refusal: viaApiServer.refusal }]
      : [],
  );
  const [first] = refused;
  if (!first) return [];
  const lists = await orUndefined(
    Promise.all([
      apiServer.list<ClusterRole>(`${api}/clusterroles`),
      listClusterRoleBindings(apiServer),
      apiServer.list<RoleBinding>(`${api}/rolebindings`),
    ]),
  );
  if (!lists) return undefined;
  const [clusterRoles, clusterRoleBindings, roleBindings] = lists;
  const { verb, subresources } = first.refusal;
  return nearMisses(
    { user, verb, subresources, nodes: refused.map(({ name }) => name) },
    { clusterRoles, clusterRoleBindings, roleBindings },
  );
}
