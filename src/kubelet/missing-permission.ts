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

/** A rule that allows verbs on resources. It has the arrays of a PolicyRule. */
export interface ResourceRule {
  apiGroups: string[];
  resources: string[];
  verbs: string[];
}

/** A rule that is missing, and the commands that grant it: the one that grants only that comes first. */
export interface MissingPermission<Rule extends PolicyRule = ResourceRule> {
  readonly missingRule: Rule | undefined;
  readonly commands: readonly string[];
  /** Risks of granting it; empty if there are none. */
  readonly warning: string;
  /** Why it must never be granted; then there is no rule and no command. */
  readonly never?: string;
}

const execWarning =
  'nodes/proxy, even with get alone, runs commands in every container of the node';

/** Settings of a kubelet that accepts tokens. */
export const tokensNeed =
  'a kubelet accepts tokens only with authentication.webhook.enabled: true in its KubeletConfiguration';

// Narrowest first. Profiles with nodes/proxy are for kube-apiserver, and checked separately.
const callerProfiles: readonly ProfileName[] = [
  'metrics',
  'stats',
  'logs',
  'checkpoint',
  'readonly',
];

/** For kube-apiserver, denied by a kubelet: the pair, or a wider profile if that is not enough. */
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
  // Whoever else a single kubelet names must not get it by a command that is pasted: grant asks several.
  const named = kubeletClientNames.includes(user) ? [created] : [];
  return {
    missingRule,
    commands: pair === undefined ? [...named, ...wider] : [grant, ...named],
    warning: '',
  };
}

const grant = 'kubectl kubeletaccess grant';

/** All that kube-apiserver needs, with our own command, and with kubectl. */
export function grantsForKubeletClient(user: string): readonly string[] {
  const resources = apiserverRules.flatMap((rule) => rule.resources ?? []);
  return [grant, createCommands(user, 'kubelet-api', { verbs: '*', resources })];
}

/** For a user who called a kubelet directly and was denied. The command that grants less comes first. */
export function permissionForCaller(denial: KubeletDenial): MissingPermission {
  const { user, verb, subresources } = denial;
  const never = neverForCaller(user);
  if (never !== undefined) return neverGrant(never);
  const choice = narrowest(subresources);
  const missingRule = kubeletRule(verb, choice);
  const created = grantCommands(user, verb, [`nodes/${choice}`], choice);
  // Whoever may run commands everywhere is asked for by hand, with a role of that alone.
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
 * For a user to whom the API server denies its node proxy. No narrower permission opens that, and direct requests need less: no
 * command is printed that gives it.
 */
export function permissionForNodeProxy(user: string, verb: string): MissingPermission {
  const denied = permissionForCaller({ user, verb, resource: 'nodes', subresources: ['proxy'] });
  return { ...denied, commands: [] };
}

/**
 * For a caller whom the API server denies Node objects. It needs `subresources` of the kubelet next; through the API server the
 * node proxy, whatever the path.
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

/** The same for a request through the API server. */
export function remedyForNodeListing(user: string, read: string, verb: string): Remedy {
  return {
    details: [
      `missing: user "${user}" needs ${read} on nodes and ${verb} on nodes/proxy, for every path: the API server checks both`,
    ],
    hints: [...hintsForNodes(user, read, verb, ['proxy']), lessDirectly],
  };
}

/** Kubelets know no impersonation. */
const lessDirectly =
  'a direct request needs less: omit --via apiserver, and --as where it is given, which kubelets ignore';

/** For a caller whom the API server denies its node proxy. */
export function remedyForNodeProxy(user: string, verb: string): Remedy {
  return {
    details: [
      `missing: ${verb} on nodes/proxy for user "${user}" for every path: the API server denied you, not a kubelet`,
    ],
    hints: ['nodes/proxy allows running commands in every container', lessDirectly],
  };
}

/** The permission that a kubelet denied to a user who called it directly, or to kube-apiserver, which called it for the caller. */
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
  // No command gives nodes/proxy, which allows more than what is read.
  if (choice === 'proxy')
    return [grantCommands(user, read, ['nodes'], 'nodes'), `warning: ${execWarning}`];
  const verbs = [...new Set(['get', read, verb || '*'])].join(',');
  return [grantCommands(user, verbs, ['nodes', `nodes/${choice}`], `nodes-${choice}`)];
}

/** Where only the denied path is known, not the user: `subject` may be a placeholder in capitals. */
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

/** For a denial that does not involve kubelets: a role of the namespace, if there is one. */
export function permissionForOthers<Rule extends PolicyRule>(
  user: string,
  rule: Rule,
  namespace?: string,
): MissingPermission<Rule> {
  const never = neverForCaller(user);
  if (never !== undefined) return neverGrant(never);
  const { resources, verbs } = commandRule(rule);
  const prefix = [verbs, ...resources].join('-').replaceAll(/[/,]/g, '-');
  // A text may be anybody's: what allows everything is not printed to be pasted.
  const isEverything = [verbs, ...resources].some((each) => each.includes('*'));
  const isComplete = resources.length > 0 && verbs !== '' && !isEverything;
  const created = isComplete && createCommands(user, prefix, { verbs, resources, namespace });
  return { missingRule: rule, commands: created ? [created] : [], warning: '' };
}

/** A role that a binding names and that does not exist. */
export interface DanglingRole {
  readonly kind: 'Role' | 'ClusterRole';
  readonly name: string;
  readonly namespace: string | undefined;
}

/** For a denial because the role of a binding does not exist: that role, and no other binding. */
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

/** A kubelet tries several subresources in order, the narrowest first. */
function narrowest(subresources: readonly string[]): string {
  return subresources[0] ?? 'proxy';
}

/** kubectl's commands for a role and a binding of a user's own; `verbs` is empty for every verb. */
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

/** RBAC sets the rule; the reason is not the same for a caller as for kube-apiserver. */
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

/** As kubectl takes a resource: `deployments.apps/scale`. */
function ofGroup(resource: string, group: string): string {
  if (group === '') return resource;
  const [parent = '', ...rest] = resource.split('/');
  return [`${parent}.${group}`, ...rest].join('/');
}
