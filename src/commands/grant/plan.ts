import { Failure } from '../../errors.ts';
import type { ClusterRole, ClusterRoleBinding, PolicyRule, RbacSubject } from '../../objects.ts';
import { checkManager, isOurs } from '../../rbac/annotations.ts';
import type { Change } from '../../rbac/change.ts';
import { expiryOf, type Grant, objectsOf, ownSubjects, withTerms } from '../../rbac/grant.ts';
import { withAddedRules, withAddedSubject } from '../../rbac/known-pair.ts';
import { isKnownBinding, knownNames } from '../../rbac/names.ts';
import { nameOf } from '../../rbac/rbac-objects.ts';
import { formatRule, formatRules, missingRules, signedRules } from '../../rbac/rules.ts';
import { formatGiver, formatSubject, hasSubject, sameSubject } from '../../rbac/subject.ts';
import { command } from '../../text/command.ts';
import type { Plan } from '../shared/pair/plan-reporter.ts';
import { checkGainers, type FoundForGrant, holdsRole } from './gainers.ts';

export interface GrantTerms {
  /** Whether the subject is, or may be, the kubelet client of kube-apiserver. */
  readonly isClient: boolean;
  readonly force: boolean;
}

/** Plans the role and the binding of a grant. Throws if a change needs --force, or concerns objects that `grant` did not make. */
export function planGrant(asked: Grant, found: FoundForGrant, terms: GrantTerms): Plan {
  const { subject } = asked;
  const { givers, grantedBy } = found;
  if (givers)
    return {
      changes: [],
      notes: [
        `nothing to do: ${formatSubject(subject)} already has this access through ${givers.map(formatGiver).join(' and ')}`,
        'hint: re-run with --force to grant it beside that',
      ],
    };
  const grant = { ...asked, grantedBy };
  const wanted = objectsOf(grant, terms.isClient);
  const binding = planBinding(wanted.binding, found.binding, grant);
  const role = planRole(wanted.role, found, grant, wanted.binding.roleRef.name, terms);
  const changes = [role, binding];
  for (const [index, object] of [found.role, found.binding].entries()) {
    const change = changes[index];
    if (change && change.action !== 'none' && object)
      checkManager(change.kind, object, terms.force, change.differences);
  }
  return { changes };
}

function planRole(
  wanted: ClusterRole | undefined,
  found: FoundForGrant,
  { subject, profile }: Grant,
  name: string,
  { force }: GrantTerms,
): Change {
  const target = { kind: 'ClusterRole' as const, name };
  const { role } = found;
  if (!wanted) {
    if (!role)
      throw new Failure(`ClusterRole ${name} not found; kube-apiserver creates it by default`, {
        hints: ['use a profile with its own role, such as --profile apiserver'],
      });
    // The change has no object, so that -o does not print the built-in role: `kubectl apply` of the output would annotate that role.
    return { ...target, action: 'none', differences: [] };
  }
  const rules = wanted.rules ?? [];
  if (!role) {
    const { gainers, notes } = checkGainers(wanted, rules, subject, found, force);
    const differences = [...signedRules('+', rules), ...gainers];
    return {
      ...target,
      action: 'create',
      object: wanted,
      differences,
      added: { rules },
      notes,
    };
  }
  const has = role.rules ?? [];
  const [missing, extra] = [missingRules(has, rules), missingRules(rules, has)];
  const isOwn = isOurs(role);
  const removed = isOwn && force ? extra : [];
  const isKnown = name === knownNames.role;
  const isHanded = extra.length > removed.length && !holdsRole(found.binding, name, subject);
  const mayChange = isOwn || isKnown;
  if (!mayChange && (missing.length > 0 || isHanded)) throw notOurs(role, missing, profile);
  if (isHanded && !force) throw allowsMore(role, profile, extra, isOwn);
  const handed = isHanded
    ? extra.map(
        (rule) => `+ ${formatRule(rule)}, which ClusterRole ${name} allows beyond the profile`,
      )
    : [];
  if (missing.length === 0 && removed.length === 0)
    return { ...target, action: 'none', object: role, differences: handed };
  if (role.aggregationRule)
    throw new Failure(
      `ClusterRole ${name} lacks ${formatRules(missing)}, but it is an aggregated role and cannot be edited`,
      { hints: [command`kubectl get clusterrole ${name} -o yaml`] },
    );
  const { gainers, notes } = checkGainers(role, missing, subject, found, force);
  return {
    ...target,
    action: 'update',
    object: isOwn
      ? { ...role, rules: removed.length > 0 ? [...rules] : [...has, ...missing] }
      : withAddedRules(role, missing),
    differences: [
      ...signedRules('+', missing),
      ...gainers,
      ...handed,
      ...signedRules('-', removed),
    ],
    added: { rules: missing },
    removed: { rules: removed },
    notes,
  };
}

function allowsMore(
  role: ClusterRole,
  profile: string,
  extra: readonly PolicyRule[],
  isOwn: boolean,
): Failure {
  return new Failure(`ClusterRole ${nameOf(role)} allows more than profile ${profile}`, {
    details: extra.map((rule) => `extra rule: ${formatRule(rule)}`),
    hints: [
      isOwn
        ? 're-run with --force to remove the extra rules, also from its other subjects'
        : 're-run with --force to grant the role as it is',
    ],
  });
}

function notOurs(role: ClusterRole, missing: readonly PolicyRule[], profile: string): Failure {
  const name = nameOf(role);
  const differs =
    missing.length > 0 ? `lacks ${formatRules(missing)}` : `allows more than profile ${profile}`;
  return new Failure(`ClusterRole ${name} was not made by grant, and ${differs}`, {
    details: (role.rules ?? []).map((rule) => `it allows ${formatRule(rule)}`),
    hints: [
      command`delete it, which takes these rules from all its subjects, and run this command again: kubectl delete clusterrole ${name}`,
    ],
  });
}

function planBinding(
  wanted: ClusterRoleBinding,
  found: ClusterRoleBinding | undefined,
  grant: Grant,
): Change {
  const { subject, expires } = grant;
  const name = nameOf(wanted);
  const target = { kind: 'ClusterRoleBinding' as const, name };
  const adding = [
    `+ subject ${formatSubject(subject)}`,
    ...(expires === undefined ? [] : [`  expires ${expires}`]),
  ];
  const added = { subjects: [subject] };
  if (!found) return { ...target, action: 'create', object: wanted, differences: adding, added };
  const { roleRef } = found;
  if (roleRef.name !== wanted.roleRef.name)
    throw mustGo(
      found,
      `refers to ClusterRole ${roleRef.name}, not ${wanted.roleRef.name}, and roleRef is immutable`,
    );
  const had = found.subjects ?? [];
  const isThere = hasSubject(had, subject);
  const isOwn = hasSubject(ownSubjects(found), subject);
  if (isThere && !isOwn) {
    if (expires === undefined) return { ...target, action: 'none', object: found, differences: [] };
    throw new Failure(
      `${formatSubject(subject)} has access that grant did not add, through ClusterRoleBinding ${name}: --for cannot end it`,
    );
  }
  const isKnown = isKnownBinding(name);
  if (!isOurs(found) && name !== knownNames.binding) throw mustGo(found, 'was not made by grant');
  const before = expiryOf(found);
  if (isThere && before === expires)
    return { ...target, action: 'none', object: found, differences: [] };
  const others = ownSubjects(found).filter((each) => !sameSubject(each, subject));
  if (before !== expires && others.length > 0) throw ofOtherExpiry(name, others, before);
  const holder = isKnown ? withAddedSubject(found, subject) : found;
  return {
    ...target,
    action: 'update',
    object: withTerms({ ...holder, subjects: isThere ? had : [...had, subject] }, grant),
    differences: isThere ? [expiryChange(subject, before, expires)] : adding,
    added: isThere ? {} : added,
  };
}

function expiryChange(
  subject: RbacSubject,
  before: string | undefined,
  expires: string | undefined,
): string {
  const name = formatSubject(subject);
  return expires === undefined
    ? `~ subject ${name} no longer expires (was ${before})`
    : `~ subject ${name} expires ${expires} (was ${before ?? 'never'})`;
}

/** A new expiry would end, or prolong, the access that others got by another grant. */
function ofOtherExpiry(
  name: string,
  others: readonly RbacSubject[],
  before: string | undefined,
): Failure {
  const until = before === undefined ? 'does not expire' : `expires ${before}`;
  return new Failure(
    `ClusterRoleBinding ${name} also gives ${others.map(formatSubject).join(', ')} this access, which ${until}: one binding has one expiry`,
  );
}

/** The binding is not deleted in the user's place: its subjects would lose the role. */
function mustGo(found: ClusterRoleBinding, why: string): Failure {
  const { kind, name } = found.roleRef;
  return new Failure(`ClusterRoleBinding ${nameOf(found)} ${why}`, {
    details: (found.subjects ?? []).map(
      (each) => `subject ${formatSubject(each)} has ${kind} ${name} by it`,
    ),
    hints: [
      command`delete it, which takes that role from its subjects, and run this command again: kubectl delete clusterrolebinding ${nameOf(found)}`,
    ],
  });
}

export function isWidening({ added = {} }: Change): boolean {
  return (added.rules ?? []).length > 0 || (added.subjects ?? []).length > 0;
}
