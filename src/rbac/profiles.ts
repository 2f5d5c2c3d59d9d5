import type { PolicyRule } from '../objects.ts';
import { command, options, part } from '../text/command.ts';
import { covers } from './rules.ts';

export interface Profile {
  readonly name: ProfileName;
  readonly rules: readonly PolicyRule[];
  /** Whether the profile allows get on nodes/proxy, which runs commands in every container. */
  readonly runsCommands: boolean;
  /** Name of an existing ClusterRole that the profile binds; undefined if the profile creates a role. */
  readonly ownRole: string | undefined;
}

/** Permissions that kube-apiserver needs at kubelets, as in Kubernetes the Hard Way. */
export const apiserverRules: readonly PolicyRule[] = [
  {
    apiGroups: [''],
    resources: ['nodes/proxy', 'nodes/stats', 'nodes/log', 'nodes/spec', 'nodes/metrics'],
    verbs: ['*'],
  },
];

/** Permissions that kubelets since 1.33 check before nodes/proxy, and permissions that nodes/proxy never included. */
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

interface ProfileEntry {
  readonly rules: readonly PolicyRule[];
  /** Name of an existing ClusterRole to bind, so that no role is created. */
  readonly ownRole?: string;
  /** Arguments of a command that reads what the profile opens; absent if the profile does not allow reading. */
  readonly reader?: string;
}

/** A profile is one entry here, those for callers from the narrowest, and its purpose in scripts/docs/profiles.ts. All lists of profiles follow from the entries. */
const entries = {
  apiserver: { rules: apiserverRules },
  'apiserver-full': { rules: [...apiserverRules, ...finerRules] },
  builtin: { rules: [], ownRole: 'system:kubelet-api-admin' },
  metrics: { rules: forCallers('get', 'nodes/metrics'), reader: 'metrics resource' },
  stats: { rules: forCallers('get', 'nodes/stats'), reader: 'top nodes' },
  logs: { rules: forCallers('get', 'nodes/log'), reader: 'node-logs -u kubelet' },
  checkpoint: { rules: forCallers('create', 'nodes/checkpoint') },
  readonly: {
    rules: forCallers(
      'get',
      'nodes/metrics',
      'nodes/stats',
      'nodes/healthz',
      'nodes/pods',
      'nodes/configz',
    ),
    reader: 'top nodes',
  },
} satisfies Readonly<Record<string, ProfileEntry>>;

export type ProfileName = keyof typeof entries;

export const profileNames = Object.keys(entries) as readonly ProfileName[];

export function isProfileName(text: string): text is ProfileName {
  return Object.hasOwn(entries, text);
}

/**
 * Returns the command with which a user reads from kubelets by a token. The command calls kubelets directly, because the API
 * server's node proxy would require nodes/proxy. Undefined if the profile does not allow reading.
 */
export function readerCommand(
  name: ProfileName,
  nodes: readonly string[] = [],
): string | undefined {
  const { reader }: ProfileEntry = entries[name];
  if (reader === undefined) return undefined;
  const chosen = nodes.length > 0 ? part`--node ${nodes.join(',')}` : options([]);
  return command`kubectl kubeletaccess ${options(reader.split(' '))} ${chosen} --via direct --show-token`;
}

export function profileOf(name: ProfileName, nodes: readonly string[] = []): Profile {
  const { rules, ownRole }: ProfileEntry = entries[name];
  return {
    name,
    rules: rules.map((rule) => narrowed(rule, nodes)),
    runsCommands: covers(rulesToAsk({ ownRole, rules }), [runsCommands]),
    ownRole,
  };
}

export const runsCommands: PolicyRule = {
  apiGroups: [''],
  resources: ['nodes/proxy'],
  verbs: ['get'],
};

/** Profiles for callers of kubelets, the narrowest first. Profiles with nodes/proxy are only for kube-apiserver. */
export const callerProfiles: readonly ProfileName[] = profileNames.filter(
  (name) => !profileOf(name).runsCommands,
);

/**
 * Returns the rules whose permissions are checked in the cluster. For a profile that binds an existing role, returns
 * `apiserverRules`, which allow the same paths.
 */
export function rulesToAsk({
  ownRole,
  rules,
}: Pick<Profile, 'ownRole' | 'rules'>): readonly PolicyRule[] {
  return ownRole === undefined ? rules : apiserverRules;
}

/** Returns rules for callers of kubelets. They include reading nodes, because callers first look up the addresses of kubelets. */
function forCallers(verb: string, ...resources: readonly string[]): readonly PolicyRule[] {
  return [
    { apiGroups: [''], resources: [...resources], verbs: [verb] },
    { apiGroups: [''], resources: ['nodes'], verbs: ['get', 'list'] },
  ];
}

/** Limits a rule to some nodes. Drops the verb list, because RBAC cannot limit it to names. */
function narrowed(rule: PolicyRule, nodes: readonly string[]): PolicyRule {
  if (nodes.length === 0) return rule;
  const verbs = rule.verbs.filter((verb) => verb !== 'list');
  return { ...rule, verbs, resourceNames: [...new Set(nodes)].sort() };
}
