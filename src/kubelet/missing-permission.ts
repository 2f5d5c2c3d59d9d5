import type { PolicyRule } from '../objects.ts';
import { createCommands, createRole } from '../rbac/create-commands.ts';
import { apiserverRules, type ProfileName, profileOf } from '../rbac/profiles.ts';
import { covers } from '../rbac/rules.ts';
import { formatSubject, neverGranted, notKubeletClient, subjectOf } from '../rbac/subject.ts';
import type { Remedy } from '../rbac/write-remedy.ts';
import { command } from '../text/command.ts';
import { formatSubresources } from './authorization.ts';
import type { KubeletDenial } from './denial.ts';
import { kubeletClientNames } from './flavours.ts';

/** A rule that allows verbs on resources, with the fields of a PolicyRule. */
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
  /** Reason why it must never be granted; there is then no rule and no command. */
  readonly never?: string;
}

const execWarning =
  'nodes/proxy, even with get alone, runs commands in every container of the node';

export const tokensNeed =
  'a kubelet accepts tokens only with authentication.webhook.enabled: true in its KubeletConfiguration';

// The narrowest profile comes first. Profiles with nodes/proxy are for kube-apiserver, and are checked separately.
const callerProfiles: readonly ProfileName[] = [
  'metrics',
  'stats',
  'logs',
  'checkpoint',
  'readonly',
];

/** Returns the remedy for kube-apiserver after a kubelet's denial: the pair, or a wider profile if the pair is not enough. */
export function permissionForKubeletClient({
  user,
  verb,
  subresources,
}: KubeletDenial): MissingPermission {
  const never = notKubeletClient(user);
  if (never !== undefined) return neverGrant(never);
  const pair = subresources.find((name) => gives('apiserver', kubeletRule(verb, name)));
  const choice = pair ?? narrowest(subresources);
  const missingRule = kubeletRule(verb, choice);
  const created = grantCommands(user, verb, [`nodes/${choice}`], choice);
  const wider = gives('apiserver-full', missingRule) ? [`${grant} --profile apiserver-full`] : [];
  // A command is printed only for user names of installers. For another name, which a kubelet may invent, grant asks several
  // kubelets.
  const named = kubeletClientNames.includes(user) ? [created] : [];
  return {
    missingRule,
    commands: pair === undefined ? [...named, ...wider] : [grant, ...named],
    warning: '',
  };
}

const grant = 'kubectl kubeletaccess grant';

/** Returns the commands that grant kube-apiserver all permissions it needs: our own command, and commands of kubectl. */
export function grantsForKubeletClient(user: string): readonly string[] {
  const resources = apiserverRules.flatMap((rule) => rule.resources ?? []);
  return [grant, createCommands(user, 'kubelet-api', { verbs: '*', resources })];
}

/** Returns the remedy for a user whose direct request a kubelet denied. The command that grants less comes first. */
export function permissionForCaller(denial: KubeletDenial): MissingPermission {
  const { user, verb, subresources } = denial;
  const never = neverForCaller(user);
  if (never !== undefined) return neverGrant(never);
  const choice = narrowest(subresources);
  const missingRule = kubeletRule(verb, choice);
  const created = grantCommands(user, verb, [`nodes/${choice}`], choice);
  // No profile is suggested for nodes/proxy, which runs commands everywhere: only a role with exactly this permission.
  if (choice === 'proxy') return { missingRule, commands: [created], warning: execWarning };
  const granted = permissionForPath(denial, formatSubject(subjectOf(user))).commands;
  const isWider = profileFor(missingRule) === 'readonly';
  return {
    missingRule,
    commands: isWider ? [created, ...granted] : [...granted, created],
    warning: '',
  };
}

/**
 * Returns the missing permission of a user to whom the API server denies its node proxy. No narrower permission opens the node proxy,
 * and direct requests need less: no command is printed that grants it.
 */
export function permissionForNodeProxy(user: string, verb: string): MissingPermission {
  const denied = permissionForCaller({ user, verb, resource: 'nodes', subresources: ['proxy'] });
  return { ...denied, commands: [] };
}

/**
 * Returns the remedy for a caller whom the API server denies Node objects. For the next request, to the kubelet, the caller also needs
 * one of `subresources`.
 * @param read the verb that was denied
 */
export function remedyForNodeLookup(
  user: string,
  read: string,
  verb: string,
  subresources: readonly string[],
): Remedy {
  return {
    details: [
      `missing: user "${user}" needs ${read} on nodes (to find the address) and ${formatVerb(verb)} on ${formatSubresources(subresources)} (at the kubelet)`,
    ],
    hints: [
      ...hintsForNodes(user, read, verb, subresources),
      `without permission to ${read} nodes, pass the address of the kubelet: --address HOST`,
    ],
  };
}

/** Returns the remedy for a caller whom the API server denies Node objects before a request through its node proxy. */
export function remedyForNodeListing(user: string, read: string, verb: string): Remedy {
  return {
    details: [
      `missing: user "${user}" needs ${read} on nodes and ${verb} on nodes/proxy, for every path: the API server checks both`,
    ],
    hints: [...hintsForNodes(user, read, verb, ['proxy']), lessDirectly],
  };
}

/** Hint to call kubelets directly, without --as: kubelets do not support impersonation. */
const lessDirectly =
  'a direct request needs less: omit --via apiserver, and --as where it is given, which kubelets ignore';

export function remedyForNodeProxy(user: string, verb: string): Remedy {
  return {
    details: [
      `missing: ${verb} on nodes/proxy for user "${user}" for every path: the API server denied you, not a kubelet`,
    ],
    hints: ['nodes/proxy allows running commands in every container', lessDirectly],
  };
}

/** Describes the permission that a kubelet denied to a direct caller, or to kube-apiserver, which forwarded the caller's request. */
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
  // No command grants nodes/proxy, because it allows more than reading.
  if (choice === 'proxy')
    return [grantCommands(user, read, ['nodes'], 'nodes'), `warning: ${execWarning}`];
  const verbs = [...new Set(['get', read, verb || '*'])].join(',');
  return [grantCommands(user, verbs, ['nodes', `nodes/${choice}`], `nodes-${choice}`)];
}

/** Returns the remedy for a denied path if the user may be unknown: `subject` may be a placeholder in capitals. */
export function permissionForPath(
  attributes: { readonly verb: string; readonly subresources: readonly string[] },
  subject: string,
): MissingPermission {
  const missingRule = kubeletRule(attributes.verb, narrowest(attributes.subresources));
  const profile = profileFor(missingRule);
  const granted =
    profile && command`kubectl kubeletaccess grant --profile ${profile} --subject ${subject}`;
  return { missingRule, commands: [granted ?? []].flat(), warning: '' };
}

/** Returns the remedy for a denial that does not concern kubelets: a Role in the namespace, or a ClusterRole without one. */
export function permissionForOthers<Rule extends PolicyRule>(
  user: string,
  rule: Rule,
  namespace?: string,
): MissingPermission<Rule> {
  const never = neverForCaller(user);
  if (never !== undefined) return neverGrant(never);
  const { resources, verbs } = commandRule(rule);
  const prefix = [verbs, ...resources].join('-').replaceAll(/[/,]/g, '-');
  // The denial may come from an untrusted text: no command is printed that grants a wildcard.
  const isEverything = [verbs, ...resources].some((each) => each.includes('*'));
  const isComplete = resources.length > 0 && verbs !== '' && !isEverything;
  const created = isComplete && createCommands(user, prefix, { verbs, resources, namespace });
  return { missingRule: rule, commands: created ? [created] : [], warning: '' };
}

export interface DanglingRole {
  readonly kind: 'Role' | 'ClusterRole';
  readonly name: string;
  readonly namespace: string | undefined;
}

/** Returns the remedy for a denial because the role of a binding does not exist: the command creates only the role. */
export function permissionByRole(
  user: string,
  rule: PolicyRule,
  role: DanglingRole,
): MissingPermission<PolicyRule> {
  const never = neverForCaller(user);
  if (never !== undefined) return neverGrant(never);
  const { resources, verbs } = commandRule(rule);
  const namespace = role.kind === 'Role' ? role.namespace : undefined;
  return {
    missingRule: rule,
    commands: [createRole(role.name, { verbs, resources, namespace })],
    warning: (rule.resources ?? []).includes('nodes/proxy') ? execWarning : '',
  };
}

/** Returns the narrowest subresource: kubelets check the narrowest one first. */
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

/** Returns why a caller is never granted access; undefined if it can be. The reasons differ from those for kube-apiserver. */
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

/** Formats a resource with its group as kubectl accepts it: `deployments.apps/scale`. */
function ofGroup(resource: string, group: string): string {
  if (group === '') return resource;
  const [parent = '', ...rest] = resource.split('/');
  return [`${parent}.${group}`, ...rest].join('/');
}
