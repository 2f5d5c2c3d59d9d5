import * as v from '@badrap/valita';
import type { ClusterRole, ClusterRoleBinding, RbacSubject } from '../objects.ts';
import { parseChecked } from '../schema.ts';
import { isProfileName, isWider } from './profiles.ts';
import { annotate } from './rbac-objects.ts';
import { parseSubject, subjectKey } from './subject.ts';

/** Annotation of roles and bindings with the record of grant in JSON: see `recordType`. */
export const recordKey = 'kubeletaccess/grant';
/**
 * Annotation with the users who ran grant, by `subjectKey`. It is separate from the record, which does not depend on the user, so that
 * kubectl changes nothing when it applies the same access from a file.
 */
export const grantersKey = 'kubeletaccess/granted-by';

const names = v.array(v.string());
const grantersType = v.record(v.string());
const recordType = v.object({
  /** In a role, the profiles of its rules; in a binding, the profiles of each subject whose record has no profiles. */
  profiles: names.optional(),
  /** The subjects that grant added, by `subjectKey`: revoke removes no others. */
  subjects: v
    .record(v.object({ profiles: names.optional(), expires: v.string().optional() }))
    .optional(),
});

/** A subject that grant added to a binding. */
export interface SubjectRecord {
  readonly subject: RbacSubject;
  readonly profiles: readonly string[];
  /** Time of expiry, normally in ISO 8601, but not checked; undefined for access that does not expire. */
  readonly expires?: string | undefined;
  /** The user who last granted the access, as authenticated by the API server; undefined if unknown. */
  readonly by?: string | undefined;
}

/** The records of grant in an object. */
export interface Records {
  readonly profiles: readonly string[];
  /** Subjects that grant added; empty in a role. */
  readonly subjects: readonly SubjectRecord[];
  /** `subjects` by `subjectKey`. */
  readonly byKey: ReadonlyMap<string, SubjectRecord>;
  /** Whether the annotation cannot be parsed: its content is unknown, and a write must not lose it. */
  readonly isUnreadable: boolean;
}

type Recorded = Pick<Records, 'profiles' | 'subjects'>;

export function recordsOf({ metadata }: ClusterRole | ClusterRoleBinding): Records {
  const { [recordKey]: text, [grantersKey]: granters } = metadata.annotations ?? {};
  if (text === undefined) return { ...none, isUnreadable: false };
  return parseRecord(text, granters) ?? { ...none, isUnreadable: true };
}

const none = { profiles: [], subjects: [], byKey: new Map() };

function parseRecord(text: string, granters: string | undefined): Records | undefined {
  const record = parseChecked(recordType, text, { whole: true });
  if (!record) return undefined;
  const { profiles = [] } = record;
  // An unreadable list of users is ignored.
  const noted = parseChecked(grantersType, granters ?? '{}', { whole: true });
  const byWhom = new Map(Object.entries(noted ?? {}));
  const subjects = new Map<string, SubjectRecord>();
  for (const [name, entry] of Object.entries(record.subjects ?? {})) {
    const subject = parseSubject(name);
    if (!subject) return undefined;
    const own = entry.profiles?.length ? entry.profiles : profiles;
    const key = subjectKey(subject);
    // With two entries for one subject, it is unknown which expiry counts.
    if (subjects.has(key)) return undefined;
    subjects.set(key, { subject, profiles: own, expires: entry.expires, by: byWhom.get(key) });
  }
  return { profiles, subjects: [...subjects.values()], byKey: subjects, isUnreadable: false };
}

/** Returns the annotations for a record; none for an empty record. */
export function recordAnnotations({ profiles, subjects }: Recorded): Record<string, string> {
  if (profiles.length === 0 && subjects.length === 0) return {};
  const usual = JSON.stringify(profiles);
  const entries = subjects.map(({ subject, profiles: own, expires }) => [
    subjectKey(subject),
    { ...(JSON.stringify(own) !== usual && { profiles: own }), expires },
  ]);
  const granters = subjects.flatMap(({ subject, by }) =>
    by === undefined ? [] : [[subjectKey(subject), by]],
  );
  const record = {
    ...(profiles.length > 0 && { profiles }),
    ...(subjects.length > 0 && { subjects: Object.fromEntries(entries) }),
  };
  return {
    [recordKey]: JSON.stringify(record),
    ...(granters.length > 0 && { [grantersKey]: JSON.stringify(Object.fromEntries(granters)) }),
  };
}

/** Returns the object with this record in place of its own. */
export function withRecords<T extends ClusterRole | ClusterRoleBinding>(
  object: T,
  records: Recorded,
): T {
  const none = { [recordKey]: undefined, [grantersKey]: undefined };
  return annotate(object, { ...none, ...recordAnnotations(records) });
}

/** Whether an object has a record of grant, readable or not. */
export function hasRecord({ metadata }: ClusterRole | ClusterRoleBinding): boolean {
  return metadata.annotations?.[recordKey] !== undefined;
}

/** Returns the record of a subject; undefined if grant did not add the subject. */
export function recordOf({ byKey }: Records, subject: RbacSubject): SubjectRecord | undefined {
  return byKey.get(subjectKey(subject));
}

/** Adds a profile and removes the profiles that it includes. Returns the same list if a profile of it includes `wanted`. */
export function withAnother(profiles: readonly string[], wanted: string): readonly string[] {
  const includes = (wide: string, narrow: string) =>
    wide === narrow || (isProfileName(wide) && isProfileName(narrow) && isWider(wide, narrow));
  if (profiles.some((name) => includes(name, wanted))) return profiles;
  return [...profiles.filter((name) => !includes(wanted, name)), wanted];
}

/** Returns every profile that the record of an object names. */
export function recordedProfiles(object: ClusterRole | ClusterRoleBinding): readonly string[] {
  const { profiles, subjects } = recordsOf(object);
  return [...new Set([...profiles, ...subjects.flatMap((each) => each.profiles)])];
}

/** Whether an expiry is past, at `now` in ms since 1970. A time that cannot be parsed is past, or the access would never end. */
export function isExpired(expires: string, now: number): boolean {
  return !(Date.parse(expires) > now);
}
