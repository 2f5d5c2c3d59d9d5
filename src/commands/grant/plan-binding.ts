import { Failure } from '../../errors.ts';
import type { ClusterRoleBinding, RbacSubject } from '../../objects.ts';
import { isOurs } from '../../rbac/annotations.ts';
import type { Change } from '../../rbac/change.ts';
import {
  grantRecordOf,
  isExpired,
  recordedProfiles,
  type SubjectRecord,
  subjectRecordOf,
  withAnother,
  withSubjectRecords,
} from '../../rbac/grant-record.ts';
import type { Pair } from '../../rbac/pair.ts';
import { grantKey, unreadableRecord } from '../../rbac/record-annotation.ts';
import { formatSubject, hasSubject, sameSubject } from '../../rbac/subject.ts';
import { command } from '../../text/command.ts';
import { annotationsDifference, withMissingAnnotations } from './merge-annotations.ts';
import type { GrantTerms } from './options.ts';

export function planBinding(
  { names, binding: wanted, subject }: Pair,
  found: ClusterRoleBinding | undefined,
  options: GrantTerms,
): Change {
  const target = { kind: 'ClusterRoleBinding' as const, name: names.binding };
  if (!found) {
    const differences = adding(subject, options);
    const added = { subjects: [subject] };
    return { ...target, action: 'create', object: wanted, differences, added, isRecorded: true };
  }
  const { kind, name } = found.roleRef;
  if (kind !== 'ClusterRole' || name !== names.role) throw ofOtherRole(wanted, found);
  const had = found.subjects ?? [];
  const present = hasSubject(had, subject);
  if (present) checkExpiry(subject, found, options);
  const differences = present ? expiryChange(subject, found, options) : adding(subject, options);
  const notes = present ? expiryNotes(subject, found, options) : [];
  const leaving = options.prune ? unrecorded(found, subject) : [];
  const subjects = withSubject(
    had.filter((other) => !hasSubject(leaving, other)),
    subject,
  );
  const merged = isOurs(found) ? withMissingAnnotations(found, wanted) : found;
  // A subject that grant did not add is not recorded, so that revoke does not remove the subject.
  const recorded = subjectRecordOf(found, subject);
  const isMine = !present || recorded !== undefined;
  const object =
    isMine && !grantRecordOf(found).isUnreadable
      ? recording(subject, subjects, merged, found, wanted, options)
      : merged;
  const all = [...differences, ...leaving.map((other) => `- subject ${formatSubject(other)}`)];
  if (all.length === 0 && object === found)
    return { ...target, action: 'none', object: found, differences: [], notes };
  checkReadable(found);
  const planned = subjectRecordOf(object, subject);
  return {
    ...target,
    action: 'update',
    isRecorded: !present || (recorded && planned ? !isSameGrant(recorded, planned) : false),
    object: { ...object, subjects: [...subjects] },
    differences: all.length > 0 ? all : [annotationsDifference],
    added: present ? {} : { subjects: [subject] },
    removed: { subjects: leaving },
    notes,
  };
}

function unrecorded(found: ClusterRoleBinding, subject: RbacSubject): readonly RbacSubject[] {
  return (found.subjects ?? []).filter(
    (other) => !sameSubject(other, subject) && !subjectRecordOf(found, other),
  );
}

function withSubject(subjects: readonly RbacSubject[], subject: RbacSubject) {
  return hasSubject(subjects, subject) ? subjects : [...subjects, subject];
}

/**
 * Returns an error for a binding that refers to another role. roleRef is immutable, and deleting the binding would take the other role
 * from its subjects.
 */
function ofOtherRole(
  wanted: ClusterRoleBinding,
  { roleRef, subjects }: ClusterRoleBinding,
): Failure {
  const { name } = wanted.metadata;
  return new Failure(
    `ClusterRoleBinding ${name} refers to ${roleRef.kind} ${roleRef.name}, not ${wanted.roleRef.name}, and roleRef is immutable`,
    {
      details: (subjects ?? []).map(
        (each) => `subject ${formatSubject(each)} has ${roleRef.kind} ${roleRef.name} by it`,
      ),
      hints: [
        '--binding-name NAME creates another binding',
        command`or delete it, which takes that role from its subjects, and run this command again: kubectl delete clusterrolebinding ${name}`,
      ],
    },
  );
}

function adding(subject: RbacSubject, { expires }: Pick<GrantTerms, 'expires'>): readonly string[] {
  const expiry = expires === undefined ? [] : [`  expires ${expires}`];
  return [`+ subject ${formatSubject(subject)}`, ...expiry];
}

/** Throws if the annotation with the grant records cannot be parsed, because a write would lose the records of other subjects. */
function checkReadable(found: ClusterRoleBinding): void {
  if (grantRecordOf(found).isUnreadable)
    throw unreadableRecord(found, grantKey, 'a change would lose it');
}

function expiryOf(binding: ClusterRoleBinding, subject: RbacSubject): string | undefined {
  return subjectRecordOf(binding, subject)?.expires;
}

/** Throws if --for would shorten access that expires later, that does not expire, or that grant did not add. */
function checkExpiry(
  subject: RbacSubject,
  found: ClusterRoleBinding,
  { expires }: GrantTerms,
): void {
  if (expires === undefined) return;
  checkReadable(found);
  const before = expiryOf(found, subject);
  // If the recorded expiry cannot be parsed, its time is NaN. The comparison is then false, and the expiry of --for replaces it.
  if (before !== undefined && !(Date.parse(before) > Date.parse(expires))) return;
  const isRecorded = subjectRecordOf(found, subject) !== undefined;
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
  { expires, permanent }: GrantTerms,
): readonly string[] {
  const before = expiryOf(found, subject);
  const name = formatSubject(subject);
  if (expires !== undefined && expires !== before)
    return [`~ subject ${name} expires ${expires} (was ${before})`];
  return permanent && before !== undefined
    ? [`~ subject ${name} no longer expires (was ${before})`]
    : [];
}

function expiryNotes(
  subject: RbacSubject,
  found: ClusterRoleBinding,
  { expires, permanent, now }: GrantTerms,
): readonly string[] {
  const name = formatSubject(subject);
  if (grantRecordOf(found).isUnreadable)
    return [
      `when the access of ${name} expires is unknown: cannot parse annotation ${grantKey} of ClusterRoleBinding ${found.metadata.name}`,
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

/** Returns the binding with an annotation that records each subject that grant added, with its profiles and its expiry. */
function recording(
  subject: RbacSubject,
  subjects: readonly RbacSubject[],
  binding: ClusterRoleBinding,
  found: ClusterRoleBinding,
  wanted: ClusterRoleBinding,
  { expires, permanent }: GrantTerms,
): ClusterRoleBinding {
  const records = [...grantRecordOf(found).subjects.values()];
  const before = records.filter((each) => hasSubject(subjects, each.subject));
  const had = subjectRecordOf(found, subject);
  const mine: SubjectRecord = {
    subject,
    profiles: recordedProfiles(wanted).reduce(withAnother, had?.profiles ?? []),
    expires: expires ?? (permanent ? undefined : had?.expires),
  };
  const isChanged = !had || !isSameGrant(mine, had);
  if (!isChanged && before.length === records.length) return binding;
  return withSubjectRecords(binding, [
    ...before.map((each) => (each === had && isChanged ? mine : each)),
    ...(had ? [] : [mine]),
  ]);
}

function isSameGrant(a: SubjectRecord, b: SubjectRecord): boolean {
  return a.expires === b.expires && String(a.profiles) === String(b.profiles);
}
