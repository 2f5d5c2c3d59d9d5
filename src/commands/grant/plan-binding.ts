import { Failure } from '../../errors.ts';
import type { ClusterRoleBinding, RbacSubject } from '../../objects.ts';
import { isOurs } from '../../rbac/annotations.ts';
import type { Change } from '../../rbac/change.ts';
import type { Pair } from '../../rbac/pair.ts';
import {
  isExpired,
  recordKey,
  recordOf,
  recordsOf,
  type SubjectRecord,
  withAnother,
  withRecords,
} from '../../rbac/records.ts';
import type { Recreation } from '../../rbac/recreation-record.ts';
import { formatSubject, hasSubject, sameSubject } from '../../rbac/subject.ts';
import { unreadableRecord } from '../shared/pair/grant-records.ts';
import {
  annotationsDifference,
  widerProfiles,
  withMissingAnnotations,
} from './merge-annotations.ts';
import type { GrantOptions } from './options.ts';
import { checkBeneficiaries } from './side-effects.ts';

/** Adds the subject of the pair to the binding, beside others. `recordIn`: the role that may have a record while it is recreated. */
export function planBinding(
  { names, binding: wanted, subject }: Pair,
  found: ClusterRoleBinding | undefined,
  options: GrantOptions,
  recordIn?: string,
): Change {
  const target = { kind: 'ClusterRoleBinding' as const, name: names.binding };
  if (!found) {
    const differences = adding(subject, options);
    const added = { subjects: [subject] };
    return { ...target, action: 'create', object: wanted, differences, added };
  }
  const { kind, name } = found.roleRef;
  if (kind !== 'ClusterRole' || name !== names.role)
    return { ...planRecreation(wanted, subject, found, options), recordIn };
  const had = found.subjects ?? [];
  const present = hasSubject(had, subject);
  // Of a subject that the binding has, the expiry alone changes.
  if (present) checkExpiry(subject, found, options);
  const differences = present ? expiryChange(subject, found, options) : adding(subject, options);
  const notes = present ? expiryNotes(subject, found, options) : [];
  const leaving = options.prune ? unrecorded(found, subject) : [];
  const subjects = withSubject(
    had.filter((other) => !hasSubject(leaving, other)),
    subject,
  );
  const merged = isOurs(found) ? withMissingAnnotations(found, wanted) : found;
  const records = recordsOf(found);
  // A subject that grant did not add is not ours to remove, even if it is granted access again.
  const isMine = !present || recordOf(records, subject) !== undefined;
  const object =
    isMine && !records.isUnreadable
      ? recording(subject, subjects, merged, found, wanted, options)
      : merged;
  const all = [...differences, ...leaving.map((other) => `- subject ${formatSubject(other)}`)];
  if (all.length === 0 && sameAnnotations(object, found))
    return { ...target, action: 'none', object: found, differences: [], notes };
  checkReadable(found);
  return {
    ...target,
    action: 'update',
    object: { ...object, subjects: [...subjects] },
    differences: all.length > 0 ? all : [annotationsDifference],
    added: present ? {} : { subjects: [subject] },
    removed: { subjects: leaving },
    notes,
  };
}

/** The other subjects of a binding that grant did not add. */
function unrecorded(found: ClusterRoleBinding, subject: RbacSubject): readonly RbacSubject[] {
  const records = recordsOf(found);
  return (found.subjects ?? []).filter(
    (other) => !sameSubject(other, subject) && !recordOf(records, other),
  );
}

function withSubject(subjects: readonly RbacSubject[], subject: RbacSubject) {
  return hasSubject(subjects, subject) ? subjects : [...subjects, subject];
}

/** roleRef is immutable: the binding is deleted and recreated with all of its subjects. */
function planRecreation(
  wanted: ClusterRoleBinding,
  subject: RbacSubject,
  found: ClusterRoleBinding,
  options: GrantOptions,
): Change & { readonly action: 'recreate' } {
  const { name } = wanted.metadata;
  const had = found.subjects ?? [];
  const moving = had.filter((other) => !sameSubject(other, subject));
  checkRecreate(wanted, found, moving, options);
  checkBeneficiaries(moving, 'through the recreated binding', options.force);
  checkReadable(found);
  const { labels, annotations } = wanted.metadata;
  const { metadata } = found;
  const kept: ClusterRoleBinding = {
    ...wanted,
    metadata: {
      ...metadata,
      name,
      labels: { ...labels, ...metadata.labels },
      annotations: { ...metadata.annotations, ...annotations },
    },
  };
  const subjects = [...withSubject(had, subject)];
  const { kind, name: roleName } = found.roleRef;
  return {
    kind: 'ClusterRoleBinding',
    name,
    action: 'recreate',
    object: { ...recording(subject, subjects, kept, found, wanted, options), subjects },
    previous: found,
    differences: [
      `- roleRef ${kind} ${roleName}`,
      `+ roleRef ClusterRole ${wanted.roleRef.name}`,
      ...moving.map((other) => `+ subject ${formatSubject(other)}`),
      ...adding(subject, options),
    ],
    added: { subjects },
    removed: { subjects: had },
    recordIn: undefined,
  };
}

/** Creates a binding with all subjects that were to have it, as if it were there and the subject of the pair added to it. */
export function planRestoration(
  pair: Pair,
  { at, binding: lost }: Recreation,
  options: GrantOptions,
): Change {
  const { names, subject: granted } = pair;
  const { object = lost, notes = [] } = planBinding(pair, lost, options);
  const binding = object as ClusterRoleBinding;
  const subjects = binding.subjects ?? [];
  const others = subjects.filter((each) => !sameSubject(each, granted));
  checkRestoration(names.binding, at, others, options);
  checkBeneficiaries(others, 'through the restored binding', options.force);
  return {
    kind: 'ClusterRoleBinding',
    name: names.binding,
    action: 'create',
    object: binding,
    differences: subjects.flatMap((subject) =>
      adding(subject, { expires: expiryOf(binding, subject) }),
    ),
    added: { subjects },
    notes: [
      `ClusterRoleBinding ${names.binding} was deleted by a grant --recreate that was interrupted at ${at}; its subjects get access again`,
      ...notes,
    ],
    recordIn: names.role,
  };
}

function checkRecreate(
  wanted: ClusterRoleBinding,
  found: ClusterRoleBinding,
  moving: readonly RbacSubject[],
  { recreate, allSubjects }: GrantOptions,
): void {
  const { kind, name } = found.roleRef;
  const binding = `ClusterRoleBinding ${wanted.metadata.name}`;
  if (!recreate)
    throw new Failure(
      `${binding} refers to ${kind} ${name}, not ${wanted.roleRef.name}, and roleRef is immutable`,
      {
        hints: ['--recreate deletes and recreates it; --binding-name NAME creates another binding'],
      },
    );
  if (moving.length > 0 && !allSubjects)
    throw new Failure(`recreating ${binding} would remove ${kind} ${name} from other subjects`, {
      details: moving.map((other) => `subject ${formatSubject(other)} has it`),
      hints: [
        '--all-subjects moves them to the new role; --binding-name NAME creates another binding',
      ],
    });
}

/** Whoever may annotate the role may have written its record: who asks for one subject gives nobody else access unasked. */
function checkRestoration(
  name: string,
  at: string,
  others: readonly RbacSubject[],
  { recreate, allSubjects }: GrantOptions,
): void {
  if (others.length === 0 || (recreate && allSubjects)) return;
  throw new Failure(
    `ClusterRoleBinding ${name} was deleted by a grant --recreate that was interrupted at ${at}, and had other subjects`,
    {
      details: others.map((other) => `subject ${formatSubject(other)} is in its record`),
      hints: ['--recreate --all-subjects restores it with all of them; revoke removes its record'],
    },
  );
}

function adding(
  subject: RbacSubject,
  { expires }: Pick<GrantOptions, 'expires'>,
): readonly string[] {
  const expiry = expires === undefined ? [] : [`  expires ${expires}`];
  return [`+ subject ${formatSubject(subject)}`, ...expiry];
}

function sameAnnotations(object: ClusterRoleBinding, found: ClusterRoleBinding): boolean {
  const text = ({ metadata }: ClusterRoleBinding) =>
    JSON.stringify([metadata.labels ?? {}, metadata.annotations ?? {}]);
  return text(object) === text(found);
}

/** A write would lose an annotation that cannot be parsed, and with it what is on record of other subjects. */
function checkReadable(found: ClusterRoleBinding): void {
  if (recordsOf(found).isUnreadable) throw unreadableRecord(found, 'a change would lose it');
}

function expiryOf(binding: ClusterRoleBinding, subject: RbacSubject): string | undefined {
  return recordOf(recordsOf(binding), subject)?.expires;
}

/** Access that does not expire, expires later, or was granted by hand is not shortened. */
function checkExpiry(
  subject: RbacSubject,
  found: ClusterRoleBinding,
  { expires }: GrantOptions,
): void {
  if (expires === undefined) return;
  checkReadable(found);
  const before = expiryOf(found, subject);
  // Compared as times: one that cannot be parsed is replaced.
  if (before !== undefined && !(Date.parse(before) > Date.parse(expires))) return;
  const isRecorded = recordOf(recordsOf(found), subject) !== undefined;
  const permanent = isRecorded
    ? 'has access that does not expire'
    : 'has access that grant did not add';
  const has = before === undefined ? permanent : `has access until ${before}`;
  throw new Failure(`${formatSubject(subject)} ${has}: --for would shorten it`, {
    hints: ['revoke it first to set an earlier expiry'],
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
    return [`~ subject ${name} expires ${expires} (was ${before})`];
  return permanent && before !== undefined
    ? [`~ subject ${name} no longer expires (was ${before})`]
    : [];
}

/** Granting again does not extend access that expires. */
function expiryNotes(
  subject: RbacSubject,
  found: ClusterRoleBinding,
  { expires, permanent, now }: GrantOptions,
): readonly string[] {
  const name = formatSubject(subject);
  if (recordsOf(found).isUnreadable)
    return [
      `when the access of ${name} expires is unknown: cannot parse annotation ${recordKey} of ClusterRoleBinding ${found.metadata.name}`,
    ];
  if (expires !== undefined || permanent) return [];
  const remedy = '--for sets another expiry, --permanent removes it';
  const until = expiryOf(found, subject);
  if (until === undefined) return [];
  if (Number.isNaN(Date.parse(until)))
    return [`cannot parse the expiry of ${name} ("${until}"): ${remedy}`];
  return isExpired(until, now)
    ? [`access of ${name} expired at ${until}: ${remedy}`]
    : [`access of ${name} expires at ${until}: ${remedy}`];
}

/** With a record of which of these subjects grant added, for which profiles, until when, and who ran it. */
function recording(
  subject: RbacSubject,
  subjects: readonly RbacSubject[],
  binding: ClusterRoleBinding,
  found: ClusterRoleBinding,
  wanted: ClusterRoleBinding,
  { expires, permanent }: GrantOptions,
): ClusterRoleBinding {
  const records = recordsOf(found);
  const before = records.subjects.filter((each) => hasSubject(subjects, each.subject));
  const { profiles: granted, subjects: grants } = recordsOf(wanted);
  const isSameRole = found.roleRef.name === wanted.roleRef.name;
  const had = before.find((each) => sameSubject(each.subject, subject));
  const mine: SubjectRecord = {
    subject,
    profiles: isSameRole ? granted.reduce(withAnother, had?.profiles ?? []) : granted,
    expires: expires ?? (permanent ? undefined : had?.expires),
    by: grants[0]?.by,
  };
  const isChanged =
    !had ||
    !isSameRole ||
    mine.expires !== had.expires ||
    String(mine.profiles) !== String(had.profiles);
  return withRecords(binding, {
    profiles: isSameRole ? widerProfiles(found, wanted) : granted,
    subjects: [
      // Whoever moves to another role has its profile alone.
      ...before.map((each) => {
        if (each === had) return isChanged ? mine : had;
        return isSameRole ? each : { ...each, profiles: granted };
      }),
      ...(had ? [] : [mine]),
    ],
  });
}
