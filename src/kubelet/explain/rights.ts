import type { PolicyRule } from '../../objects.ts';
import { createCommands } from '../../rbac/create-commands.ts';
import { apiserverRules, type ProfileName, profileOf } from '../../rbac/profiles.ts';
import { covers } from '../../rbac/rules.ts';
import { formatSubject, neverGranted, subjectOf } from '../../rbac/subject.ts';
import { shellWord } from '../../shell.ts';
import type { KubeletRefusal } from '../refusal.ts';
import { grantCommands, narrowest } from '../remedy.ts';

/** A rule that is missing, and the commands that give it: our own first, then kubectl's. */
export interface Right {
  readonly missingRule: PolicyRule | undefined;
  readonly commands: readonly string[];
  /** What one should know before one gives it; empty if there is nothing. */
  readonly warning: string;
}

const execWarning =
  'Beware: nodes/proxy, even with get alone, runs commands in every container of the node';

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
  if (neverGranted(subjectOf(user)) !== undefined) return nothing;
  const covered = subresources.find((name) => covers(apiserverRules, [kubeletRule(verb, name)]));
  const choice = covered ?? narrowest(subresources);
  const profile = covered === undefined ? ' --profile apiserver-full' : '';
  return {
    missingRule: kubeletRule(verb, choice),
    commands: [
      `kubectl kubeletaccess grant${profile}`,
      grantCommands(user, verb, [`nodes/${choice}`], choice),
    ],
    warning: '',
  };
}

/** For a user who called a kubelet directly and was refused. */
export function rightForCaller(refusal: KubeletRefusal): Right {
  if (neverGranted(subjectOf(refusal.user)) !== undefined) return nothing;
  const choice = narrowest(refusal.subresources);
  return {
    missingRule: kubeletRule(refusal.verb, choice),
    commands: commandsFor(refusal),
    warning: choice === 'proxy' ? execWarning : '',
  };
}

/** For a user whom the API server does not let use its node proxy: no narrower right opens that. */
export function rightForNodeProxy(user: string, verb: string): Right {
  if (neverGranted(subjectOf(user)) !== undefined) return nothing;
  return {
    missingRule: kubeletRule(verb, 'proxy'),
    commands: commandsFor({ user, verb, resource: 'nodes', subresources: ['proxy'] }),
    warning: execWarning,
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
export function rightForOthers(user: string, rule: PolicyRule, namespace?: string): Right {
  const anonymous = neverGranted(subjectOf(user)) !== undefined;
  if (anonymous) return nothing;
  const [group = ''] = rule.apiGroups ?? [];
  const resources = (rule.resources ?? []).map((resource) => ofGroup(resource, group));
  const verbs = rule.verbs.join(',');
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

/** Of two that run commands, the one that gives less comes first. */
function commandsFor({ user, verb, subresources }: KubeletRefusal): readonly string[] {
  const choice = narrowest(subresources);
  const subject = `--subject ${shellWord(formatSubject(subjectOf(user)))}`;
  const created = grantCommands(user, verb, [`nodes/${choice}`], choice);
  if (choice === 'proxy') return [created, `kubectl kubeletaccess grant ${subject} --allow-exec`];
  const profile = profileFor(kubeletRule(verb, choice));
  const granted =
    profile === undefined ? [] : [`kubectl kubeletaccess grant --profile ${profile} ${subject}`];
  return [...granted, created];
}

function profileFor(rule: PolicyRule): ProfileName | undefined {
  return callerProfiles.find((name) => covers(profileOf(name).rules, [rule]));
}

const nothing: Right = { missingRule: undefined, commands: [], warning: '' };

function kubeletRule(verb: string, subresource: string): PolicyRule {
  return { apiGroups: [''], resources: [`nodes/${subresource}`], verbs: [verb || '*'] };
}

/** As kubectl takes a resource: `deployments.apps/scale`. */
function ofGroup(resource: string, group: string): string {
  if (group === '') return resource;
  const [parent = '', ...rest] = resource.split('/');
  return [`${parent}.${group}`, ...rest].join('/');
}
