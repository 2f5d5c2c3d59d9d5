import { Failure } from '../../errors.ts';
import { isFound } from '../../known.ts';
import type { ClusterRole, PolicyRule } from '../../objects.ts';
import { bootstrappingKey, isOurs } from '../../rbac/annotations.ts';
import {
  bindingTitle,
  type Change,
  type FoundWithBindings,
  otherReferrers,
} from '../../rbac/change.ts';
import {
  grantRecordOf,
  recordedProfiles,
  roleAnnotations,
  withAnother,
} from '../../rbac/grant-record.ts';
import { knownNames, type Pair } from '../../rbac/pair.ts';
import { annotate, nameOf } from '../../rbac/rbac-objects.ts';
import { formatRule, formatRules, missingRules, signedRules } from '../../rbac/rules.ts';
import { hasSubject } from '../../rbac/subject.ts';
import { annotationsDifference, withMissingAnnotations } from './merge-annotations.ts';
import type { GrantTerms } from './options.ts';
import { checkOthers, otherBeneficiaries } from './side-effects.ts';

export function planRole(
  pair: Pair,
  found: FoundWithBindings,
  binding: Change,
  options: GrantTerms,
): Change {
  const { names, role: wanted, subject } = pair;
  const { role } = found;
  const target = { kind: 'ClusterRole' as const, name: names.role };
  if (wanted && role) return planUpdate(pair, wanted, { ...found, role }, binding, options);
  // The change has no object, so that -o does not print the built-in role: `kubectl apply` of the output would annotate that role.
  if (role) return { ...target, action: 'none', differences: [] };
  if (!wanted)
    throw new Failure(`ClusterRole ${names.role} not found; kube-apiserver creates it by default`, {
      hints: ['use a profile with its own role, such as --profile apiserver'],
    });
  const rules = wanted.rules ?? [];
  checkOthers({ role: wanted, missing: rules, subject, found }, options);
  return {
    ...target,
    action: 'create',
    object: wanted,
    differences: [
      ...signedRules('+', rules),
      ...otherBeneficiaries(binding, subject, options.force),
    ],
    added: { rules },
    notes: unlistedNotes(names.role, found),
  };
}

type FoundWithRole = FoundWithBindings & { readonly role: ClusterRole };

function planUpdate(
  pair: Pair,
  wanted: ClusterRole,
  found: FoundWithRole,
  binding: Change,
  options: GrantTerms,
): Change {
  const { names, subject } = pair;
  const { role } = found;
  const target = { kind: 'ClusterRole' as const, name: names.role };
  const [has, rules] = [role.rules ?? [], wanted.rules ?? []];
  const missing = missingRules(has, rules);
  const extra = missingRules(rules, has);
  const removed = options.prune ? extra : [];
  checkEditable(role, missing, removed);
  if (removed.length === 0) checkExtra(pair, found, extra, options);
  else checkPrune(found, removed, options);
  const annotated = withProfiles(role, wanted, removed.length > 0);
  const isWider = missing.length > 0;
  if (isWider) checkOthers({ role: annotated, missing, subject, found }, options);
  if (!isWider && removed.length === 0 && annotated === role)
    return { ...target, action: 'none', object: role, differences: [] };
  checkBuiltIn(role, options);
  return {
    ...target,
    action: 'update',
    object: { ...annotated, rules: removed.length > 0 ? [...rules] : [...has, ...missing] },
    differences: [
      ...signedRules('+', missing),
      ...signedRules('-', removed),
      ...(isWider ? otherBeneficiaries(binding, subject, options.force) : []),
      ...(annotated === role ? [] : [annotationsDifference]),
    ],
    added: { rules: missing },
    removed: { rules: removed },
    notes: isWider ? unlistedNotes(names.role, found) : [],
  };
}

/**
 * If grant created the role, adds our labels and records the wanted profiles in its annotation. If --prune removed rules, drops the other
 * profiles from the annotation.
 */
function withProfiles(role: ClusterRole, wanted: ClusterRole, isPruned: boolean): ClusterRole {
  if (!isOurs(role)) return role;
  const has = recordedProfiles(role);
  const wants = grantRecordOf(wanted).profiles;
  const isReplaced = isPruned && has.some((name) => !wants.includes(name));
  const profiles = isReplaced ? wants : wants.reduce(withAnother, has);
  const merged = withMissingAnnotations(role, wanted);
  return profiles === has ? merged : annotate(merged, roleAnnotations(profiles));
}

function checkEditable(
  role: ClusterRole,
  missing: readonly PolicyRule[],
  removed: readonly PolicyRule[],
): void {
  if (!role.aggregationRule || (missing.length === 0 && removed.length === 0)) return;
  const why =
    missing.length > 0
      ? `lacks ${formatRules(missing)}`
      : `has extra rules ${formatRules(removed)}`;
  throw new Failure(
    `ClusterRole ${nameOf(role)} ${why}, but it is an aggregated role and cannot be edited`,
    { hints: ['--role-name NAME creates another role'] },
  );
}

/** Throws if a role allows more than the profile, the subject does not have the role yet, and --accept-wider is not given. */
function checkExtra(
  { subject }: Pair,
  { role, binding }: FoundWithRole,
  extra: readonly PolicyRule[],
  { acceptWider }: GrantTerms,
): void {
  if (extra.length === 0 || acceptWider) return;
  // If the binding refers to another role, its subjects do not have this role yet.
  const has = binding?.roleRef.name === nameOf(role) ? (binding.subjects ?? []) : [];
  if (hasSubject(has, subject)) return;
  throw new Failure(`ClusterRole ${nameOf(role)} allows more than the profile`, {
    details: extra.map((rule) => `extra rule: ${formatRule(rule)}`),
    hints: [
      '--prune removes the extra rules, --accept-wider grants the role as it is, --role-name NAME creates another role',
    ],
  });
}

/** Throws if --prune without --force would remove rules from a role that grant did not create, or that other bindings refer to. */
function checkPrune(
  found: FoundWithRole,
  removed: readonly PolicyRule[],
  options: GrantTerms,
): void {
  const { role, binding } = found;
  const name = nameOf(role);
  if (!isOurs(role) && name !== knownNames.role)
    checkForced(
      `ClusterRole ${name} was not created by kubectl-kubeletaccess, and --prune would remove ${formatRules(removed)}`,
      options,
    );
  const others = otherReferrers(found, name, binding);
  if (others.length > 0)
    checkForced(
      `--prune would also remove ${formatRules(removed)} from other subjects`,
      options,
      others.map((other) => `${bindingTitle(other)} refers to ClusterRole ${name}`),
    );
}

function checkBuiltIn(role: ClusterRole, options: GrantTerms): void {
  const isBuiltIn = !isOurs(role) && role.metadata.labels?.[bootstrappingKey];
  if (isBuiltIn && nameOf(role) !== knownNames.role)
    checkForced(`ClusterRole ${nameOf(role)} is a built-in role and would be changed`, options);
}

function checkForced(
  problem: string,
  { force }: GrantTerms,
  details: readonly string[] = [],
): void {
  if (force) return;
  throw new Failure(problem, {
    details,
    hints: ['re-run with --force to override; --role-name NAME creates another role'],
  });
}

function unlistedNotes(name: string, { unlisted, roles }: FoundWithBindings): readonly string[] {
  return [
    unlisted === undefined
      ? []
      : `cannot check whether other bindings already refer to ClusterRole ${name} and would grant it to others: ${unlisted}`,
    roles && !isFound(roles)
      ? `cannot check whether ClusterRole ${name} is aggregated into others and would be granted through them: ${roles.unknown}`
      : [],
  ].flat();
}
