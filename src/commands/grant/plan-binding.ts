import { Failure } from '../../errors.ts';
import type { ClusterRoleBinding, RbacSubject } from '../../objects.ts';
import {
  type Expiry,
  isOurs,
  isOver,
  recordedProfile,
  recordsOf,
  withRecords,
} from '../../rbac/annotations.ts';
import type { Change } from '../../rbac/change.ts';
import type { Pair } from '../../rbac/pair.ts';
import { formatSubject, hasSubject, sameSubject } from '../../rbac/subject.ts';
import { widerProfile, withMarks } from './merge-annotations.ts';
import type { GrantOptions } from './options.ts';
import { checkGiven } from './side-effects.ts';

/** What becomes of the binding: the subject of the pair is added to it, beside others. */
export function planBinding(
  { names, binding: wanted }: Pair,
  found: ClusterRoleBinding | undefined,
  options: GrantOptions,
): Change {
  const target = { kind: 'ClusterRoleBinding' as const, name: names.binding };
  const [subject] = wanted.subjects ?? [];
  if (!subject) throw new Error('a pair has a subject');
  if (!found) {
    const differences = adding(subject, options);
    return { ...target, action: 'create', object: wanted, differences, added: only(subject) };
  }
  const { kind, name } = found.roleRef;
  if (kind !== 'ClusterRole' || name !== names.role)
    return planRecreation(wanted, subject, found, options);
  const present = hasSubject(found.subjects ?? [], subject);
  if (present) checkExpiry(subject, found, options);
  const { subjects: recorded, unreadable } = recordsOf(found);
  const others = (found.subjects ?? []).filter((other) => !sameSubject(other, subject));
  const leaving = options.prune ? others.filter((other) => !hasSubject(recorded, other)) : [];
  const staying = (found.subjects ?? []).filter((other) => !hasSubject(leaving, other));
  // Whom somebody else put there is not ours to take away, though it be granted again.
  const isMine = !present || hasSubject(recorded, subject);
  const marked = isOurs(found) ? withMarks(found, wanted) : found;
  const subjects = present ? staying : [...staying, subject];
  const object =
    isMine && !unreadable ? recording(subject, subjects, marked, found, wanted, options) : marked;
  const differences = [
    ...(present ? expiryChange(subject, found, options) : adding(subject, options)),
    ...leaving.map((other) => `- subject ${formatSubject(other)}`),
  ];
  const notes = present ? expiryNotes(subject, found, options) : [];
  if (differences.length === 0 && sameMarks(object, found))
    return { ...target, action: 'none', object: found, differences: [], notes };
  checkReadable(found);
  return {
    ...target,
    action: 'update',
    object: { ...object, subjects: [...subjects] },
    differences: differences.length > 0 ? differences : ['+ labels and annotations of ours'],
    added: present ? {} : only(subject),
    removed: { subjects: leaving },
    notes,
  };
}

/** A binding cannot be changed to give another role: it is deleted, and made anew with all that were in it. */
function planRecreation(
  wanted: ClusterRoleBinding,
  subject: RbacSubject,
  found: ClusterRoleBinding,
  options: GrantOptions,
): Change {
  const { name = '' } = wanted.metadata ?? {};
  const moving = (found.subjects ?? []).filter((other) => !sameSubject(other, subject));
  checkRecreate(wanted, found, moving, options);
  checkGiven(moving, 'moving along', options.force);
  checkReadable(found);
  const { labels, annotations } = wanted.metadata ?? {};
  const { metadata } = found;
  const kept: ClusterRoleBinding = {
    ...wanted,
    metadata: {
      ...metadata,
      name,
      labels: { ...labels, ...metadata?.labels },
      annotations: { ...metadata?.annotations, ...annotations },
    },
  };
  const had = found.subjects ?? [];
  const subjects = hasSubject(had, subject) ? had : [...had, subject];
  const { kind, name: roleName } = found.roleRef;
  return {
    kind: 'ClusterRoleBinding',
    name,
    action: 'recreate',
    object: { ...recording(subject, subjects, kept, found, wanted, options), subjects },
    previous: found,
    differences: [
      `- gives ${kind} ${roleName}`,
      `+ gives ClusterRole ${wanted.roleRef.name}`,
      ...moving.map((other) => `+ subject ${formatSubject(other)}`),
      ...adding(subject, options),
    ],
    added: { subjects },
    removed: { subjects: had },
  };
}

function checkRecreate(
  wanted: ClusterRoleBinding,
  found: ClusterRoleBinding,
  moving: readonly RbacSubject[],
  { recreate, allSubjects }: GrantOptions,
): void {
  const { kind, name } = found.roleRef;
  const problem = `ClusterRoleBinding ${wanted.metadata?.name} gives ${kind} ${name}, not ${wanted.roleRef.name}, and that cannot be changed`;
  if (!recreate)
    throw new Failure(problem, {
      hints: ['--recreate deletes it and makes it anew; --binding-name NAME makes another one'],
    });
  if (moving.length > 0 && !allSubjects)
    throw new Failure(`${problem} without taking it from others`, {
      details: moving.map((other) => `subject ${formatSubject(other)} has it`),
      hints: ['--all-subjects takes them along to the other role; --binding-name NAME leaves them'],
    });
}

function only(subject: RbacSubject) {
  return { subjects: [subject] };
}

function adding(subject: RbacSubject, { expires }: GrantOptions): readonly string[] {
  const until = expires === undefined ? [] : [`  until ${expires}`];
  return [`+ subject ${formatSubject(subject)}`, ...until];
}

function sameMarks(object: ClusterRoleBinding, found: ClusterRoleBinding): boolean {
  const marks = ({ metadata }: ClusterRoleBinding) =>
    JSON.stringify([metadata?.labels ?? {}, metadata?.annotations ?? {}]);
  return marks(object) === marks(found);
}

/** What cannot be read would be lost in a write, and whoever's time it says would have the right for good. */
function checkReadable(found: ClusterRoleBinding): void {
  if (!recordsOf(found).unreadable) return;
  throw new Failure(
    `until when subjects have what ClusterRoleBinding ${found.metadata?.name} gives cannot be read from its annotation kubeletaccess/expires, and a change would lose it`,
    { hints: ['put that annotation right: {"user:NAME":"2030-01-31T12:00:00Z"}; or take it away'] },
  );
}

function expiryOf(binding: ClusterRoleBinding, subject: RbacSubject): string | undefined {
  return recordsOf(binding).expiries.find(([other]) => sameSubject(other, subject))?.[1];
}

/** A right that is there for good, for longer, or was given by hand, is not shortened. */
function checkExpiry(
  subject: RbacSubject,
  found: ClusterRoleBinding,
  { expires }: GrantOptions,
): void {
  if (expires === undefined) return;
  checkReadable(found);
  const before = expiryOf(found, subject);
  // Compared as times: what is none is no right for longer, and is put right.
  if (before !== undefined && !(Date.parse(before) > Date.parse(expires))) return;
  const isRecorded = hasSubject(recordsOf(found).subjects, subject);
  const forGood = isRecorded ? 'has it for good' : 'was given it by somebody else';
  const why = before === undefined ? forGood : `has it until ${before}`;
  throw new Failure(`${formatSubject(subject)} ${why}: --for would shorten that`, {
    hints: ['revoke it first, if it is to end'],
  });
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

/** What is there for a while does not stay by being granted again. */
function expiryNotes(
  subject: RbacSubject,
  found: ClusterRoleBinding,
  { expires, permanent, now }: GrantOptions,
): readonly string[] {
  const name = formatSubject(subject);
  if (recordsOf(found).unreadable)
    return [
      `until when ${name} has it cannot be read from the annotation kubeletaccess/expires of ClusterRoleBinding ${found.metadata?.name}`,
    ];
  if (expires !== undefined || permanent) return [];
  const remedy = '--for sets another time, --permanent makes it last';
  const until = expiryOf(found, subject);
  if (until === undefined) return [];
  if (Number.isNaN(Date.parse(until)))
    return [`until when ${name} has it cannot be read ("${until}"): ${remedy}`];
  return isOver(until, now)
    ? [`the time of ${name} was over at ${until}: ${remedy}`]
    : [`${name} has it until ${until} and no longer: ${remedy}`];
}

/** With a record of which of these subjects are ours, for what and until when. */
function recording(
  subject: RbacSubject,
  subjects: readonly RbacSubject[],
  binding: ClusterRoleBinding,
  found: ClusterRoleBinding,
  wanted: ClusterRoleBinding,
  { expires, permanent }: GrantOptions,
): ClusterRoleBinding {
  const before = recordsOf(found);
  const recorded = before.subjects.filter((other) => hasSubject(subjects, other));
  const touched = expires !== undefined || permanent || !hasSubject(before.subjects, subject);
  const expiries: readonly Expiry[] = [
    ...before.expiries.filter(
      ([other]) => hasSubject(subjects, other) && !(touched && sameSubject(other, subject)),
    ),
    ...(expires === undefined ? [] : [[subject, expires] as const]),
  ];
  return withRecords(binding, {
    profile:
      found.roleRef.name === wanted.roleRef.name
        ? widerProfile(found, wanted)
        : recordedProfile(wanted),
    subjects: hasSubject(recorded, subject) ? recorded : [...recorded, subject],
    expiries,
  });
}
