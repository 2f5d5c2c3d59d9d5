import type { ClusterRole, ClusterRoleBinding, PolicyRule, RoleBinding } from '../../objects.ts';
import { command } from '../../text/command.ts';
import { bootstrappingKey, otherManager } from '../annotations.ts';
import { createBinding, createRole, subjectFlag } from '../create-commands.ts';
import { knownNames } from '../pair.ts';
import { listed } from '../permission.ts';
import { profileOf } from '../profiles.ts';
import { nameOf } from '../rbac-objects.ts';
import { appliesTo, formatSubject, type Identity, neverGranted, subjectOf } from '../subject.ts';
import { gives, type WantedPermission } from './rule-mismatch.ts';

// No command where it would grant anything to anyone else, more than nodes to the user, or would be undone.

/** A command with more nodes is too long to paste. */
const mostNodes = 10;

/** Adds the user to a binding of a role that allows nothing but nodes. */
export function addSubjectCommand(
  user: string,
  binding: ClusterRoleBinding,
  role: ClusterRole,
  wanted: WantedPermission,
): string | undefined {
  if (isWithheld(user)) return undefined;
  const granted = grantCommand(user, nameOf(role), wanted);
  if (granted !== undefined) return granted;
  if (otherManager(binding) !== undefined || !isOnlyNodes(role)) return undefined;
  return command`kubectl set subject clusterrolebinding ${nameOf(binding)} ${subjectFlag(user)}`;
}

/** Our own command for the roles of kube-apiserver; it requires --allow-exec for any other subject. */
export function grantCommand(
  user: string,
  role: string,
  wanted: WantedPermission,
): string | undefined {
  if (isWithheld(user)) return undefined;
  const subject = formatSubject(subjectOf(user));
  const profile = profileOf('apiserver');
  if (role === knownNames.role && gives(profile.rules, wanted))
    return command`kubectl kubeletaccess grant --subject ${subject}`;
  if (role === profileOf('builtin').ownRole)
    return command`kubectl kubeletaccess grant --profile builtin --subject ${subject}`;
  return undefined;
}

/** Binds the role of a RoleBinding for the whole cluster, if it allows nothing but nodes. */
export function bindAlsoCommand(
  user: string,
  binding: RoleBinding,
  role: ClusterRole,
): string | undefined {
  if (isWithheld(user) || !isOnlyNodes(role)) return undefined;
  const name = `${binding.metadata.namespace}:${nameOf(binding)}`;
  return createBinding(name, nameOf(role), user);
}

/** Creates the role that a binding refers to, if no one else gets it. */
export function createRoleCommand(
  who: Identity,
  role: string,
  wanted: WantedPermission,
  bindings: readonly ClusterRoleBinding[],
): string | undefined {
  if (isWithheld(who.user)) return undefined;
  if (role === knownNames.role) return grantCommand(who.user, role, wanted);
  if (!isOnlyFor(who, role, bindings)) return undefined;
  const { resources, verbs } = narrowestRule(wanted);
  return createRole(role, { verbs: verbs.join(','), resources: resources ?? [] });
}

/** Adds only this permission to a role that no one else has, that no tool manages, and that is not aggregated into another. */
export function addRuleCommand(
  who: Identity,
  role: ClusterRole,
  closest: PolicyRule,
  wanted: WantedPermission,
  bindings: readonly ClusterRoleBinding[],
): string | undefined {
  const name = nameOf(role);
  if (name === knownNames.role) return grantCommand(who.user, name, wanted);
  const labels = Object.keys(role.metadata.labels ?? {});
  if (
    isWithheld(who.user) ||
    role.aggregationRule ||
    labels.some((label) => label.includes('aggregate-to') || label === bootstrappingKey) ||
    otherManager(role) !== undefined ||
    !isOnlyFor(who, name, bindings)
  )
    return undefined;
  const nodes = wanted.nodes.flatMap((node) => node ?? []);
  const limited = listed(closest.resourceNames).length > 0 && nodes.length > 0;
  if (limited && nodes.length > mostNodes) return undefined;
  const value = { ...narrowestRule(wanted), ...(limited && { resourceNames: nodes }) };
  const patch = JSON.stringify([{ op: 'add', path: '/rules/-', value }]);
  return command`kubectl patch clusterrole ${name} --type=json --patch=${patch}`;
}

function narrowestRule({ verb, subresources }: WantedPermission): PolicyRule {
  const [first = 'proxy'] = subresources;
  return { apiGroups: [''], resources: [`nodes/${first}`], verbs: [verb || '*'] };
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
function isOnlyFor(who: Identity, role: string, bindings: readonly ClusterRoleBinding[]): boolean {
  return bindings
    .filter(({ roleRef }) => roleRef.name === role)
    .flatMap(({ subjects }) => subjects ?? [])
    .every((subject) => subject.kind !== 'Group' && appliesTo(subject, who));
}
