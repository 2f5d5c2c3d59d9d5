import { Failure } from '../../errors.ts';
import { isFound } from '../../known.ts';
import type { ClusterRole, ClusterRoleBinding, PolicyRule } from '../../objects.ts';
import { isOurs } from '../../rbac/annotations.ts';
import {
  bindingTitle,
  type Change,
  type FoundWithBindings,
  otherReferrers,
} from '../../rbac/change.ts';
import { knownNames, type Pair } from '../../rbac/pair.ts';
import { recordedProfiles, recordsOf, withRecords } from '../../rbac/records.ts';
import { recreationKey, withoutRecreation } from '../../rbac/recreation-record.ts';
import { formatRule, missingRules } from '../../rbac/rules.ts';
import { hasSubject } from '../../rbac/subject.ts';
import { annotationsDifference, mergeRoleAnnotations } from './merge-annotations.ts';
import type { GrantOptions } from './options.ts';
import { checkAggregators, checkOtherBindings, otherBeneficiaries } from './side-effects.ts';

/** On the roles that kube-apiserver creates by itself. */
const bootstrappingKey = 'kubernetes.io/bootstrapping';

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
    // Not printed: kubectl apply would annotate it.
    if (role) return { ...target, action: 'none', differences: [] };
    throw new Failure(`ClusterRole ${name} not found; kube-apiserver creates it by default`, {
      hints: ['use a profile with its own role, such as --profile apiserver'],
    });
  }
  const rules = wanted.rules ?? [];
  if (!role) {
    checkOthers(wanted, rules, own, found, options);
    return {
      ...target,
      action: 'create',
      object: wanted,
      differences: [...signed('+', rules), ...otherBeneficiaries(binding, own, options.force)],
      added: { rules },
      notes: unlistedNotes(name, found),
    };
  }
  const has = role.rules ?? [];
  const missing = missingRules(has, rules);
  const extra = missingRules(rules, has);
  const prunes = options.prune && extra.length > 0;
  checkExtra(pair, found, { missing, extra, prunes }, options);
  const recorded = annotate(role, wanted, prunes);
  // Of a binding that is there again.
  const isOver = binding.action === 'none' || binding.action === 'update';
  const annotated = isOver ? withoutRecreation(recorded, names.binding) : recorded;
  if (missing.length > 0) checkOthers(annotated, missing, own, found, options);
  if (missing.length === 0 && !prunes && annotated === role)
    return { ...target, action: 'none', object: role, differences: [] };
  if (!isOurs(role) && role.metadata.labels?.[bootstrappingKey] && name !== knownNames.role)
    checkForced(`ClusterRole ${name} is a built-in role and would be changed`, options);
  const differences = [
    ...signed('+', missing),
    ...(prunes ? signed('-', extra) : []),
    ...(missing.length > 0 ? otherBeneficiaries(binding, own, options.force) : []),
  ];
  return {
    ...target,
    action: 'update',
    object: { ...annotated, rules: prunes ? [...rules] : [...has, ...missing] },
    differences: [
      ...differences,
      ...(recorded === role ? [] : [annotationsDifference]),
      ...(annotated === recorded
        ? []
        : [`- annotation ${recreationKey} of ClusterRoleBinding ${names.binding}, which exists`]),
    ],
    added: { rules: missing },
    removed: { rules: prunes ? extra : [] },
    notes: missing.length > 0 ? unlistedNotes(name, found) : [],
  };
}

/** A pruned role has the rules of its profile alone, whatever it was created for. */
function annotate(role: ClusterRole, wanted: ClusterRole, isPruned: boolean): ClusterRole {
  if (!isOurs(role)) return role;
  const { profiles } = recordsOf(wanted);
  const isOther = recordedProfiles(role).some((name) => !profiles.includes(name));
  const merged = mergeRoleAnnotations(role, wanted);
  return isPruned && isOther ? withRecords(merged, { profiles, subjects: [] }) : merged;
}

interface Compared {
  readonly missing: readonly PolicyRule[];
  readonly extra: readonly PolicyRule[];
  readonly prunes: boolean;
}

/** Extra rules of a role are neither granted to a new subject nor removed from others unasked. */
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
      `ClusterRole ${name} ${missing.length > 0 ? `lacks ${list(missing)}` : `has extra rules ${list(extra)}`}, but it is an aggregated role and cannot be edited`,
      { hints: ['--role-name NAME creates another role'] },
    );
  // The subjects of a binding of another role are new to this one.
  const isNew =
    binding?.roleRef.name !== name ||
    (own.subjects ?? []).some((subject) => !hasSubject(binding.subjects ?? [], subject));
  if (extra.length > 0 && !prunes && !options.acceptWider && isNew)
    throw new Failure(`ClusterRole ${name} allows more than the profile`, {
      details: extra.map((rule) => `extra rule: ${formatRule(rule)}`),
      hints: [
        '--prune removes the extra rules, --accept-wider grants the role as it is, --role-name NAME creates another role',
      ],
    });
  if (!prunes || !role) return;
  if (!isOurs(role) && name !== knownNames.role)
    checkForced(
      `ClusterRole ${name} was not created by kubectl-kubeletaccess, and --prune would remove ${list(extra)}`,
      options,
    );
  const others = otherReferrers(found, name, binding);
  if (others.length > 0)
    checkForced(
      `--prune would also remove ${list(extra)} from other subjects`,
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
    hints: ['re-run with --force to override; --role-name NAME creates another role'],
  });
}

/** Denies rules that are new to a role to others who have it, by a binding or through an aggregated role. */
function checkOthers(
  role: ClusterRole,
  missing: readonly PolicyRule[],
  own: ClusterRoleBinding,
  found: FoundWithBindings,
  options: GrantOptions,
): void {
  checkOtherBindings(role, missing, own, found, options);
  checkAggregators(role, missing, own, found, options);
}

function unlistedNotes(name: string, { unlisted, roles }: FoundWithBindings): readonly string[] {
  return [
    ...(unlisted === undefined
      ? []
      : [
          `cannot check whether other bindings already refer to ClusterRole ${name} and would grant it to others: ${unlisted}`,
        ]),
    ...(roles && !isFound(roles)
      ? [
          `cannot check whether ClusterRole ${name} is aggregated into others and would be granted through them: ${roles.unknown}`,
        ]
      : []),
  ];
}

function signed(sign: '+' | '-', rules: readonly PolicyRule[]): readonly string[] {
  return rules.map((rule) => `${sign} ${formatRule(rule)}`);
}

function list(rules: readonly PolicyRule[]): string {
  return rules.map(formatRule).join(', ');
}
