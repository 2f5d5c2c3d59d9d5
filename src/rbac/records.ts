import * as v from '@badrap/valita';
import type { ClusterRole, ClusterRoleBinding, RbacSubject } from '../objects.ts';
import { parseChecked } from '../schema.ts';
import { isProfileName, isWider } from './profiles.ts';
import { annotate } from './rbac-objects.ts';
import { parseSubject, subjectKey } from './subject.ts';

/** The annotation of roles and bindings that has the record of grant, as JSON: see `recordType`. */
export const recordKey = 'kubeletaccess/grant';
/**
 * Who granted, by `subjectKey`. Apart from the record, which is the same whoever writes it: kubectl changes nothing of what grant
 * made when it applies the same access from a file.
 */
export const grantersKey = 'kubeletaccess/granted-by';

const names = v.array(v.string());
const grantersType = v.record(v.string());
const recordType = v.object({
  /** On a role, the profiles of its rules; on a binding, the profiles of each subject without a record of its own. */
  profiles: names.optional(),
  /** By `subjectKey`: the subjects that grant added, so that revoke removes only those. */
  subjects: v
    .record(v.object({ profiles: names.optional(), expires: v.string().optional() }))
    .optional(),
});

/** A subject that grant added to a binding. */
export interface SubjectRecord {
  readonly subject: RbacSubject;
  readonly profiles: readonly string[];
  /** In ISO 8601, or whatever the annotation has in its place; undefined for access that does not expire. */
  readonly expires?: string | undefined;
  /** The user who granted it last, as the API server authenticated them; undefined if it did not say. */
  readonly by?: string | undefined;
}

/** The records of grant in an object. */
export interface Records {
  readonly profiles: readonly string[];
  /** None in a role. */
  readonly subjects: readonly SubjectRecord[];
  /** The same by `subjectKey`. */
  readonly byKey: ReadonlyMap<string, SubjectRecord>;
  /** Whether the annotation cannot be parsed: what it records is unknown, and a write must not lose it. */
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
  // A note that cannot be read is no note.
  const noted = parseChecked(grantersType, granters ?? '{}', { whole: true });
  const byWhom = new Map(Object.entries(noted ?? {}));
  const subjects = new Map<string, SubjectRecord>();
  for (const [name, entry] of Object.entries(record.subjects ?? {})) {
    const subject = parseSubject(name);
    if (!subject) return undefined;
    const own = entry.profiles?.length ? entry.profiles : profiles;
    const key = subjectKey(subject);
    // Which of two expiries counts, nobody knows.
    if (subjects.has(key)) return undefined;
    subjects.set(key, { subject, profiles: own, expires: entry.expires, by: byWhom.get(key) });
  }
  return { profiles, subjects: [...subjects.values()], byKey: subjects, isUnreadable: false };
}

/** The annotations with this record; none for an empty one. */
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

/** The object with this record in place of its own, whatever that was. */
export function withRecords<T extends ClusterRole | ClusterRoleBinding>(
  object: T,
  records: Recorded,
): T {
  const none = { [recordKey]: undefined, [grantersKey]: undefined };
  return annotate(object, { ...none, ...recordAnnotations(records) });
}

/** Whether grant recorded anything in an object, be it readable or not. */
export function hasRecord({ metadata }: ClusterRole | ClusterRoleBinding): boolean {
  return metadata.annotations?.[recordKey] !== undefined;
}

/** The record of a subject; undefined for one that grant did not add. */
export function recordOf({ byKey }: Records, subject: RbacSubject): SubjectRecord | undefined {
  return byKey.get(subjectKey(subject));
}

/** With one more profile, without those that it includes; the same list if that is not needed. */
export function withAnother(profiles: readonly string[], wanted: string): readonly string[] {
  const includes = (wide: string, narrow: string) =>
    wide === narrow || (isProfileName(wide) && isProfileName(narrow) && isWider(wide, narrow));
  if (profiles.some((name) => includes(name, wanted))) return profiles;
  return [...profiles.filter((name) => !includes(wanted, name)), wanted];
}

/** Every profile that the record of an object names. */
export function recordedProfiles(object: ClusterRole | ClusterRoleBinding): readonly string[] {
  const { profiles, subjects } = recordsOf(object);
  return [...new Set([...profiles, ...subjects.flatMap((each) => each.profiles)])];
}

/** Whether an expiry is past, at `now` in ms since 1970. One that cannot be parsed is: such access must not stay for good. */
export function isExpired(expires: string, now: number): boolean {
  return !(Date.parse(expires) > now);
}
