import { listRbac } from '../../../kube/api-server/rbac-lists.ts';
import { whoReaches } from '../../../kubelet/reach.ts';
import { nearMisses } from '../../../rbac/near-miss/near-miss.ts';
import type { Facts, NodeFacts } from '../facts.ts';
import { isRefused } from '../report/probe.ts';
import { look, type Survey } from './survey.ts';

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
  const lists = first && (await lookAtRbac(survey, 'what comes close'));
  if (!lists) return [];
  const { verb, subresources } = first.refusal;
  return nearMisses({ user, verb, subresources, nodes: refused.map(({ name }) => name) }, lists);
}

/** Groups that may get nodes/proxy, and by which binding. */
export async function findGroups(survey: Survey): Promise<Facts['groups']> {
  const lists = await lookAtRbac(survey, 'groups that may reach kubelets');
  if (!lists) return [];
  return whoReaches(lists.clusterRoles, lists.clusterRoleBindings)
    .filter(({ subject, strength }) => subject.kind === 'Group' && strength === 'exec')
    .map(({ subject, by }) => `group ${subject.name} by ClusterRoleBinding ${by[0]?.binding}`);
}

function lookAtRbac(survey: Survey, what: string) {
  return look(survey, what, 'list clusterroles, clusterrolebindings, rolebindings', () =>
    listRbac(survey.apiServer),
  );
}
