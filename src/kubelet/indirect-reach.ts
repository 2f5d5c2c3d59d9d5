import type { AnyBinding, PolicyRule, RbacSubject } from '../objects.ts';
import { has, listed } from '../rbac/permission.ts';
import type { RbacObjects } from '../rbac/rbac-objects.ts';
import { allowsRequest } from '../rbac/rules.ts';
import { identityOf, subjectKey } from '../rbac/subject.ts';
import { isDefaultGrant, listedSubjects, permissionsOf, type Reach } from './reach.ts';

type Way = 'escalate' | 'bind' | 'impersonate' | 'approve' | 'token' | 'secret' | 'exec';

export interface IndirectReach {
  readonly subject: RbacSubject;
  readonly binding: string;
  readonly role: string;
  /** Namespace of the RoleBinding; undefined for a ClusterRoleBinding. */
  readonly namespace: string | undefined;
  readonly ways: readonly Way[];
  /** Access that the subject gains: `any role`, `any user`, or named accounts and roles. */
  readonly gets: readonly string[];
  /** The rules of the role that allow `ways`. */
  readonly permissions: readonly PolicyRule[];
  /** Whether kube-apiserver creates the binding by default for a component of the cluster. */
  readonly isDefault: boolean;
}

interface Gate {
  readonly way: Way;
  readonly apiGroup: string;
  readonly resource: string;
  readonly verbs: readonly string[];
  /** True if a RoleBinding can give this access within its namespace. If absent, only a ClusterRoleBinding can give it. */
  readonly isNamespaced?: true;
  readonly gets: string;
  /**
   * Returns what a subject gains if its role allows the verbs only on the object with this name. Undefined if this gives no access
   * to kubelets.
   */
  readonly named: (
    name: string,
    known: KnownAccess,
    namespace: string | undefined,
  ) => string | undefined;
}

interface KnownAccess {
  readonly subjects: readonly string[];
  /** Whether a ClusterRole gives access to kubelets, or a way to gain it. In a namespace, if a RoleBinding binds it there. */
  readonly opens: (clusterRole: string, namespace: string | undefined) => boolean;
  readonly opensRole: (role: string, namespace: string | undefined) => boolean;
}

const apiGroup = 'rbac.authorization.k8s.io';
const clusterRoles = { apiGroup, resource: 'clusterroles' };
const roles = {
  apiGroup,
  resource: 'roles',
  isNamespaced: true,
  gets: 'any service account',
} as const;
const impersonate = { way: 'impersonate', apiGroup: '', verbs: ['impersonate'] } as const;
const ofAccount = { isNamespaced: true, gets: 'any service account', named: accountNamed } as const;
const ofPod = {
  way: 'exec',
  apiGroup: '',
  isNamespaced: true,
  gets: 'any pod',
  // Every named pod is listed, because the name does not show which service account the pod has.
  named: (name: string) => `pod ${name}`,
} as const;
const certificate = 'a certificate for any user';

/** Source: https://kubernetes.io/docs/concepts/security/rbac-good-practices/#privilege-escalation-risks */
const gates: readonly Gate[] = [
  {
    ...{ way: 'escalate', ...clusterRoles, verbs: ['escalate'], gets: 'any permission' },
    named: (name) => `any permission in role ${name}`,
  },
  { ...{ way: 'escalate', ...roles, verbs: ['escalate'] }, named: (name) => `role ${name}` },
  // In a namespace, the verb allows RoleBindings to ClusterRoles. These may give access to the service accounts of the namespace.
  {
    ...{ way: 'bind', ...clusterRoles, verbs: ['bind'], isNamespaced: true, gets: 'any role' },
    named: (name, { opens }, namespace) => (opens(name, namespace) ? `role ${name}` : undefined),
  },
  {
    ...{ way: 'bind', ...roles, verbs: ['bind'] },
    named: (name, { opensRole }, namespace) =>
      opensRole(name, namespace) ? `role ${name}` : undefined,
  },
  { ...impersonate, resource: 'users', gets: 'any user', named: ownKey('User') },
  { ...impersonate, resource: 'groups', gets: 'any group', named: ownKey('Group') },
  { ...impersonate, resource: 'serviceaccounts', ...ofAccount },
  // Since 1.36, constrained impersonation has separate verbs for each kind of identity, and for the actions.
  { ...constrained('user-info'), resource: 'users', gets: 'any user', named: ownKey('User') },
  { ...constrained('user-info'), resource: 'groups', gets: 'any group', named: ownKey('Group') },
  { ...constrained('serviceaccount'), resource: 'serviceaccounts', ...ofAccount },
  {
    ...{ way: 'approve', apiGroup: 'certificates.k8s.io', resource: 'signers', verbs: ['approve'] },
    gets: certificate,
    named: (name) =>
      /^kubernetes\.io\/(kube-apiserver-client|\*)$/.test(name) ? certificate : undefined,
  },
  {
    ...{ way: 'token', apiGroup: '', resource: 'serviceaccounts/token', verbs: ['create'] },
    ...ofAccount,
  },
  // Every named Secret is listed, because the name does not show whether it has the token of a service account.
  {
    ...{ way: 'secret', apiGroup: '', resource: 'secrets', verbs: ['get', 'list', 'watch'] },
    ...{ isNamespaced: true, gets: 'any token secret', named: (name) => `secret ${name}` },
  },
  // The verb get is listed too, because a WebSocket begins with a GET, and API servers before 1.35 check only verb get for it.
  { ...ofPod, resource: 'pods/exec', verbs: ['create', 'get'] },
  { ...ofPod, resource: 'pods/attach', verbs: ['create', 'get'] },
  { ...ofPod, resource: 'pods/ephemeralcontainers', verbs: ['update', 'patch'] },
];

/** See https://kubernetes.io/docs/reference/access-authn-authz/user-impersonation/#constrained-impersonation */
function constrained(mode: 'user-info' | 'serviceaccount') {
  const verbs = [`impersonate:${mode}`];
  return { way: 'impersonate', apiGroup: 'authentication.k8s.io', verbs } as const;
}

function ownKey(kind: 'User' | 'Group') {
  return (name: string, { subjects }: KnownAccess): string | undefined => {
    const key = subjectKey({ kind, name });
    const groups = kind === 'User' ? identityOf(name).groups.map((each) => `group:${each}`) : [];
    const isReached = [key, ...groups].some((each) => subjects.includes(each));
    return isReached || key === 'group:system:masters' ? key : undefined;
  };
}

function accountNamed(name: string, { subjects }: KnownAccess): string | undefined {
  const found = subjects.filter((key) => key.startsWith('group:') || key.endsWith(`:${name}`));
  return found.length > 0 ? found.join(', ') : undefined;
}

/**
 * Returns the known subjects that are service accounts of this namespace or groups of service accounts. If `namespace` is undefined,
 * returns them for all namespaces.
 */
function accountsIn(namespace: string | undefined, { subjects }: KnownAccess): readonly string[] {
  const group = 'group:system:serviceaccounts';
  if (namespace === undefined)
    return subjects.filter((key) => key.startsWith('serviceaccount:') || key.startsWith(group));
  return subjects.filter(
    (key) =>
      key.startsWith(`serviceaccount:${namespace}:`) ||
      key === group ||
      key === `${group}:${namespace}`,
  );
}

/**
 * Returns the subjects that can gain access to kubelets by changing roles, by impersonation, by a token, Secret or certificate, or from
 * within a pod. Includes a RoleBinding only if a service account of its namespace has access to kubelets. Ignores the permission to create pods,
 * because nearly all users have it in some namespace.
 */
export function whoReachesIndirectly(
  objects: Required<Omit<RbacObjects, 'isPartial'>>,
  reach: readonly Reach[],
): readonly IndirectReach[] {
  const clusterRules = new Map(objects.clusterRoles.map((role) => [role.metadata.name, role]));
  const roles = new Map(objects.roles.map((role) => [keyOf(role.metadata), role]));
  const rulesOf = ({ metadata: { namespace }, roleRef }: AnyBinding): readonly PolicyRule[] =>
    (roleRef.kind === 'ClusterRole'
      ? clusterRules.get(roleRef.name)
      : roles.get(keyOf({ namespace, name: roleRef.name }))
    )?.rules ?? [];
  const through = (known: KnownAccess): readonly IndirectReach[] =>
    [...objects.clusterRoleBindings, ...objects.roleBindings].flatMap((binding) => {
      const { namespace } = binding.metadata;
      const rules = rulesOf(binding);
      const opened = gates.flatMap((gate) => openedBy(gate, rules, namespace, known));
      if (opened.length === 0) return [];
      return listedSubjects(binding.subjects, namespace).map((subject) => ({
        subject,
        binding: binding.metadata.name,
        role: binding.roleRef.name,
        namespace,
        ways: [...new Set(opened.map(({ way }) => way))],
        gets: [...new Set(opened.flatMap(({ gets }) => gets))],
        permissions: opened.map(({ permission }) => permission),
        isDefault: namespace === undefined && isDefaultGrant(subject, binding),
      }));
    });
  // Repeats until no subject is added, because a subject that can act as another subject also gains the access of that subject.
  let subjects = new Set(reach.map(({ subject }) => subjectKey(subject)));
  for (;;) {
    const isGate = (rules: readonly PolicyRule[], namespace: string | undefined) =>
      gates.some(
        (gate) => gate.way !== 'bind' && openedBy(gate, rules, namespace, known).length > 0,
      );
    const known: KnownAccess = {
      subjects: [...subjects],
      opens: (name, namespace) => {
        const rules = clusterRules.get(name)?.rules ?? [];
        const isReaching = namespace === undefined && permissionsOf(rules).length > 0;
        return isReaching || isGate(rules, namespace);
      },
      opensRole: (name, namespace) =>
        objects.roles.some(
          ({ metadata, rules }) =>
            metadata.name === name &&
            (namespace ?? metadata.namespace) === metadata.namespace &&
            isGate(rules ?? [], metadata.namespace),
        ),
    };
    const found = through(known);
    const all = subjects.union(new Set(found.map(({ subject }) => subjectKey(subject))));
    if (all.size === subjects.size) return found;
    subjects = all;
  }
}

function keyOf({ namespace, name }: { namespace?: string | undefined; name: string }): string {
  return `${namespace}/${name}`;
}

function openedBy(
  { way, apiGroup, resource, verbs, isNamespaced, gets, named }: Gate,
  rules: readonly PolicyRule[],
  namespace: string | undefined,
  known: KnownAccess,
) {
  if (namespace !== undefined && !isNamespaced) return [];
  const accounts = accountsIn(namespace, known);
  if (namespace !== undefined && accounts.length === 0) return [];
  const [parent = '', subresource] = resource.split('/');
  const request = { apiGroup, resource: parent, subresource };
  const giving = rules.filter(({ resourceNames: _, ...rule }) =>
    verbs.some((verb) => allowsRequest([rule], { ...request, verb })),
  );
  const names = new Set(giving.flatMap(({ resourceNames }) => listed(resourceNames)));
  const isForAll = giving.some(({ resourceNames }) => listed(resourceNames).length === 0);
  const all = namespace === undefined ? [gets] : accounts;
  const here = isNamespaced ? { ...known, subjects: accounts } : known;
  const got = isForAll ? all : [...names].flatMap((name) => named(name, here, namespace) ?? []);
  if (got.length === 0) return [];
  const found = verbs.filter((verb) => giving.some((rule) => has(rule.verbs, verb)));
  const only = isForAll ? {} : { resourceNames: [...names] };
  return [
    {
      way,
      gets: got,
      permission: { apiGroups: [apiGroup], resources: [resource], verbs: found, ...only },
    },
  ];
}
