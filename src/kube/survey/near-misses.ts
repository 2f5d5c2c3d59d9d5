import type { Facts, NodeFacts } from '../../kubelet/report/facts.ts';
import { isRefused } from '../../kubelet/report/probe.ts';
import type { ClusterRole, RoleBinding } from '../../objects.ts';
import { nearMisses } from '../../rbac/near-miss.ts';
import { whoReaches } from '../../rbac/reach.ts';
import type { ApiServer } from '../api-server.ts';
import { listClusterRoleBindings } from '../pair.ts';
import { look, type Survey } from './look.ts';

const api = '/apis/rbac.authorization.k8s.io/v1';

function listClusterRoles(apiServer: ApiServer): Promise<readonly ClusterRole[]> {
  return apiServer.list<ClusterRole>(`${api}/clusterroles`);
}

/**
 * Objects that look as if they gave kube-apiserver what kubelets refused it. They are listed only where something was
 * refused, and where it is certain to whom.
 */
export async function findNearMisses(
  survey: Survey,
  nodes: readonly NodeFacts[],
  client: Facts['client'],
): Promise<Facts['nearMisses']> {
  const user = 'userName' in client ? client.userName : undefined;
  if (user === undefined) return [];
  const refused = nodes.flatMap(({ node, viaApiServer }) =>
    isRefused(viaApiServer, 'kubelet') && viaApiServer.refusal?.user === user
      ? [{ name: node.metadata?.name ?? '', refusal: viaApiServer.refusal }]
      : [],
  );
  const [first] = refused;
  if (!first) return [];
  const { apiServer } = survey;
  const lists = await look(
    survey,
    'what comes close',
    'list clusterroles, clusterrolebindings, rolebindings',
    () =>
      Promise.all([
        listClusterRoles(apiServer),
        listClusterRoleBindings(apiServer),
        apiServer.list<RoleBinding>(`${api}/rolebindings`),
      ]),
  );
  if (!lists) return [];
  const [clusterRoles, clusterRoleBindings, roleBindings] = lists;
  const { verb, subresources } = first.refusal;
  return nearMisses(
    { user, verb, subresources, nodes: refused.map(({ name }) => name) },
    { clusterRoles, clusterRoleBindings, roleBindings },
  );
}

/** Groups that may get nodes/proxy, and by which binding. */
export async function findGroups(survey: Survey): Promise<Facts['groups']> {
  const { apiServer } = survey;
  const lists = await look(
    survey,
    'groups that may reach kubelets',
    'list clusterroles, clusterrolebindings',
    () => Promise.all([listClusterRoles(apiServer), listClusterRoleBindings(apiServer)]),
  );
  if (!lists) return [];
  return whoReaches(...lists)
    .filter(({ subject, strength }) => subject.kind === 'Group' && strength === 'exec')
    .map(({ subject, by }) => `group ${subject.name} by ClusterRoleBinding ${by[0]?.binding}`);
}
