import { Failure } from '../../errors.ts';
import { foundIn, type Known } from '../../known.ts';
import type { ClusterRole, ClusterRoleBinding, PolicyRule, RbacSubject } from '../../objects.ts';
import { checkManager, isOurs } from '../../rbac/annotations.ts';
import type { Change, FoundPair } from '../../rbac/change.ts';
import { expiryOf, type Grant, objectsOf, ownSubjects, withTerms } from '../../rbac/grant.ts';
import { withAddedRules, withAddedSubject } from '../../rbac/known-pair.ts';
import { isKnownBinding, knownNames } from '../../rbac/names.ts';
import { nameOf } from '../../rbac/rbac-objects.ts';
import { formatRule, formatRules, missingRules, signedRules } from '../../rbac/rules.ts';
import {
  formatGiver,
  formatSubject,
  hasSubject,
  neverGranted,
  sameSubject,
} from '../../rbac/subject.ts';
import { command } from '../../text/command.ts';
import { listHolders, otherHolders } from '../shared/pair/holders.ts';
import type { Plan } from '../shared/pair/plan-reporter.ts';

export interface GrantTerms {
  /** Whether the subject is, or may be, the kubelet client of kube-apiserver. */
  readonly isClient: boolean;
  readonly force: boolean;
}

export interface FoundForGrant extends FoundPair {
  /** All ClusterRoleBindings. Read only if the rules of the role change. */
  readonly bindings?: Known<readonly ClusterRoleBinding[]>;
  /** All ClusterRoles. Read only if the rules of the role change. */
  readonly roles?: Known<readonly ClusterRole[]>;
  /** Bindings that give the subject this access already, without an expiry. An empty name stands for group system:masters. */
  readonly givers?: readonly string[] | undefined;
  /** The caller, as a subject; undefined if unknown. Read only if the binding changes. */
  readonly grantedBy?: string | undefined;
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
  for (const { kind, action, object, differences } of [role, binding])
    if (action === 'update') checkManager(kind, object, terms.force, differences);
  return { changes: [role, binding] };
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
  const [has, rules] = [role?.rules ?? [], wanted.rules ?? []];
  const missing = role ? missingRules(has, rules) : rules;
  const extra = missingRules(rules, has);
  const isOwn = !role || isOurs(role);
  const removed = isOwn && force ? extra : [];
  const isHanded = extra.length > removed.length && !holdsRole(found.binding, name, subject);
  if (!isOwn && name !== knownNames.role && (missing.length > 0 || isHanded))
    throw mustGo(
      `ClusterRole ${name}`,
      `was not made by grant, and ${missing.length > 0 ? `lacks ${formatRules(missing)}` : `allows more than profile ${profile}`}`,
      has.map((rule) => `it allows ${formatRule(rule)}`),
    );
  if (isHanded && !force)
    throw new Failure(`ClusterRole ${name} allows more than profile ${profile}`, {
      details: extra.map((rule) => `extra rule: ${formatRule(rule)}`),
      hints: [
        isOwn
          ? 're-run with --force to remove the extra rules, also from its other subjects'
          : 're-run with --force to grant the role as it is',
      ],
    });
  const handed = (isHanded ? extra : []).map(
    (rule) => `+ ${formatRule(rule)}, which ClusterRole ${name} allows beyond the profile`,
  );
  if (role && missing.length === 0 && removed.length === 0)
    return { ...target, action: 'none', object: role, differences: handed };
  if (role?.aggregationRule)
    throw new Failure(
      `ClusterRole ${name} lacks ${formatRules(missing)}, but it is an aggregated role and cannot be edited`,
      { hints: [command`kubectl get clusterrole ${name} -o yaml`] },
    );
  const changed = isOwn
    ? { ...(role ?? wanted), rules: removed.length > 0 ? [...rules] : [...has, ...missing] }
    : withAddedRules(role, missing);
  return {
    ...{ ...target, action: role ? 'update' : 'create', object: changed },
    differences: [
      ...signedRules('+', missing),
      ...gainerLines(role ?? wanted, missing, subject, found, force),
      ...handed,
      ...signedRules('-', removed),
    ],
    added: { rules: missing },
    removed: { rules: removed },
    notes: uncheckedNotes(name, found),
  };
}

/** Returns lines about who else would get rules. Throws without --force, and always for subjects that must never have access. */
function gainerLines(
  role: ClusterRole,
  missing: readonly PolicyRule[],
  subject: RbacSubject,
  { roles, bindings, binding }: FoundForGrant,
  force: boolean,
): readonly string[] {
  if (missing.length === 0) return [];
  const bound = foundIn(bindings) ?? (binding ? [binding] : []);
  const gainers = otherHolders(role, foundIn(roles), bound, subject);
  for (const { subjects, text } of gainers)
    for (const each of subjects) {
      const never = neverGranted(each);
      if (never !== undefined)
        throw new Failure(
          `${formatSubject(each)} would also get access, which is never allowed: ${never}`,
          { details: [text], hints: ['remove that subject from the binding first'] },
        );
    }
  const lines = listHolders(gainers).map((line) => `also for ${line}`);
  if (lines.length > 0 && !force)
    throw new Failure(
      `ClusterRole ${nameOf(role)} would also give ${formatRules(missing)} to others`,
      { details: lines, hints: ['re-run with --force if they may have it'] },
    );
  return lines.map((line) => `  ${line}`);
}

function uncheckedNotes(name: string, { bindings, roles }: FoundForGrant): readonly string[] {
  return [bindings, roles].flatMap((read) =>
    read && 'unknown' in read
      ? `cannot check who else gets ClusterRole ${name}, by a binding or aggregation: ${read.unknown}`
      : [],
  );
}

/** Whether a binding already gives the subject a role. */
export function holdsRole(
  binding: ClusterRoleBinding | undefined,
  roleName: string,
  subject: RbacSubject,
): boolean {
  return binding?.roleRef.name === roleName && hasSubject(binding.subjects ?? [], subject);
}

function planBinding(
  wanted: ClusterRoleBinding,
  found: ClusterRoleBinding | undefined,
  grant: Grant,
): Change {
  const { subject, expires } = grant;
  const [title, name] = [formatSubject(subject), nameOf(wanted)];
  const target = { kind: 'ClusterRoleBinding' as const, name };
  const adding = {
    differences: [`+ subject ${title}`, ...(expires === undefined ? [] : [`  expires ${expires}`])],
    added: { subjects: [subject] },
  };
  if (!found) return { ...target, action: 'create', object: wanted, ...adding };
  const { roleRef, subjects: had = [] } = found;
  const why =
    roleRef.name === wanted.roleRef.name
      ? 'was not made by grant'
      : `refers to ClusterRole ${roleRef.name}, not ${wanted.roleRef.name}, and roleRef is immutable`;
  const isHeld = holdsRole(found, wanted.roleRef.name, subject);
  const own = ownSubjects(found);
  const isForeign = isHeld && !hasSubject(own, subject);
  const before = expiryOf(found);
  if (isForeign && expires !== undefined)
    throw new Failure(
      `${title} has access that grant did not add, through ClusterRoleBinding ${name}: --for cannot end it`,
    );
  if (isForeign || (isHeld && before === expires))
    return { ...target, action: 'none', object: found, differences: [] };
  const isOurOwn = isOurs(found) || name === knownNames.binding;
  if (roleRef.name !== wanted.roleRef.name || !isOurOwn)
    throw mustGo(
      `ClusterRoleBinding ${name}`,
      why,
      had.map((each) => `subject ${formatSubject(each)} has ${roleRef.kind} ${roleRef.name} by it`),
    );
  const others = own.filter((each) => !sameSubject(each, subject));
  if (before !== expires && others.length > 0)
    // A new expiry would end, or prolong, the access that others got by another grant.
    throw new Failure(
      `ClusterRoleBinding ${name} also gives ${others.map(formatSubject).join(', ')} this access, which ${before === undefined ? 'does not expire' : `expires ${before}`}: one binding has one expiry`,
    );
  const holder = isKnownBinding(name) ? withAddedSubject(found, subject) : found;
  const object = withTerms({ ...holder, subjects: isHeld ? had : [...had, subject] }, grant);
  if (!isHeld) return { ...target, action: 'update', object, ...adding };
  const change =
    expires === undefined
      ? `no longer expires (was ${before})`
      : `expires ${expires} (was ${before ?? 'never'})`;
  return { ...target, action: 'update', object, differences: [`~ subject ${title} ${change}`] };
}

/** An object of others is not deleted in the user's place, because its subjects would lose access. */
function mustGo(title: string, why: string, details: readonly string[]): Failure {
  const [kind = '', name = ''] = title.split(' ');
  return new Failure(`${title} ${why}`, {
    details,
    hints: [
      command`delete it, which takes this access from all its subjects, and run this command again: kubectl delete ${kind.toLowerCase()} ${name}`,
    ],
  });
}

export function isWidening({ added = {} }: Change): boolean {
  return (added.rules ?? []).length > 0 || (added.subjects ?? []).length > 0;
}
