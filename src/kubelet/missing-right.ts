import type { PolicyRule } from '../objects.ts';
import { createCommands, createRole } from '../rbac/create-commands.ts';
import { notKubeletClient } from '../rbac/kubelet-client-name.ts';
import { type ProfileName, profileOf } from '../rbac/profiles.ts';
import { covers } from '../rbac/rules.ts';
import { formatSubject, neverGranted, subjectOf } from '../rbac/subject.ts';
import { shellWord } from '../text/shell.ts';
import type { KubeletRefusal } from './refusal.ts';

/** A rule that allows verbs on resources. Its arrays are those of a PolicyRule. */
export interface ResourceRule {
  apiGroups: string[];
  resources: string[];
  verbs: string[];
}

/** A rule that is missing, and the commands that give it: what gives no more than that comes first. */
export interface Right<Rule extends PolicyRule = ResourceRule> {
  readonly missingRule: Rule | undefined;
  readonly commands: readonly string[];
  /** What one should know before one gives it; empty if there is nothing. */
  readonly warning: string;
  /** Why nothing is to be given, where that is so: there is no rule and no command then. */
  readonly never?: string;
}

const execWarning =
  'nodes/proxy, even with get alone, runs commands in every container of the node';

/** What a kubelet needs before a token counts. */
export const tokensNeed =
  'a kubelet takes tokens only with authentication.webhook.enabled: true in its KubeletConfiguration';

// Narrowest first. What holds nodes/proxy is for kube-apiserver, and is looked at apart.
const callerProfiles: readonly ProfileName[] = [
  'metrics',
  'stats',
  'logs',
  'checkpoint',
  'readonly',
];

/** For kube-apiserver, whom a kubelet refused: the pair, or the wider one where that is not enough. */
export function rightForKubeletClient({ user, verb, subresources }: KubeletRefusal): Right {
  const never = notKubeletClient(user);
  if (never !== undefined) return nothing(never);
  const pair = subresources.find((name) => gives('apiserver', kubeletRule(verb, name)));
  const choice = pair ?? narrowest(subresources);
  const missingRule = kubeletRule(verb, choice);
  const created = grantCommands(user, verb, [`nodes/${choice}`], choice);
  const wider = gives('apiserver-full', missingRule)
    ? ['kubectl kubeletaccess grant --profile apiserver-full']
    : [];
  return {
    missingRule,
    commands: pair === undefined ? [created, ...wider] : ['kubectl kubeletaccess grant', created],
    warning: '',
  };
}

/** For a user who called a kubelet directly and was refused. */
export function rightForCaller(refusal: KubeletRefusal): Right {
  const never = neverForCaller(refusal.user);
  if (never !== undefined) return nothing(never);
  const choice = narrowest(refusal.subresources);
  return {
    missingRule: kubeletRule(refusal.verb, choice),
    commands: commandsFor(refusal),
    warning: choice === 'proxy' ? execWarning : '',
  };
}

/** For a user whom the API server does not let use its node proxy: no narrower right opens that. */
export function rightForNodeProxy(user: string, verb: string): Right {
  const never = neverForCaller(user);
  if (never !== undefined) return nothing(never);
  return {
    missingRule: kubeletRule(verb, 'proxy'),
    commands: commandsFor({ user, verb, resource: 'nodes', subresources: ['proxy'] }),
    warning: execWarning,
  };
}

/** For a user who may not look up where a node is, and will want `subresources` of its kubelet next. */
export function rightForNodeLookup(
  user: string,
  verb: string,
  subresources: readonly string[],
): Right {
  const never = neverForCaller(user);
  if (never !== undefined) return nothing(never);
  const choice = narrowest(subresources);
  const resources = ['nodes', `nodes/${choice}`];
  const verbs = verb === 'get' ? ['get'] : ['get', verb || '*'];
  return {
    missingRule: { apiGroups: [''], resources, verbs },
    commands: [grantCommands(user, verbs.join(','), resources, `nodes-${choice}`)],
    warning: choice === 'proxy' ? execWarning : '',
  };
}

/** Where only the path that was refused is told, not whose request it was: `user` may be a guess in capitals. */
export function rightForPath(
  attributes: { readonly verb: string; readonly subresources: readonly string[] },
  subject: string,
): Right {
  const rule = kubeletRule(attributes.verb, narrowest(attributes.subresources));
  const profile = profileFor(rule);
  return {
    missingRule: rule,
    commands:
      profile === undefined
        ? []
        : [`kubectl kubeletaccess grant --profile ${profile} --subject ${subject}`],
    warning: '',
  };
}

/** For what has nothing to do with kubelets: a role of the namespace, if there is one. */
export function rightForOthers(
  user: string,
  rule: PolicyRule,
  namespace?: string,
): Right<PolicyRule> {
  const never = neverForCaller(user);
  if (never !== undefined) return nothing(never);
  const { resources, verbs } = commandRight(rule);
  const prefix = [verbs, ...resources].join('-').replaceAll('/', '-');
  return {
    missingRule: rule,
    commands:
      resources.length === 0 || verbs === ''
        ? []
        : [createCommands(user, prefix, { verbs, resources, namespace })],
    warning: '',
  };
}

/** A role that a binding names and nobody made. */
export interface DanglingRole {
  readonly kind: 'Role' | 'ClusterRole';
  readonly name: string;
  readonly namespace: string | undefined;
}

/** For a denial whose cause is that the role of a binding does not exist: that role, and no binding of another one. */
export function rightByRole(user: string, rule: PolicyRule, role: DanglingRole): Right<PolicyRule> {
  const never = neverForCaller(user);
  if (never !== undefined) return nothing(never);
  const { resources, verbs } = commandRight(rule);
  const namespace = role.kind === 'Role' ? role.namespace : undefined;
  return {
    missingRule: rule,
    commands: [createRole(role.name, { verbs, resources, namespace })],
    warning: (rule.resources ?? []).includes('nodes/proxy') ? execWarning : '',
  };
}

/** Of two commands, the one that gives less comes first. */
function commandsFor({ user, verb, subresources }: KubeletRefusal): readonly string[] {
  const choice = narrowest(subresources);
  const subject = `--subject ${shellWord(formatSubject(subjectOf(user)))}`;
  const created = grantCommands(user, verb, [`nodes/${choice}`], choice);
  if (choice === 'proxy') return [created, `kubectl kubeletaccess grant ${subject} --allow-exec`];
  const profile = profileFor(kubeletRule(verb, choice));
  if (profile === undefined) return [created];
  const granted = `kubectl kubeletaccess grant --profile ${profile} ${subject}`;
  return profile === 'readonly' ? [created, granted] : [granted, created];
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

/** The rule is of RBAC; why it holds is not the same for a caller as for kube-apiserver. */
function neverForCaller(user: string): string | undefined {
  if (neverGranted(subjectOf(user)) === undefined) return undefined;
  return user === 'system:anonymous'
    ? `it is everyone without a credential, and ${tokensNeed}`
    : 'it is a node, whose rights are those of group system:nodes';
}

function nothing(never: string): Right {
  return { missingRule: undefined, commands: [], warning: '', never };
}

function kubeletRule(verb: string, subresource: string): ResourceRule {
  return { apiGroups: [''], resources: [`nodes/${subresource}`], verbs: [verb || '*'] };
}

function commandRight(rule: PolicyRule) {
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
