import { Failure } from '../../errors.ts';
import type { ClusterRole, PolicyRule } from '../../objects.ts';
import { isOurs, recordedProfile, withProfile } from '../../rbac/annotations.ts';
import {
  bindingTitle,
  type Change,
  type FoundWithBindings,
  otherReferrers,
} from '../../rbac/change.ts';
import { knownNames, type Pair } from '../../rbac/pair.ts';
import { formatRule, missingRules } from '../../rbac/rules.ts';
import { hasSubject } from '../../rbac/subject.ts';
import { withMarks } from './merge-annotations.ts';
import type { GrantOptions } from './options.ts';
import { alsoFor, checkWidened } from './side-effects.ts';

/** On the roles that the API server makes by itself. */
const bootstrapMark = 'kubernetes.io/bootstrapping';

/** What becomes of the role; `binding` is what becomes of the binding that gives it. */
export function planRole(
  pair: Pair,
  found: FoundWithBindings,
  binding: Change,
  options: GrantOptions,
): Change {
  const { names, role: wanted, binding: own } = pair;
  const name = names.role;
  const target = { kind: 'ClusterRole' as const, name };
  const { role } = found;
  if (!wanted) {
    // Left out of what is printed: kubectl would put a mark of its own on it.
    if (role) return { ...target, action: 'none', differences: [] };
    throw new Failure(`there is no ClusterRole ${name}, which the API server makes by itself`, {
      hints: ['another profile, such as --profile apiserver, brings a role of its own'],
    });
  }
  const rules = wanted.rules ?? [];
  if (!role) {
    checkWidened(name, rules, found, options);
    return {
      ...target,
      action: 'create',
      object: wanted,
      differences: [...signed('+', rules), ...alsoFor(binding, own, options.force)],
      added: { rules },
      ...(found.unseen === undefined ? {} : { notes: [unseenNote(name, found.unseen)] }),
    };
  }
  const has = role.rules ?? [];
  const missing = missingRules(has, rules);
  const extra = missingRules(rules, has);
  const prunes = options.prune && extra.length > 0;
  checkExtra(pair, found, { missing, extra, prunes }, options);
  if (missing.length > 0) checkWidened(name, missing, found, options);
  const marked = withMark(role, wanted, prunes);
  if (missing.length === 0 && !prunes && marked === role)
    return { ...target, action: 'none', object: role, differences: [] };
  if (!isOurs(role) && role.metadata?.labels?.[bootstrapMark] && name !== knownNames.role)
    checkForced(`ClusterRole ${name} is one of the cluster's own, and would be changed`, options);
  const differences = [
    ...signed('+', missing),
    ...(prunes ? signed('-', extra) : []),
    ...(missing.length > 0 ? alsoFor(binding, own, options.force) : []),
  ];
  return {
    ...target,
    action: 'update',
    object: { ...marked, rules: prunes ? [...rules] : [...has, ...missing] },
    differences: [...differences, ...(marked === role ? [] : ['+ labels and annotations of ours'])],
    added: { rules: missing },
    removed: { rules: prunes ? extra : [] },
  };
}

/** A pruned role holds its profile and nothing else, whatever it was made for. */
function withMark(role: ClusterRole, wanted: ClusterRole, pruned: boolean): ClusterRole {
  if (!isOurs(role)) return role;
  const marked = withMarks(role, wanted);
  const profile = recordedProfile(wanted);
  return pruned && profile !== undefined && recordedProfile(marked) !== profile
    ? withProfile(marked, profile)
    : marked;
}

interface Compared {
  readonly missing: readonly PolicyRule[];
  readonly extra: readonly PolicyRule[];
  readonly prunes: boolean;
}

/** What a role holds besides is neither given to anybody new nor taken from others without a word. */
function checkExtra(
  { names, binding: own }: Pair,
  found: FoundWithBindings,
  { missing, extra, prunes }: Compared,
  options: GrantOptions,
): void {
  const { role, binding } = found;
  const name = names.role;
  if ((missing.length > 0 || prunes) && role?.aggregationRule)
    throw new Failure(
      `ClusterRole ${name} ${missing.length > 0 ? `lacks ${list(missing)}` : `holds ${list(extra)} besides`}, and is made by aggregation, so that it cannot be written`,
      { hints: ['--role-name NAME makes another role'] },
    );
  // Whoever is in a binding of another role is new to this one.
  const isNew =
    binding?.roleRef.name !== name ||
    (own.subjects ?? []).some((subject) => !hasSubject(binding.subjects ?? [], subject));
  if (extra.length > 0 && !prunes && !options.acceptWider && isNew)
    throw new Failure(`ClusterRole ${name} holds more than was asked for`, {
      details: extra.map((rule) => `it also gives ${formatRule(rule)}`),
      hints: [
        '--prune takes that out of the role, --accept-wider gives it as it is, --role-name NAME makes another role',
      ],
    });
  if (!prunes || !role) return;
  if (!isOurs(role) && name !== knownNames.role)
    checkForced(
      `ClusterRole ${name} was not made by kubectl-kubeletaccess, and --prune would take ${list(extra)} out of it`,
      options,
    );
  const others = otherReferrers(found, name, binding);
  if (others.length > 0)
    checkForced(
      `--prune would take ${list(extra)} from others as well`,
      options,
      others.map((other) => `${bindingTitle(other)} refers to ClusterRole ${name}`),
    );
}

function checkForced(
  problem: string,
  { force }: GrantOptions,
  details: readonly string[] = [],
): void {
  if (force) return;
  throw new Failure(problem, {
    details,
    hints: [
      'if that is how you want it: the same with --force; --role-name NAME makes another role',
    ],
  });
}

function unseenNote(name: string, unseen: string): string {
  return `whether another binding refers to ClusterRole ${name} already, and gives it to others, was not looked at: ${unseen}`;
}

function signed(sign: '+' | '-', rules: readonly PolicyRule[]): readonly string[] {
  return rules.map((rule) => `${sign} ${formatRule(rule)}`);
}

function list(rules: readonly PolicyRule[]): string {
  return rules.map(formatRule).join(', ');
}
