import { Failure } from '../../errors.ts';
import type { ClusterRole, ClusterRoleBinding, PolicyRule, RbacSubject } from '../../objects.ts';
import { expiryOf, isExpired, ownSubjects } from '../../rbac/grant.ts';
import { has, listed } from '../../rbac/permission.ts';
import { nameOf } from '../../rbac/rbac-objects.ts';
import { hasSubject } from '../../rbac/subject.ts';

export interface AllowedProxy {
  /** Roles that may give nodes/proxy. */
  readonly roles: readonly string[];
  /** Roles that give nodes/proxy on some nodes alone. They may not be changed to give more. */
  readonly limited: readonly string[];
  /** Subjects that may be bound to one of these roles. */
  readonly subjects: readonly RbacSubject[];
}

/**
 * Whether rules allow a verb on nodes/proxy. A resource such as `nodes/*` does not count, because RBAC does not treat it as a
 * wildcard.
 * Source: ResourceMatches in kubernetes pkg/apis/rbac/v1/evaluation_helpers.go.
 */
export function givesNodesProxy(rules: readonly PolicyRule[]): boolean {
  return rules.some(
    ({ apiGroups, resources, verbs }) =>
      listed(verbs).length > 0 &&
      has(apiGroups, '') &&
      (has(resources, 'nodes/proxy') || listed(resources).includes('*/proxy')),
  );
}

/**
 * Returns the roles that give nodes/proxy now, and the subjects bound to them. Leaves out subjects whose grants have expired, or are
 * limited to some nodes. `now` is in ms since 1970.
 */
export function allowedNow(
  roles: readonly ClusterRole[],
  bindings: readonly ClusterRoleBinding[],
  now: number,
): AllowedProxy {
  const giving = roles.filter(({ rules }) => givesNodesProxy(rules ?? []));
  const [everywhere = [], limited = []] = [true, false].map((isWhole) =>
    giving.filter(({ rules }) => isWhole === givesNodesProxy((rules ?? []).filter(isForAll))),
  );
  const names = everywhere.map(nameOf);
  const subjects = names.flatMap((name) =>
    boundTo(name, bindings).flatMap(({ binding, subject }) => {
      const expires = hasSubject(ownSubjects(binding), subject) ? expiryOf(binding) : undefined;
      return expires !== undefined && isExpired(expires, now) ? [] : subject;
    }),
  );
  return { roles: names, limited: limited.map(nameOf), subjects };
}

function isForAll({ resourceNames }: PolicyRule): boolean {
  return listed(resourceNames).length === 0;
}

/** Returns the subjects of all ClusterRoleBindings to a ClusterRole. */
export function boundTo(name: string, bindings: readonly ClusterRoleBinding[]) {
  return bindings.flatMap((binding) =>
    binding.roleRef.kind === 'ClusterRole' && binding.roleRef.name === name
      ? (binding.subjects ?? []).map((subject) => ({ binding, subject }))
      : [],
  );
}

/** What the policies do with a new grant. */
export const policyActions = ['deny', 'warn'] as const;
export type PolicyAction = (typeof policyActions)[number];

const apiVersion = 'admissionregistration.k8s.io/v1';
const rbacGroup = 'rbac.authorization.k8s.io';

/**
 * Returns two ValidatingAdmissionPolicies, one for ClusterRoles and one for ClusterRoleBindings, each with a
 * ValidatingAdmissionPolicyBinding. A policy cannot read the role of a ClusterRoleBinding. So each policy contains the names of
 * the roles that may give nodes/proxy, and rejects all other roles that give nodes/proxy.
 */
export function proxyPolicies(
  { roles, limited, subjects }: AllowedProxy,
  action: PolicyAction,
): readonly object[] {
  const validationActions = action === 'warn' ? ['Warn', 'Audit'] : ['Deny'];
  const parts = [
    {
      name: 'kubeletaccess-nodes-proxy-roles',
      resource: 'clusterroles',
      variables: [{ name: 'roles', expression: textList(roles) }],
      validation: {
        expression: refusingRoles,
        messageExpression: `'ClusterRole ' + object.metadata.name + ' ${givesExec}. To allow it: kubectl kubeletaccess policy --allow clusterrole/ROLE'`,
      },
    },
    {
      name: 'kubeletaccess-nodes-proxy-bindings',
      resource: 'clusterrolebindings',
      variables: [
        { name: 'roles', expression: textList([...roles, ...limited]) },
        { name: 'subjects', expression: textList(subjects.map(subjectKey)) },
      ],
      validation: {
        expression: refusingBindings,
        messageExpression: `'a subject of ClusterRoleBinding ' + object.metadata.name + ' does not have nodes/proxy yet: ClusterRole ' + object.roleRef.name + ' ${givesExec}. To allow it: kubectl kubeletaccess policy --allow SUBJECT'`,
      },
    },
  ];
  return parts.flatMap(({ name, resource, variables, validation }) => [
    {
      apiVersion,
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name },
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: {
          resourceRules: [
            {
              apiGroups: [rbacGroup],
              apiVersions: ['*'],
              operations: ['CREATE', 'UPDATE'],
              resources: [resource],
            },
          ],
        },
        variables,
        validations: [{ ...validation, reason: 'Forbidden' }],
      },
    },
    {
      apiVersion,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name },
      spec: { policyName: name, validationActions },
    },
  ]);
}

/** The messages have commands without names, because a name such as `x; id #` is valid in RBAC, and a shell would run it. */
const givesExec =
  'gives nodes/proxy, with which one runs commands in every container. Finer permissions: kubectl kubeletaccess narrow ROLE';

/** Checks for null and absence, because a role may have `rules: null` or no rules, and a rule may have no resources. */
const refusingRoles = `object.metadata.name in variables.roles ||
!has(object.rules) || dyn(object.rules) == null ||
object.rules.all(rule,
  !has(rule.apiGroups) || !has(rule.resources) ||
  !rule.apiGroups.exists(group, group in ['', '*']) ||
  !rule.resources.exists(resource, resource in ['*', '*/proxy', 'nodes/proxy']))
`;

const refusingBindings = `!(object.roleRef.name in variables.roles) ||
!has(object.subjects) || dyn(object.subjects) == null ||
object.subjects.all(subject,
  subject.kind == 'ServiceAccount'
    ? ('ServiceAccount:' + (has(subject.namespace) ? subject.namespace : '') + ':' + subject.name) in variables.subjects
    : (!has(subject.namespace) || subject.namespace == '') && (subject.kind + '::' + subject.name) in variables.subjects)
`;

/**
 * Returns a unique key of a subject. `refusingBindings` computes the same key in CEL. RBAC ignores the namespace of users and groups, so
 * the policy accepts none.
 */
function subjectKey({ kind, namespace = '', name }: RbacSubject): string {
  return `${kind}:${kind === 'ServiceAccount' ? namespace : ''}:${name}`;
}

/** Formats texts as a CEL list without duplicates. CEL has the same escapes as JSON. */
function textList(texts: readonly string[]): string {
  const expression = JSON.stringify([...new Set(texts)].sort());
  if (expression.length > longestExpression)
    throw new Failure(
      `a policy cannot name ${texts.length} roles or subjects: its expressions end at ${longestExpression} characters`,
      { hints: ['kubectl kubeletaccess who-can exec', 'kubectl kubeletaccess narrow'] },
    );
  return expression;
}

/** Maximum length of an expression in the parser of cel-go, in code points. */
const longestExpression = 100_000;
