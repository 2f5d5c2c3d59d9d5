import { foundIn, isFound, type Known } from '../../../known.ts';
import { listRbac } from '../../../kube/api-server/rbac-lists.ts';
import { readOrNote } from '../../../kube/read-or-note.ts';
import { type KubeletPermission, whoReaches } from '../../../kubelet/reach.ts';
import type { RbacSubject } from '../../../objects.ts';
import { type NearMiss, nearMisses } from '../../../rbac/near-miss.ts';
import type { RbacObjects } from '../../../rbac/rbac-objects.ts';
import { sameSubject } from '../../../rbac/subject.ts';
import type { Facts, NodeFacts, NodeLimit, PermissionFacts } from '../facts.ts';
import { isDenied } from '../probe.ts';
import type { Sources } from './probe-node.ts';

/** Finds RBAC objects that seem to allow a request that kubelets denied kube-apiserver. */
export async function findNearMisses(
  sources: Sources,
  nodes: readonly NodeFacts[],
  client: Facts['client'],
): Promise<Known<readonly NearMiss[]>> {
  const user = foundIn(client);
  const denied = nodes.flatMap(({ node, viaApiServer }) =>
    isDenied(viaApiServer, 'kubelet') && viaApiServer.denial?.user === user
      ? [{ name: node.metadata.name, denial: viaApiServer.denial }]
      : [],
  );
  const [first] = denied;
  if (user === undefined || !first?.denial) return { found: [] };
  const { verb, subresources } = first.denial;
  const names = denied.map(({ name }) => name);
  return findInRbac(sources, (rbac) =>
    nearMisses({ user, verb, subresources, nodes: names }, rbac),
  );
}

/** Returns no limits if some of the lacking permissions are not given on any node. */
export function findLimits(
  sources: Sources,
  subject: RbacSubject,
  lacking: readonly PermissionFacts[],
): Promise<Known<readonly NodeLimit[]>> {
  const isOf = (lack: PermissionFacts, { resource, verb }: KubeletPermission) =>
    resource === `nodes/${lack.subresource}` && lack.verb === verb;
  return findInRbac(sources, ({ clusterRoles, clusterRoleBindings }) => {
    const limited = whoReaches(clusterRoles, clusterRoleBindings)
      .filter((each) => sameSubject(each.subject, subject))
      .flatMap(({ by }) => by)
      .flatMap(({ binding, permissions }) => {
        const given = permissions.filter(
          (each) => each.nodeNames && lacking.some((lack) => isOf(lack, each)),
        );
        const nodes = [...new Set(given.flatMap(({ nodeNames = [] }) => nodeNames))].sort();
        return nodes.length > 0 ? { binding, nodes, given } : [];
      });
    const isGiven = (lack: PermissionFacts) =>
      limited.some(({ given }) => given.some((each) => isOf(lack, each)));
    return lacking.every(isGiven) ? limited.map(({ binding, nodes }) => ({ binding, nodes })) : [];
  });
}

/** Lists groups that may run commands through kubelets. Names the ClusterRoleBinding of each group. */
export function findGroups(sources: Sources): Promise<Known<readonly string[]>> {
  return findInRbac(sources, ({ clusterRoles, clusterRoleBindings }) =>
    whoReaches(clusterRoles, clusterRoleBindings)
      .filter(({ subject, strength }) => subject.kind === 'Group' && strength === 'exec')
      .map(({ subject, by }) => `group ${subject.name} by ClusterRoleBinding ${by[0]?.binding}`),
  );
}

async function findInRbac<T>(
  { apiServer }: Sources,
  find: (rbac: RbacObjects) => T,
): Promise<Known<T>> {
  const needs = 'list clusterroles, clusterrolebindings, rolebindings';
  const rbac = await readOrNote(() => listRbac(apiServer), needs);
  return isFound(rbac) ? { found: find(rbac.found) } : rbac;
}
