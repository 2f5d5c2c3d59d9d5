import type { PolicyRule } from '../objects.ts';
import { createCommands } from '../rbac/create-commands.ts';
import { callerProfiles, type ProfileName, profileOf } from '../rbac/profiles.ts';
import { covers } from '../rbac/rules.ts';
import { formatSubject, neverGranted, notKubeletClient, subjectOf } from '../rbac/subject.ts';
import type { Remedy } from '../rbac/write-remedy.ts';
import { command } from '../text/command.ts';
import { formatSubresources } from './authorization.ts';
import type { KubeletDenial } from './denial.ts';

/** An RBAC rule for resources. It has the fields of a PolicyRule. */
export interface ResourceRule {
  apiGroups: string[];
  resources: string[];
  verbs: string[];
}

export interface MissingPermission<Rule extends PolicyRule = ResourceRule> {
  readonly missingRule: Rule | undefined;
  readonly commands: readonly string[];
  /** Risks of granting the rule; empty if there are none. */
  readonly warning: string;
  /** Why the permission must never be granted. If set, there is no rule and no command. */
  readonly never?: string;
}

const execWarning =
  'nodes/proxy, even with get alone, runs commands in every container of the node';

export const tokensNeed =
  'a kubelet accepts tokens only with authentication.webhook.enabled: true in its KubeletConfiguration';

/**
 * Returns the remedy if a kubelet denied a request of kube-apiserver: the command `grant`, with a wider profile if the default
 * profile is not enough.
 */
export function permissionForKubeletClient(denial: KubeletDenial): MissingPermission {
  const { user, verb, subresources } = denial;
  const never = notKubeletClient(user);
  if (never !== undefined) return neverGrant(never);
  const pair = subresources.find((name) => gives('apiserver', kubeletRule(verb, name)));
  const choice = pair ?? narrowest(subresources);
  const missingRule = kubeletRule(verb, choice);
  const wider = gives('apiserver-full', missingRule) ? [`${grant} --profile apiserver-full`] : [];
  // Prints no command with the name, because a kubelet may invent it. The grant command verifies it with several kubelets.
  return { missingRule, commands: pair === undefined ? wider : [grant], warning: '' };
}

const grant = 'kubectl kubeletaccess grant';

/** Returns the remedy for a user whose direct request a kubelet denied. The command that grants the least comes first. */
export function permissionForCaller(denial: KubeletDenial): MissingPermission {
  const { user, verb, subresources } = denial;
  const never = neverForCaller(user);
  if (never !== undefined) return neverGrant(never);
  const choice = narrowest(subresources);
  const missingRule = kubeletRule(verb, choice);
  const created = grantCommands(user, verb, [`nodes/${choice}`], choice);
  // For nodes/proxy, which allows running commands in every container, suggests no profile, only a role with exactly this
  // permission.
  if (choice === 'proxy') return { missingRule, commands: [created], warning: execWarning };
  const { commands } = permissionForPath(denial, user);
  return { missingRule, commands: [...new Set([...commands, created])], warning: '' };
}

/**
 * Returns the permission that a kubelet denied according to a text. Anyone can write a text, also into a log, so that no command
 * names its user, and none grants more than to read one subresource other than nodes/proxy.
 */
export function permissionInText(denial: KubeletDenial): MissingPermission {
  const permission = permissionForCaller(denial);
  const { missingRule } = permission;
  const isAccount = subjectOf(denial.user).kind === 'ServiceAccount';
  const user = isAccount ? 'system:serviceaccount:NAMESPACE:NAME' : 'NAME';
  const isReading = missingRule?.verbs.join() === 'get';
  return { ...permission, commands: isReading ? permissionForPath(denial, user).commands : [] };
}

/**
 * Returns the missing permission of a user to whom the API server denied the node proxy. Contains no command that grants it,
 * because direct requests need less. No narrower permission allows the node proxy.
 */
export function permissionForNodeProxy(user: string, verb: string): MissingPermission {
  const denied = permissionForCaller({ user, verb, resource: 'nodes', subresources: ['proxy'] });
  return { ...denied, commands: [] };
}

/**
 * Returns the remedy for a caller to whom the API server denied reading Node objects. The caller will then call the kubelet, and
 * also needs one of `subresources` for this.
 * @param read the verb that was denied
 */
export function remedyForNodeLookup(
  user: string,
  read: string,
  verb: string,
  subresources: readonly string[],
): Remedy {
  return {
    details: {
      missing: `user "${user}" needs ${read} on nodes (to find the address) and ${formatVerb(verb)} on ${formatSubresources(subresources)} (at the kubelet)`,
    },
    hints: [
      ...hintsForNodes(user, read, verb, subresources),
      `without permission to ${read} nodes, pass the address of the kubelet: --kubelet-address HOST`,
    ],
  };
}

export function remedyForNodeListing(user: string, read: string, verb: string): Remedy {
  return {
    details: {
      missing: `user "${user}" needs ${read} on nodes and ${verb} on nodes/proxy, for every path: the API server checks both`,
    },
    hints: [...hintsForNodes(user, read, verb, ['proxy']), lessDirectly],
  };
}

/** Hint to call kubelets directly, and without --as, because kubelets do not support impersonation. */
const lessDirectly =
  'a direct request needs less: omit --via apiserver, and --as where it is given, which kubelets ignore';

export function remedyForNodeProxy(user: string, verb: string): Remedy {
  return {
    details: {
      missing: `${verb} on nodes/proxy for user "${user}" for every path: the API server denied you, not a kubelet`,
    },
    hints: ['nodes/proxy allows running commands in every container', lessDirectly],
  };
}

/**
 * Describes the permission that a kubelet denied. It denied the permission to a direct caller, or to kube-apiserver, which relayed
 * the caller's request.
 */
export function describeMissing(
  { user, verb, subresources }: KubeletDenial,
  isKubeletClient: boolean,
): string {
  const missing = `${formatVerb(verb)} on ${formatSubresources(subresources)} for user "${user}"`;
  return isKubeletClient ? `${missing}, which is kube-apiserver to this kubelet, not you` : missing;
}

function formatVerb(verb: string): string {
  return verb === '' ? 'every verb (*; the kubelet has none for this method)' : verb;
}

function hintsForNodes(
  user: string,
  read: string,
  verb: string,
  subresources: readonly string[],
): readonly string[] {
  const never = neverForCaller(user);
  if (never !== undefined) return [`user "${user}" is never granted access: ${never}`];
  const choice = narrowest(subresources);
  // Suggests no command that grants nodes/proxy, because nodes/proxy allows more than reading.
  if (choice === 'proxy')
    return [grantCommands(user, read, ['nodes'], 'nodes'), `warning: ${execWarning}`];
  const verbs = [...new Set(['get', read, verb || '*'])].join(',');
  return [grantCommands(user, verbs, ['nodes', `nodes/${choice}`], `nodes-${choice}`)];
}

/** Returns the remedy for a denied path: the command that grants the least. `user` may be a placeholder in capitals if it is unknown. */
export function permissionForPath(
  { verb, subresources }: { readonly verb: string; readonly subresources: readonly string[] },
  user: string,
): MissingPermission {
  const choice = narrowest(subresources);
  const missingRule = kubeletRule(verb, choice);
  const profile = profileFor(missingRule);
  const subject = formatSubject(subjectOf(user));
  const granted =
    profile && command`kubectl kubeletaccess grant --profile ${profile} --subject ${subject}`;
  // Profile `readonly` gives other permissions on kubelets, too.
  const isLeast = granted !== undefined && profile !== 'readonly';
  const isReading = verb === 'get' && choice !== 'proxy';
  const created = isReading ? grantCommands(user, verb, [`nodes/${choice}`], choice) : undefined;
  return { missingRule, commands: [(isLeast ? granted : created) ?? []].flat(), warning: '' };
}

/** Returns the permission that the API server denied according to a text, without a command, as `permissionInText`. */
export function permissionForOthersInText(
  user: string,
  rule: PolicyRule,
): MissingPermission<PolicyRule> {
  const never = neverForCaller(user);
  if (never !== undefined) return neverGrant(never);
  const warning = (rule.resources ?? []).includes('nodes/proxy') ? execWarning : '';
  return { missingRule: rule, commands: [], warning };
}

/**
 * Returns the remedy for a denial that does not concern kubelets: to create a Role in the namespace, or a ClusterRole if there is
 * no namespace.
 */
export function permissionForOthers<Rule extends PolicyRule>(
  user: string,
  rule: Rule,
  namespace?: string,
): MissingPermission<Rule> {
  const never = neverForCaller(user);
  if (never !== undefined) return neverGrant(never);
  const { resources, verbs } = commandRule(rule);
  const prefix = [verbs, ...resources].join('-').replaceAll(/[/,]/g, '-');
  const created = createCommands(user, prefix, { verbs, resources, namespace });
  return { missingRule: rule, commands: [created], warning: '' };
}

/** Returns the narrowest subresource. It is the first, because kubelets check the narrowest first. */
function narrowest(subresources: readonly string[]): string {
  return subresources[0] ?? 'proxy';
}

function grantCommands(
  user: string,
  verbs: string,
  resources: readonly string[],
  name: string,
): string {
  const suffix = verbs === 'get' ? '' : `-${verbs || 'any'}`;
  return createCommands(user, `kubelet-${name}${suffix}`, { verbs, resources });
}

function profileFor(rule: PolicyRule): ProfileName | undefined {
  return callerProfiles.find((name) => gives(name, rule));
}

function gives(profile: ProfileName, rule: PolicyRule): boolean {
  return covers(profileOf(profile).rules, [rule]);
}

/**
 * Returns why a caller must never be granted access; undefined if it may be granted. For kube-apiserver, see notKubeletClient.
 */
function neverForCaller(user: string): string | undefined {
  if (user === '') return 'the name is empty, and a binding to no name allows nothing';
  if (neverGranted(subjectOf(user)) === undefined) return undefined;
  return user === 'system:anonymous'
    ? `it is everyone without a credential, and ${tokensNeed}`
    : 'it is a node, which gets its permissions from group system:nodes';
}

function neverGrant(never: string): MissingPermission<never> {
  return { missingRule: undefined, commands: [], warning: '', never };
}

function kubeletRule(verb: string, subresource: string): ResourceRule {
  return { apiGroups: [''], resources: [`nodes/${subresource}`], verbs: [verb || '*'] };
}

function commandRule(rule: PolicyRule) {
  const [group = ''] = rule.apiGroups ?? [];
  const resources = (rule.resources ?? []).map((resource) => ofGroup(resource, group));
  return { resources, verbs: rule.verbs.join(',') };
}

/** Formats a resource with its API group as kubectl accepts it: `deployments.apps/scale`. */
function ofGroup(resource: string, group: string): string {
  if (group === '') return resource;
  const [parent = '', ...rest] = resource.split('/');
  return [`${parent}.${group}`, ...rest].join('/');
}
