import type { ClusterRole, ClusterRoleBinding, PolicyRule, RbacSubject } from '../objects.ts';
import { listed } from '../rbac/permission.ts';
import { allowsRequest } from '../rbac/rules.ts';
import { canonicalSubject, formatSubject } from '../rbac/subject.ts';
import { summarize } from '../text/list.ts';
import { type KubeletVerb, subresourcesOf, verbsOf } from './authorization.ts';
import { endpointList, type NodeSubresource, type Strength, strengths } from './endpoints.ts';

interface OpenedAccess {
  readonly subresource: NodeSubresource;
  readonly verb: KubeletVerb;
  readonly strength: Strength;
}

function strongestOpenings(minors?: readonly number[]): readonly OpenedAccess[] {
  const found = new Map<string, OpenedAccess>();
  for (const endpoint of endpointList)
    for (const subresource of subresourcesOf(endpoint, minors))
      for (const verb of verbsOf(endpoint)) {
        const key = `${verb} ${subresource}`;
        const strength = found.get(key)?.strength ?? endpoint.worth;
        const stronger = rank(endpoint.worth) < rank(strength) ? endpoint.worth : strength;
        found.set(key, { subresource, verb, strength: stronger });
      }
  return [...found.values()].sort((a, b) => rank(a.strength) - rank(b.strength));
}

const openingsOfAny = strongestOpenings();

/** A permission that gives access to kubelets. */
export interface KubeletPermission {
  /**
   * A subresource of nodes, such as `nodes/proxy`.
   * @pattern ^nodes/
   */
  readonly resource: string;
  readonly verb: KubeletVerb;
  readonly strength: Strength;
  /** Names of the nodes to which the permission is limited; absent if it covers all nodes. */
  readonly nodeNames?: readonly string[];
}

export interface ReachGrant {
  readonly binding: string;
  readonly role: string;
  /** Whether kube-apiserver creates the grant by default for a component of the cluster, and would restore it. */
  readonly isDefault: boolean;
  readonly strength: Strength;
  readonly permissions: readonly KubeletPermission[];
}

export interface Reach {
  readonly subject: RbacSubject;
  /** The strongest access among the grants in `by`. */
  readonly strength: Strength;
  /** Grants, the strongest first. */
  readonly by: readonly ReachGrant[];
}

/**
 * Returns every subject that RBAC allows access to kubelets, the strongest first. RoleBindings do not count, because nodes have no
 * namespace. An aggregated role has the rules that its controller wrote into it. Group system:masters is left out, because it
 * bypasses RBAC. `minors` are the versions of the kubelets; if undefined, permissions of any version count.
 */
export function whoReaches(
  roles: readonly ClusterRole[],
  bindings: readonly ClusterRoleBinding[],
  minors?: readonly number[],
): readonly Reach[] {
  const permissions = permissionsByRole(roles, minors && strongestOpenings(minors));
  const found = new Map<string, { subject: RbacSubject; by: ReachGrant[] }>();
  for (const clusterBinding of bindings) {
    const { metadata, roleRef, subjects } = clusterBinding;
    const given = roleRef.kind === 'ClusterRole' ? permissions(roleRef.name) : [];
    const [strongest] = given;
    if (!strongest) continue;
    const binding = metadata.name;
    const grant = { binding, role: roleRef.name, strength: strongest.strength, permissions: given };
    for (const subject of listedSubjects(subjects)) {
      const key = formatSubject(subject);
      const entry = found.get(key) ?? { subject, by: [] };
      const isDefault = isDefaultGrant(subject, clusterBinding);
      if (!entry.by.some((each) => each.binding === binding))
        entry.by.push({ ...grant, isDefault });
      found.set(key, entry);
    }
  }
  return [...found.values()]
    .map(({ subject, by }) => ({ subject, ...strongestFirst(by) }))
    .sort(
      (a, b) =>
        rank(a.strength) - rank(b.strength) ||
        compare(formatSubject(a.subject), formatSubject(b.subject)),
    );
}

/** Formats permissions, and keeps their order: `nodes/proxy get,create, nodes/log get (only node-1)`. */
export function listPermissions(permissions: readonly KubeletPermission[]): readonly string[] {
  const verbs = new Map<string, { resource: string; verbs: string[]; only: string }>();
  for (const { resource, verb, nodeNames: nodes } of permissions) {
    const only = nodes === undefined ? '' : ` (only ${summarize(nodes, 3)})`;
    const key = `${resource}${only}`;
    const entry = verbs.get(key) ?? { resource, verbs: [], only };
    entry.verbs.push(verb);
    verbs.set(key, entry);
  }
  return [...verbs.values()].map(
    ({ resource, verbs: list, only }) => `${resource} ${list.join(',')}${only}`,
  );
}

export function formatPermissions(permissions: readonly KubeletPermission[]): string {
  return listPermissions(permissions).join(', ');
}

function permissionsByRole(
  roles: readonly ClusterRole[],
  openings: readonly OpenedAccess[] | undefined,
): (name: string) => readonly KubeletPermission[] {
  const byName = new Map(roles.map((role) => [role.metadata.name, role]));
  const known = new Map<string, readonly KubeletPermission[]>();
  return (name) => {
    const permissions = known.get(name) ?? permissionsOf(byName.get(name)?.rules ?? [], openings);
    known.set(name, permissions);
    return permissions;
  };
}

/** Returns the permissions on kubelets that rules grant, the strongest first. */
export function permissionsOf(
  rules: readonly PolicyRule[],
  openings = openingsOfAny,
): readonly KubeletPermission[] {
  return openings.flatMap(({ strength, subresource, verb }): readonly KubeletPermission[] => {
    const request = { apiGroup: '', resource: 'nodes', subresource, verb };
    const giving = rules.filter(({ resourceNames: _, ...rule }) => allowsRequest([rule], request));
    if (giving.length === 0) return [];
    const permission = { resource: `nodes/${subresource}`, verb, strength };
    const everywhere = giving.some(({ resourceNames }) => listed(resourceNames).length === 0);
    const nodes = new Set(giving.flatMap(({ resourceNames }) => listed(resourceNames)));
    return [everywhere ? permission : { ...permission, nodeNames: [...nodes].sort() }];
  });
}

/**
 * Returns the subjects of a binding, without system:masters and unknown kinds. Replaces the user name of a service account by the
 * service account. In a RoleBinding, a service account without a namespace gets the namespace of the binding.
 */
export function listedSubjects(
  subjects: readonly RbacSubject[] | null | undefined,
  bindingNamespace?: string,
): RbacSubject[] {
  return (subjects ?? [])
    .filter(({ kind }) => kind === 'User' || kind === 'Group' || kind === 'ServiceAccount')
    .filter(({ kind, name }) => kind !== 'Group' || name !== 'system:masters')
    .map((subject) =>
      subject.kind === 'ServiceAccount' && bindingNamespace !== undefined
        ? { ...subject, namespace: subject.namespace || bindingNamespace }
        : canonicalSubject(subject),
    );
}

const componentOf: Readonly<Record<string, string>> = {
  'system:kube-controller-manager': 'user:system:kube-controller-manager',
  'system:kube-scheduler': 'user:system:kube-scheduler',
  'system:volume-scheduler': 'user:system:kube-scheduler',
  'system:node-proxier': 'user:system:kube-proxy',
  'system:kube-dns': 'serviceaccount:kube-system:kube-dns',
};

/** Controllers of kube-controller-manager with a service account and a role of their own, in Kubernetes 1.31 to 1.37. */
const controllers: ReadonlySet<string> = new Set(
  `
    attachdetach-controller certificate-controller clusterrole-aggregation-controller cronjob-controller
    daemon-set-controller deployment-controller device-taint-eviction-controller disruption-controller
    endpoint-controller endpointslice-controller endpointslicemirroring-controller ephemeral-volume-controller
    expand-controller generic-garbage-collector horizontal-pod-autoscaler job-controller
    kube-apiserver-serving-clustertrustbundle-publisher legacy-service-account-token-cleaner namespace-controller
    node-controller persistent-volume-binder pod-garbage-collector podcertificaterequestcleaner
    podgroup-protection-controller pv-protection-controller pvc-protection-controller replicaset-controller
    replication-controller resource-claim-controller resourcepoolstatusrequest-controller resourcequota-controller
    root-ca-cert-publisher route-controller selinux-warning-controller service-account-controller
    service-cidrs-controller service-controller statefulset-controller storage-version-garbage-collector
    ttl-after-finished-controller ttl-controller validatingadmissionpolicy-status-controller
    volumeattributesclass-protection-controller
  `
    .trim()
    .split(/\s+/),
);

/**
 * Whether kube-apiserver adds a subject to a default binding, and would restore it. Names of objects decide, and no label, because anyone
 * may copy it.
 * Source: https://github.com/kubernetes/kubernetes/blob/v1.37.2/plugin/pkg/auth/authorizer/rbac/bootstrappolicy/policy.go
 */
export function isDefaultGrant(
  subject: RbacSubject,
  { metadata: { name }, roleRef }: Pick<ClusterRoleBinding, 'metadata' | 'roleRef'>,
): boolean {
  if (roleRef.kind !== 'ClusterRole' || roleRef.name !== name) return false;
  const controller = /^system:controller:(.+)$/s.exec(name)?.[1];
  if (controller === undefined)
    return Object.hasOwn(componentOf, name) && formatSubject(subject) === componentOf[name];
  return (
    controllers.has(controller) &&
    formatSubject(subject) === `serviceaccount:kube-system:${controller}`
  );
}

function strongestFirst(by: readonly ReachGrant[]): Pick<Reach, 'strength' | 'by'> {
  const sorted = [...by].sort(
    (a, b) => rank(a.strength) - rank(b.strength) || compare(a.binding, b.binding),
  );
  return { strength: sorted[0]?.strength ?? 'metrics', by: sorted };
}

function rank(strength: Strength): number {
  return strengths.indexOf(strength);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
