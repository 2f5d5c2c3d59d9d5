import { Failure } from '../errors.ts';
import type { ClusterRole, ClusterRoleBinding, PolicyRule, RbacSubject } from '../objects.ts';
import { bindingTitle, type Change, type FoundWithBindings, otherReferrers } from './change.ts';
import {
  expiryAnnotation,
  foreignOwner,
  isOurs,
  recordedExpiries,
  recordedSubjects,
  subjectsAnnotation,
} from './ownership.ts';
import type { PairNames } from './pair.ts';
import type { Profile } from './profiles.ts';
import { covers, formatRule, missingRules } from './rules.ts';
import { formatSubject, hasSubject, sameSubject } from './subject.ts';

/** Whose right is taken back, and what the user agreed to. */
export interface RevokeOptions {
  /** Undefined for those that grant recorded. */
  readonly subject: RbacSubject | undefined;
  /** Of a pair made by hand, who it was made for. */
  readonly client: RbacSubject | undefined;
  readonly allSubjects: boolean;
  /** Only those whose time is over, at `now`, in ms since 1970. */
  readonly expired: boolean;
  readonly now: number;
  /** Also what somebody else manages, or added to. */
  readonly force: boolean;
}

/** What it takes to take back what grant made, and nothing else: binding first, so that no binding ever dangles. */
export function planRevoke(
  names: PairNames,
  profile: Profile,
  found: FoundWithBindings,
  options: RevokeOptions,
): readonly Change[] {
  const byHand = isMadeByHand(profile, found);
  const binding = planUnbind(names, found, byHand, options);
  return [binding, planRoleRemoval(names, profile, found, binding, byHand, options)];
}

/** A pair that somebody made by hand just as grant makes it, and that nobody else keeps, counts as ours. */
function isMadeByHand(profile: Profile, { role, binding }: FoundWithBindings): boolean {
  if (!binding || isOurs(binding) || foreignOwner(binding) !== undefined) return false;
  return (
    role !== undefined && foreignOwner(role) === undefined && holdsExactly(role, profile.rules)
  );
}

function planUnbind(
  names: PairNames,
  { binding: found }: FoundWithBindings,
  byHand: boolean,
  options: RevokeOptions,
): Change {
  const target = { kind: 'ClusterRoleBinding' as const, name: names.binding };
  if (!found) return { ...target, action: 'none', differences: [] };
  const none = (differences: readonly string[]): Change => ({
    ...target,
    action: 'none',
    object: found,
    differences,
  });
  const { kind, name } = found.roleRef;
  if (kind !== 'ClusterRole' || name !== names.role)
    return none([`ClusterRoleBinding ${names.binding} stays: it gives ${kind} ${name}`]);
  const subjects = found.subjects ?? [];
  const leaving = subjects.filter((subject) => leaves(subject, found, byHand, options));
  const staying = subjects.filter((subject) => !leaving.includes(subject));
  const others = staying.map(
    (subject) => `subject ${formatSubject(subject)} stays: ${why(subject, found, options)}`,
  );
  const empty = subjects.length === 0 && (isOurs(found) || byHand);
  if (leaving.length === 0 && !empty) {
    if (!isOurs(found) && !byHand && options.subject === undefined && !options.expired)
      throw notOurs(names.binding, foreignOwner(found));
    return none(others);
  }
  const owner = foreignOwner(found);
  if (owner !== undefined && !options.force)
    throw new Failure(
      `ClusterRoleBinding ${names.binding} is managed by ${owner}, and would be changed`,
      { hints: ['change it there; or, if that is how you want it: the same with --force'] },
    );
  const differences = leaving.map((subject) => `- subject ${formatSubject(subject)}`);
  if (staying.length === 0) return { ...target, action: 'delete', object: found, differences };
  return {
    ...target,
    action: 'update',
    object: without(found, staying),
    differences: [...differences, ...others],
  };
}

function leaves(
  subject: RbacSubject,
  binding: ClusterRoleBinding,
  byHand: boolean,
  options: RevokeOptions,
): boolean {
  if (options.expired) return hasExpired(subject, binding, options.now);
  if (options.subject) return sameSubject(options.subject, subject);
  if (options.allSubjects) return true;
  if (hasSubject(recordedSubjects(binding), subject)) return true;
  return byHand && options.client !== undefined && sameSubject(options.client, subject);
}

function hasExpired(subject: RbacSubject, binding: ClusterRoleBinding, now: number): boolean {
  return recordedExpiries(binding).some(
    ([other, expires]) => sameSubject(other, subject) && Date.parse(expires) <= now,
  );
}

function why(
  subject: RbacSubject,
  binding: ClusterRoleBinding,
  { expired }: RevokeOptions,
): string {
  const recorded = hasSubject(recordedSubjects(binding), subject);
  if (!recorded) return 'it was not put there by grant';
  return expired ? 'its time is not over' : 'another one was named';
}

function notOurs(name: string, owner: string | undefined): Failure {
  return new Failure(
    owner === undefined
      ? `ClusterRoleBinding ${name} was not made by kubectl-kubeletaccess, so it is not touched`
      : `ClusterRoleBinding ${name} is managed by ${owner}, so it is not touched`,
    {
      hints: [
        'to take out one subject all the same: --subject user:NAME, with --force if somebody else manages it',
      ],
    },
  );
}

function without(binding: ClusterRoleBinding, staying: readonly RbacSubject[]): ClusterRoleBinding {
  const stays = (subject: RbacSubject) => hasSubject(staying, subject);
  const annotations: Record<string, string> = { ...binding.metadata?.annotations };
  const expiries = recordedExpiries(binding).filter(([subject]) => stays(subject));
  for (const [key, value] of Object.entries({
    ...subjectsAnnotation(recordedSubjects(binding).filter(stays)),
    ...expiryAnnotation(expiries),
  }))
    if (key in annotations) annotations[key] = value;
  if (expiries.length === 0)
    for (const key of Object.keys(expiryAnnotation([]))) delete annotations[key];
  return {
    ...binding,
    metadata: { ...binding.metadata, annotations },
    subjects: [...staying],
  };
}

function planRoleRemoval(
  names: PairNames,
  profile: Profile,
  found: FoundWithBindings,
  binding: Change,
  byHand: boolean,
  { force }: RevokeOptions,
): Change {
  const target = { kind: 'ClusterRole' as const, name: names.role };
  const { role } = found;
  if (!role || profile.ownRole === names.role)
    return { ...target, action: 'none', differences: [] };
  const stays = (reason: string): Change => ({
    ...target,
    action: 'none',
    object: role,
    differences: [`ClusterRole ${names.role} stays: ${reason}`],
  });
  if (found.binding && binding.action !== 'delete' && found.binding.roleRef.name === names.role)
    return { ...target, action: 'none', object: role, differences: [] };
  if (!isOurs(role) && !byHand) return stays('it was not made by kubectl-kubeletaccess');
  const owner = foreignOwner(role);
  if (owner !== undefined && !force) return stays(`it is managed by ${owner}`);
  if (!force && missingRules(profile.rules, role.rules ?? []).length > 0)
    return stays('somebody added rules to it');
  const others = otherReferrers(found, names.role, found.binding);
  if (others.length > 0) return stays(`${others.map(bindingTitle).join(', ')} refers to it`);
  return {
    ...target,
    action: 'delete',
    object: role,
    differences: (role.rules ?? []).map((rule) => `- ${formatRule(rule)}`),
  };
}

/** Whether a role holds just what a profile does, however it is written down. */
function holdsExactly(role: ClusterRole, rules: readonly PolicyRule[]): boolean {
  return covers(role.rules ?? [], rules) && covers(rules, role.rules ?? []);
}
