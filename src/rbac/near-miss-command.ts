import type { ClusterRole, ClusterRoleBinding, PolicyRule, RoleBinding } from '../objects.ts';
import { command } from '../text/command.ts';
import { bootstrappingKey, otherManager } from './annotations.ts';
import { createBinding, subjectFlag } from './create-commands.ts';
import { knownNames } from './pair.ts';
import { listed } from './permission.ts';
import { profileOf } from './profiles.ts';
import { nameOf } from './rbac-objects.ts';
import { appliesTo, formatSubject, identityOf, neverGranted, subjectOf } from './subject.ts';

// No command where it would grant anything to anyone else, more than nodes to the user, or would be undone.

/** A permission on a kubelet that an identity was denied. */
export interface DeniedPermission {
  /** As the kubelet or the API server named it. */
  readonly user: string;
  /** RBAC's, such as get or create; empty for a request that only `*` covers. */
  readonly verb: string;
  /** Any of them is enough: `healthz`, `proxy`. */
  readonly subresources: readonly string[];
  /** The nodes where it was denied; empty if unknown. */
  readonly nodes: readonly string[];
}

type Gives = (rules: readonly PolicyRule[]) => boolean;

/** A command with more nodes is too long to paste. */
const mostNodes = 10;

/** Adds the user to a binding of a role that allows nothing but nodes. */
export function addSubjectCommand(
  { user }: DeniedPermission,
  binding: ClusterRoleBinding,
  role: ClusterRole,
  gives: Gives,
): string | undefined {
  if (isWithheld(user)) return undefined;
  const granted = grantCommand(user, nameOf(role), gives);
  if (granted !== undefined) return granted;
  if (otherManager(binding) !== undefined || !isOnlyNodes(role)) return undefined;
  return command`kubectl set subject clusterrolebinding ${nameOf(binding)} ${subjectFlag(user)}`;
}

/** Our own command for the roles of kube-apiserver; it requires --allow-exec for any other subject. */
function grantCommand(user: string, role: string, gives: Gives): string | undefined {
  const subject = formatSubject(subjectOf(user));
  if (role === knownNames.role && gives(profileOf('apiserver').rules))
    return command`kubectl kubeletaccess grant --subject ${subject}`;
  if (role === profileOf('builtin').ownRole)
    return command`kubectl kubeletaccess grant --profile builtin --subject ${subject}`;
  return undefined;
}

/** Binds the role of a RoleBinding for the whole cluster, if it allows nothing but nodes. */
export function bindClusterWideCommand(
  user: string,
  binding: RoleBinding,
  role: ClusterRole,
): string | undefined {
  if (isWithheld(user) || !isOnlyNodes(role)) return undefined;
  return createBinding(`${binding.metadata.namespace}:${nameOf(binding)}`, nameOf(role), user);
}

/** Adds only this permission to a role that no one else has, that no tool manages, and that is not aggregated into another. */
export function addRuleCommand(
  { user, verb, subresources: [first = 'proxy'], nodes }: DeniedPermission,
  role: ClusterRole,
  closest: PolicyRule,
  gives: Gives,
  bindings: readonly ClusterRoleBinding[],
): string | undefined {
  if (isWithheld(user)) return undefined;
  const name = nameOf(role);
  if (name === knownNames.role) return grantCommand(user, name, gives);
  const isShared = Object.keys(role.metadata.labels ?? {}).some(
    (label) => label.includes('aggregate-to') || label === bootstrappingKey,
  );
  if (
    isShared ||
    role.aggregationRule ||
    otherManager(role) !== undefined ||
    !isOnlyFor(user, name, bindings)
  )
    return undefined;
  // A rule that is limited to some nodes is not widened to all.
  const isLimited = listed(closest.resourceNames).length > 0;
  if (isLimited && nodes.length > mostNodes) return undefined;
  const value: PolicyRule = {
    apiGroups: [''],
    resources: [`nodes/${first}`],
    verbs: [verb || '*'],
    ...(isLimited && { resourceNames: [...nodes] }),
  };
  const patch = JSON.stringify([{ op: 'add', path: '/rules/-', value }]);
  return command`kubectl patch clusterrole ${name} --type=json --patch=${patch}`;
}

function isWithheld(user: string): boolean {
  return user === '' || neverGranted(subjectOf(user)) !== undefined;
}

const readVerbs = ['get', 'list', 'watch'];

/** Whether a role allows nothing but nodes, and does not change any. */
function isOnlyNodes({ rules }: ClusterRole): boolean {
  return (rules ?? []).every(
    (rule) =>
      listed(rule.nonResourceURLs).length === 0 &&
      listed(rule.apiGroups).every((group) => group === '') &&
      listed(rule.resources).every(
        (resource) =>
          resource.startsWith('nodes/') || (resource === 'nodes' && isReading(rule.verbs)),
      ) &&
      (!listed(rule.resources).includes('nodes/status') || isReading(rule.verbs)),
  );
}

function isReading(verbs: readonly string[] | null): boolean {
  return listed(verbs).every((verb) => readVerbs.includes(verb));
}

/** Whether every binding of a role is for this user by name. */
function isOnlyFor(user: string, role: string, bindings: readonly ClusterRoleBinding[]): boolean {
  return bindings
    .filter(({ roleRef }) => roleRef.name === role)
    .flatMap(({ subjects }) => subjects ?? [])
    .every((subject) => subject.kind !== 'Group' && appliesTo(subject, identityOf(user)));
}
