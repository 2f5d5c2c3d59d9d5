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
import { annotationsDifference, mergeAnnotations } from './merge-annotations.ts';
import type { GrantOptions } from './options.ts';
import { checkOtherBindings, otherBeneficiaries } from './side-effects.ts';

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
    checkOtherBindings(name, rules, found, options);
    return {
      ...target,
      action: 'create',
      object: wanted,
      differences: [...signed('+', rules), ...otherBeneficiaries(binding, own, options.force)],
      added: { rules },
      ...(found.unlisted === undefined ? {} : { notes: [unlistedNote(name, found.unlisted)] }),
    };
  }
  const has = role.rules ?? [];
  const missing = missingRules(has, rules);
  const extra = missingRules(rules, has);
  const prunes = options.prune && extra.length > 0;
  checkExtra(pair, found, { missing, extra, prunes }, options);
  if (missing.length > 0) checkOtherBindings(name, missing, found, options);
  const annotated = annotate(role, wanted, prunes);
  if (missing.length === 0 && !prunes && annotated === role)
    return { ...target, action: 'none', object: role, differences: [] };
  if (!isOurs(role) && role.metadata?.labels?.[bootstrappingKey] && name !== knownNames.role)
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
    differences: [...differences, ...(annotated === role ? [] : [annotationsDifference])],
    added: { rules: missing },
    removed: { rules: prunes ? extra : [] },
  };
}

/** A pruned role has the rules of its profile alone, whatever it was created for. */
function annotate(role: ClusterRole, wanted: ClusterRole, isPruned: boolean): ClusterRole {
  if (!isOurs(role)) return role;
  const merged = mergeAnnotations(role, wanted);
  const profile = recordedProfile(wanted);
  return isPruned && profile !== undefined && recordedProfile(merged) !== profile
    ? withProfile(merged, profile)
    : merged;
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

function unlistedNote(name: string, reason: string): string {
  return `cannot check whether other bindings already refer to ClusterRole ${name} and would grant it to others: ${reason}`;
}

function signed(sign: '+' | '-', rules: readonly PolicyRule[]): readonly string[] {
  return rules.map((rule) => `${sign} ${formatRule(rule)}`);
}

function list(rules: readonly PolicyRule[]): string {
  return rules.map(formatRule).join(', ');
}
