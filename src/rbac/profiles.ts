import type { PolicyRule } from '../objects.ts';
import { covers } from './rules.ts';

/** A named set of rules. */
export interface Profile {
  readonly name: ProfileName;
  readonly rules: readonly PolicyRule[];
  /** Whether it holds nodes/proxy, with which one runs commands in every container. */
  readonly runsCommands: boolean;
  /** The cluster's own role that it binds, in place of one of ours. */
  readonly ownRole: string | undefined;
}

export const profileNames = [
  'apiserver',
  'apiserver-full',
  'builtin',
  'metrics',
  'stats',
  'logs',
  'readonly',
  'checkpoint',
] as const;

export type ProfileName = (typeof profileNames)[number];

/** The rules that kube-apiserver needs toward kubelets, as clusters have had them since the hard way. */
export const apiserverRules: readonly PolicyRule[] = [
  {
    apiGroups: [''],
    resources: ['nodes/proxy', 'nodes/stats', 'nodes/log', 'nodes/spec', 'nodes/metrics'],
    verbs: ['*'],
  },
];

/** What kubelets since 1.33 check before nodes/proxy, and what never was part of it. */
const finerRules: readonly PolicyRule[] = [
  {
    apiGroups: [''],
    resources: [
      'nodes/healthz',
      'nodes/pods',
      'nodes/configz',
      'nodes/statusz',
      'nodes/checkpoint',
    ],
    verbs: ['*'],
  },
];

export function isProfileName(text: string): text is ProfileName {
  return profileNames.some((name) => name === text);
}

/** With `nodes`, the rules hold for these nodes alone. */
export function profileOf(name: ProfileName, nodes: readonly string[] = []): Profile {
  return {
    name,
    rules: rulesOf(name).map((rule) => narrowed(rule, nodes)),
    runsCommands: name === 'apiserver' || name === 'apiserver-full' || name === 'builtin',
    ownRole: name === 'builtin' ? 'system:kubelet-api-admin' : undefined,
  };
}

/** Whether one profile gives all that the other does, and more. */
export function isWider(name: ProfileName, than: ProfileName): boolean {
  return covers(rulesOf(name), rulesOf(than)) && !covers(rulesOf(than), rulesOf(name));
}

/** What kubelets can be asked about: the cluster's own role opens what the pair does. */
export function rulesToAsk({ ownRole, rules }: Profile): readonly PolicyRule[] {
  return ownRole === undefined ? rules : apiserverRules;
}

function rulesOf(name: ProfileName): readonly PolicyRule[] {
  switch (name) {
    case 'apiserver':
      return apiserverRules;
    case 'apiserver-full':
      return [...apiserverRules, ...finerRules];
    case 'builtin':
      return [];
    case 'metrics':
      return forCallers('get', 'nodes/metrics');
    case 'stats':
      return forCallers('get', 'nodes/stats');
    case 'logs':
      return forCallers('get', 'nodes/log');
    case 'readonly':
      return forCallers(
        'get',
        'nodes/metrics',
        'nodes/stats',
        'nodes/healthz',
        'nodes/pods',
        'nodes/configz',
      );
    case 'checkpoint':
      return forCallers('create', 'nodes/checkpoint');
  }
}

/** Whoever calls kubelets directly looks up their addresses first. */
function forCallers(verb: string, ...resources: readonly string[]): readonly PolicyRule[] {
  return [
    { apiGroups: [''], resources: [...resources], verbs: [verb] },
    { apiGroups: [''], resources: ['nodes'], verbs: ['get', 'list'] },
  ];
}

/** A list is of all nodes, or of none: who may see some gets them by name. */
function narrowed(rule: PolicyRule, nodes: readonly string[]): PolicyRule {
  if (nodes.length === 0) return rule;
  const verbs = rule.verbs.filter((verb) => verb !== 'list');
  return { ...rule, verbs, resourceNames: [...new Set(nodes)].sort() };
}
