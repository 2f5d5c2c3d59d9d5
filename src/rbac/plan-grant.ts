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
import type { Pair } from './pair.ts';
import { formatRule, missingRules } from './rules.ts';
import { formatSubject, hasSubject, sameSubject } from './subject.ts';

/** What the user agreed to. */
export interface GrantOptions {
  /** Leave the profile's rules, and of subjects only those of ours. */
  readonly prune: boolean;
  /** Give a role that holds more than the profile, or widen it for others as well. */
  readonly acceptWider: boolean;
  /** Delete a binding of another role and make it anew. */
  readonly recreate: boolean;
  /** … though it has other subjects, who move along. */
  readonly allSubjects: boolean;
  /** Write to what somebody else manages. */
  readonly force: boolean;
  /** Until when, in ISO 8601. */
  readonly expires: string | undefined;
  /** Make a grant that expires one that does not. */
  readonly permanent: boolean;
}

/** What it takes for the wanted pair to be in force, and no more than was agreed to. */
export function planGrant(
  wanted: Pair,
  found: FoundWithBindings,
  options: GrantOptions,
): readonly Change[] {
  const binding = planBinding(wanted, found.binding, options);
  const role = planRole(wanted, found, binding, options);
  for (const [change, object] of [
    [role, found.role],
    [binding, found.binding],
  ] as const)
    if (change.action !== 'none' && object) checkOwner(change, object, options);
  return [role, binding];
}

function checkOwner(
  change: Change,
  object: ClusterRole | ClusterRoleBinding,
  { force }: GrantOptions,
): void {
  const owner = foreignOwner(object);
  if (owner === undefined || force) return;
  throw new Failure(`${change.kind} ${change.name} is managed by ${owner}, and would be changed`, {
    details: [...change.differences],
    hints: ['change it there; or, if that is how you want it: the same with --force'],
  });
}

function planRole(
  { names, role: wanted, binding: own }: Pair,
  found: FoundWithBindings,
  binding: Change,
  options: GrantOptions,
): Change {
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
  if (!role) return { ...target, action: 'create', object: wanted, differences: plus(rules) };
  const has = role.rules ?? [];
  const missing = missingRules(has, rules);
  const extra = missingRules(rules, has);
  const isNew = (own.subjects ?? []).some(
    (subject) => !hasSubject(found.binding?.subjects ?? [], subject),
  );
  const prunes = options.prune && extra.length > 0;
  if ((missing.length > 0 || prunes) && role.aggregationRule)
    throw new Failure(
      `ClusterRole ${name} ${missing.length > 0 ? `lacks ${list(missing)}` : `holds ${list(extra)} besides`}, and is made by aggregation, so that it cannot be written`,
      { hints: ['--role-name NAME makes another role'] },
    );
  if (extra.length > 0 && !prunes && !options.acceptWider && isNew)
    throw new Failure(`ClusterRole ${name} holds more than was asked for`, {
      details: extra.map((rule) => `it also gives ${formatRule(rule)}`),
      hints: [
        '--prune takes that out of the role, --accept-wider gives it as it is, --role-name NAME makes another role',
      ],
    });
  if (missing.length > 0) checkWidened(name, missing, found, options);
  const marked = isOurs(role) ? withMarks(role, wanted) : role;
  if (missing.length === 0 && !prunes && marked === role)
    return { ...target, action: 'none', object: role, differences: [] };
  const object = { ...marked, rules: prunes ? [...rules] : [...has, ...missing] };
  return {
    ...target,
    action: 'update',
    object,
    differences: [
      ...plus(missing),
      ...(prunes ? extra.map((rule) => `- ${formatRule(rule)}`) : []),
      ...(missing.length > 0 ? alsoFor(binding, own) : []),
      ...(marked === role ? [] : ['+ labels and annotations of ours']),
    ],
  };
}

function plus(rules: readonly PolicyRule[]): readonly string[] {
  return rules.map((rule) => `+ ${formatRule(rule)}`);
}

function list(rules: readonly PolicyRule[]): string {
  return rules.map(formatRule).join(', ');
}

/** Whoever else has the role by another binding would get what it lacks as well. */
function checkWidened(
  name: string,
  missing: readonly PolicyRule[],
  found: FoundWithBindings,
  { acceptWider }: GrantOptions,
): void {
  const others = otherReferrers(found, name, found.binding);
  if (others.length === 0 || acceptWider) return;
  throw new Failure(
    `ClusterRole ${name} lacks ${list(missing)}, and adding that would give it to others as well`,
    {
      details: others.map((binding) => `${bindingTitle(binding)} refers to it`),
      hints: ['--accept-wider, if they may have it; --role-name NAME makes another role'],
    },
  );
}

/** Of the pair's own binding it is only said who else is in it. */
function alsoFor({ action, object }: Change, wanted: ClusterRoleBinding): readonly string[] {
  if (action === 'create') return [];
  return ((object as ClusterRoleBinding | undefined)?.subjects ?? [])
    .filter((subject) => !hasSubject(wanted.subjects ?? [], subject))
    .map((subject) => `  for ${formatSubject(subject)}, too, who is in the binding`);
}

/** The same object if nothing is missing. */
function withMarks<T extends ClusterRole | ClusterRoleBinding>(object: T, wanted: T): T {
  const { labels = {}, annotations = {} } = wanted.metadata ?? {};
  const has = object.metadata ?? {};
  const complete =
    Object.keys(labels).every((key) => has.labels?.[key] !== undefined) &&
    Object.keys(annotations).every((key) => has.annotations?.[key] !== undefined);
  if (complete) return object;
  return {
    ...object,
    metadata: {
      ...has,
      labels: { ...labels, ...has.labels },
      annotations: { ...annotations, ...has.annotations },
    },
  };
}

function planBinding(
  { names, binding: wanted }: Pair,
  found: ClusterRoleBinding | undefined,
  options: GrantOptions,
): Change {
  const target = { kind: 'ClusterRoleBinding' as const, name: names.binding };
  const [subject] = wanted.subjects ?? [];
  if (!subject) throw new Error('a pair has a subject');
  const added = [`+ subject ${formatSubject(subject)}`, ...until(options.expires)];
  if (!found) return { ...target, action: 'create', object: wanted, differences: added };
  const ours = [...recordedSubjects(found), subject];
  const others = (found.subjects ?? []).filter((other) => !hasSubject(ours, other));
  const { kind, name } = found.roleRef;
  if (kind !== 'ClusterRole' || name !== names.role) {
    checkRecreate(target.name, `${kind} ${name}`, names.role, others, options);
    const object = withSubjects(wanted, [...(found.subjects ?? []), subject], found, options);
    return {
      ...target,
      action: 'recreate',
      object,
      previous: found,
      differences: [`- gives ${kind} ${name}`, `+ gives ClusterRole ${names.role}`, ...added],
    };
  }
  const present = hasSubject(found.subjects ?? [], subject);
  if (present) checkExpiry(subject, found, options);
  const subjects = options.prune
    ? (found.subjects ?? []).filter((other) => hasSubject(ours, other))
    : (found.subjects ?? []);
  const object = withSubjects(
    isOurs(found) ? withMarks(found, wanted) : found,
    present ? subjects : [...subjects, subject],
    found,
    options,
    present && !hasSubject(recordedSubjects(found), subject) ? [] : [subject],
  );
  const differences = [
    ...(present ? expiryChange(subject, found, options) : added),
    ...(options.prune ? others.map((other) => `- subject ${formatSubject(other)}`) : []),
  ];
  if (differences.length === 0 && sameMarks(object, found))
    return { ...target, action: 'none', object: found, differences: [] };
  return {
    ...target,
    action: 'update',
    object,
    differences: differences.length > 0 ? differences : ['+ labels and annotations of ours'],
  };
}

function sameMarks(object: ClusterRoleBinding, found: ClusterRoleBinding): boolean {
  const marks = ({ metadata }: ClusterRoleBinding) =>
    JSON.stringify([metadata?.labels ?? {}, metadata?.annotations ?? {}]);
  return marks(object) === marks(found);
}

function until(expires: string | undefined): readonly string[] {
  return expires === undefined ? [] : [`  until ${expires}`];
}

function checkRecreate(
  binding: string,
  has: string,
  wanted: string,
  others: readonly RbacSubject[],
  { recreate, allSubjects }: GrantOptions,
): void {
  const problem = `ClusterRoleBinding ${binding} gives ${has}, not ${wanted}, and that cannot be changed`;
  if (!recreate)
    throw new Failure(problem, {
      hints: ['--recreate deletes it and makes it anew; --binding-name NAME makes another one'],
    });
  if (others.length > 0 && !allSubjects)
    throw new Failure(`${problem} without taking it from others`, {
      details: others.map((other) => `subject ${formatSubject(other)} has it`),
      hints: ['--all-subjects takes them along to the other role; --binding-name NAME leaves them'],
    });
}

/** A right that is there for good, or was given by hand, is not shortened. */
function checkExpiry(
  subject: RbacSubject,
  found: ClusterRoleBinding,
  { expires }: GrantOptions,
): void {
  if (expires === undefined || expiryOf(found, subject) !== undefined) return;
  const why = hasSubject(recordedSubjects(found), subject)
    ? 'has it for good'
    : 'was given it by somebody else';
  throw new Failure(`${formatSubject(subject)} ${why}: --for would shorten that`, {
    hints: ['revoke it first, if it is to end'],
  });
}

function expiryOf(binding: ClusterRoleBinding, subject: RbacSubject): string | undefined {
  return recordedExpiries(binding).find(([other]) => sameSubject(other, subject))?.[1];
}

function expiryChange(
  subject: RbacSubject,
  found: ClusterRoleBinding,
  { expires, permanent }: GrantOptions,
): readonly string[] {
  const before = expiryOf(found, subject);
  const name = formatSubject(subject);
  if (expires !== undefined && expires !== before)
    return [`~ subject ${name} until ${expires}, not ${before}`];
  return permanent && before !== undefined
    ? [`~ subject ${name} for good, not until ${before}`]
    : [];
}

/** With these subjects, and with a record of which of them are ours and until when. */
function withSubjects(
  binding: ClusterRoleBinding,
  subjects: readonly RbacSubject[],
  found: ClusterRoleBinding,
  { expires, permanent }: GrantOptions,
  mine: readonly RbacSubject[] = binding.subjects ?? [],
): ClusterRoleBinding {
  const unique = subjects.filter(
    (subject, index) => subjects.findIndex((other) => sameSubject(other, subject)) === index,
  );
  const recorded = [...recordedSubjects(found), ...mine].filter(
    (subject, index, all) =>
      hasSubject(unique, subject) &&
      all.findIndex((other) => sameSubject(other, subject)) === index,
  );
  const touched = expires !== undefined || permanent;
  const expiries: (readonly [RbacSubject, string])[] = [
    ...recordedExpiries(found).filter(
      ([subject]) => hasSubject(unique, subject) && !(touched && hasSubject(mine, subject)),
    ),
    ...(expires === undefined ? [] : mine.map((subject) => [subject, expires] as const)),
  ];
  const annotations: Record<string, string> = {
    ...binding.metadata?.annotations,
    ...(recorded.length > 0 && subjectsAnnotation(recorded)),
  };
  const mark = expiryAnnotation(expiries);
  for (const [key, value] of Object.entries(mark))
    if (expiries.length > 0) annotations[key] = value;
    else delete annotations[key];
  return {
    ...binding,
    metadata: {
      ...binding.metadata,
      ...(Object.keys(annotations).length > 0 && { annotations }),
    },
    subjects: unique,
  };
}
