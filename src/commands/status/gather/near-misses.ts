import { foundIn, isFound, type Known } from '../../../known.ts';
import { listRbac } from '../../../kube/api-server/rbac-lists.ts';
import { readOrNote } from '../../../kube/read-or-note.ts';
import { type KubeletPermission, whoReaches } from '../../../kubelet/reach.ts';
import type { RbacSubject } from '../../../objects.ts';
import { type NearMiss, nearMisses } from '../../../rbac/near-miss.ts';
import { sameSubject } from '../../../rbac/subject.ts';
import type { Facts, NodeFacts, NodeLimit, PermissionFacts } from '../facts.ts';
import { isDenied } from '../probe.ts';
import type { Sources } from './sources.ts';

/** Finds RBAC objects that seem to allow a request that kubelets denied kube-apiserver. */
export async function findNearMisses(
  sources: Sources,
  nodes: readonly NodeFacts[],
  client: Facts['client'],
): Promise<Known<readonly NearMiss[]>> {
  const user = foundIn(client);
  if (user === undefined) return { found: [] };
  const denied = nodes.flatMap(({ node, viaApiServer }) =>
    isDenied(viaApiServer, 'kubelet') && viaApiServer.denial?.user === user
      ? [{ name: node.metadata.name, denial: viaApiServer.denial }]
      : [],
  );
  const [first] = denied;
  if (!first) return { found: [] };
  const rbac = await readRbac(sources);
  if (!isFound(rbac)) return rbac;
  const { verb, subresources } = first.denial;
  const names = denied.map(({ name }) => name);
  return { found: nearMisses({ user, verb, subresources, nodes: names }, rbac.found) };
}

/** Finds bindings that give a subject lacking permissions on some nodes only. */
export async function findLimits(
  sources: Sources,
  subject: RbacSubject,
  lacking: readonly PermissionFacts[],
): Promise<Known<readonly NodeLimit[]>> {
  const rbac = await readRbac(sources);
  if (!isFound(rbac)) return rbac;
  const isLacking = ({ resource, verb }: KubeletPermission) =>
    lacking.some((each) => resource === `nodes/${each.subresource}` && each.verb === verb);
  const found = whoReaches(rbac.found.clusterRoles, rbac.found.clusterRoleBindings)
    .filter((each) => sameSubject(each.subject, subject))
    .flatMap(({ by }) => by)
    .map(({ binding, permissions }) => ({
      binding,
      nodes: [...new Set(permissions.filter(isLacking).flatMap(({ nodes = [] }) => nodes))].sort(),
    }));
  return { found: found.filter(({ nodes }) => nodes.length > 0) };
}

/** Lists groups that may run commands through kubelets, each with its binding. */
export async function findGroups(sources: Sources): Promise<Known<readonly string[]>> {
  const rbac = await readRbac(sources);
  if (!isFound(rbac)) return rbac;
  return {
    found: whoReaches(rbac.found.clusterRoles, rbac.found.clusterRoleBindings)
      .filter(({ subject, strength }) => subject.kind === 'Group' && strength === 'exec')
      .map(({ subject, by }) => `group ${subject.name} by ClusterRoleBinding ${by[0]?.binding}`),
  };
}

function readRbac({ apiServer }: Sources) {
  return readOrNote(
    () => listRbac(apiServer),
    'list clusterroles, clusterrolebindings, rolebindings',
  );
}
