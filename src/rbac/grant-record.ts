import * as v from '@badrap/valita';
import type { ClusterRole, ClusterRoleBinding, RbacSubject } from '../objects.ts';
import { isProfileName, isWider } from './profiles.ts';
import { annotate } from './rbac-objects.ts';
import {
  grantersKey,
  grantKey,
  parseRecord,
  readOnce,
  recordText,
  recordVersion,
} from './record-annotation.ts';
import { parseSubject, subjectKey } from './subject.ts';

const names = v.array(v.string());
const grantersType = v.object({ version: recordVersion, subjects: v.record(v.string()) });
const grantType = v.object({
  version: recordVersion,
  /** The profiles whose rules a role has. */
  profiles: names.optional(),
  /** The subjects that `grant` added to a binding; the keys are from `subjectKey`. `revoke` removes only these subjects. */
  subjects: v
    .record(v.object({ profiles: names.optional(), expires: v.string().optional() }))
    .optional(),
});

export interface SubjectRecord {
  readonly subject: RbacSubject;
  readonly profiles: readonly string[];
  /** Expiry time. `grant` writes it in ISO 8601, but users may have changed it. Undefined if the access does not expire. */
  readonly expires?: string | undefined;
  /** The user who last granted the access, as the API server authenticated this user; undefined if unknown. */
  readonly by?: string | undefined;
}

/** Profiles and subjects that `grant` recorded in an object. Empty if the object has no record, or an unreadable record. */
export interface GrantRecord {
  /** The profiles of a role. `grant` leaves them out in a binding, because there each subject has its own profiles. */
  readonly profiles: readonly string[];
  /** The subjects of a binding. Empty in a role. */
  readonly subjects: ReadonlyMap<string, SubjectRecord>;
  /** Whether the annotation cannot be parsed. Then its content is unknown, and a write must not overwrite it. */
  readonly isUnreadable: boolean;
}

export const grantRecordOf = readOnce((object: ClusterRole | ClusterRoleBinding): GrantRecord => {
  const record = parseRecord(object, grantKey, grantType);
  const { profiles = [], subjects: entries = {} } = typeof record === 'object' ? record : {};
  const granters = parseRecord(object, grantersKey, grantersType);
  const byWhom = new Map(typeof granters === 'object' ? Object.entries(granters.subjects) : []);
  const subjects = new Map<string, SubjectRecord>();
  for (const [name, { profiles: own = [], expires }] of Object.entries(entries)) {
    const subject = parseSubject(name);
    if (!subject) return unreadable;
    const key = subjectKey(subject);
    // If two entries are for the same subject, it is unknown which expiry is valid.
    if (subjects.has(key)) return unreadable;
    // A user may have written profiles for the whole binding. They apply to every subject without profiles of its own.
    const ofSubject = own.length > 0 ? own : profiles;
    subjects.set(key, { subject, profiles: ofSubject, expires, by: byWhom.get(key) });
  }
  return record === 'unreadable' ? unreadable : { profiles, subjects, isUnreadable: false };
});

const unreadable: GrantRecord = { profiles: [], subjects: new Map(), isUnreadable: true };

export function roleAnnotations(profiles: readonly string[]): Record<string, string> {
  return { [grantKey]: recordText({ profiles }) };
}

export function bindingAnnotations(subjects: readonly SubjectRecord[]): Record<string, string> {
  const entries = subjects.map(({ subject, profiles, expires }) => [
    subjectKey(subject),
    { profiles, expires },
  ]);
  const granters = subjects.flatMap(({ subject, by }) =>
    by === undefined ? [] : [[subjectKey(subject), by]],
  );
  return {
    [grantKey]: recordText({ subjects: Object.fromEntries(entries) }),
    ...(granters.length > 0 && {
      [grantersKey]: recordText({ subjects: Object.fromEntries(granters) }),
    }),
  };
}

export function withSubjectRecords(
  binding: ClusterRoleBinding,
  subjects: readonly SubjectRecord[],
): ClusterRoleBinding {
  const isUnreadable = parseRecord(binding, grantersKey, grantersType) === 'unreadable';
  const kept = isUnreadable && { [grantersKey]: binding.metadata.annotations?.[grantersKey] };
  return annotate(withoutRecord(binding), { ...bindingAnnotations(subjects), ...kept });
}

export function withoutRecord(binding: ClusterRoleBinding): ClusterRoleBinding {
  return annotate(binding, { [grantKey]: undefined, [grantersKey]: undefined });
}

/**
 * Records `by` as the user who granted a subject's access. Does nothing if the subject has no record, or its record already
 * contains a user.
 */
export function withGranter(
  binding: ClusterRoleBinding,
  subject: RbacSubject,
  by: string | undefined,
): ClusterRoleBinding {
  const granted = subjectRecordOf(binding, subject);
  if (!granted || granted.by !== undefined || by === undefined) return binding;
  const subjects = [...grantRecordOf(binding).subjects.values()];
  return withSubjectRecords(
    binding,
    subjects.map((each) => (each === granted ? { ...each, by } : each)),
  );
}

/** Whether an object has a record of `grant`, readable or not. */
export function hasRecord({ metadata }: ClusterRole | ClusterRoleBinding): boolean {
  return metadata.annotations?.[grantKey] !== undefined;
}

/** Returns the record of a subject in a binding; undefined if `grant` did not add the subject. */
export function subjectRecordOf(
  binding: ClusterRoleBinding,
  subject: RbacSubject,
): SubjectRecord | undefined {
  return grantRecordOf(binding).subjects.get(subjectKey(subject));
}

/**
 * Adds profile `wanted`, and removes the profiles that it includes. If another profile already includes `wanted`, returns the list
 * unchanged.
 */
export function withAnother(profiles: readonly string[], wanted: string): readonly string[] {
  const includes = (wide: string, narrow: string) =>
    wide === narrow || (isProfileName(wide) && isProfileName(narrow) && isWider(wide, narrow));
  if (profiles.some((name) => includes(name, wanted))) return profiles;
  return [...profiles.filter((name) => !includes(wanted, name)), wanted];
}

export function recordedProfiles(object: ClusterRole | ClusterRoleBinding): readonly string[] {
  const { profiles, subjects } = grantRecordOf(object);
  return [...new Set([profiles, ...subjects.values().map((each) => each.profiles)].flat())];
}

/**
 * Whether an expiry time has passed at `now` (in ms since 1970). Also true for a time that cannot be parsed, because the access would
 * otherwise never end.
 */
export function isExpired(expires: string, now: number): boolean {
  return !(Date.parse(expires) > now);
}
