import * as v from '@badrap/valita';
import type { ClusterRole, ClusterRoleBinding, RbacSubject } from '../objects.ts';
import { checkType } from '../schema.ts';
import { isProfileName, isWider } from './profiles.ts';
import { parseSubject, sameSubject, subjectKey } from './subject.ts';

/** The annotation of roles and bindings that has the record of grant, as JSON: see `recordType`. */
export const recordKey = 'kubeletaccess/grant';

const names = v.array(v.string());
const recordType = v.object({
  /** Of a role, what its rules are for; of a binding, what each subject has that has none of its own. */
  profiles: names.optional(),
  /** By `subjectKey`: the subjects that grant added, so that revoke removes only those. */
  subjects: v
    .record(
      v.object({
        profiles: names.optional(),
        expires: v.string().optional(),
        by: v.string().optional(),
      }),
    )
    .optional(),
});

/** A subject that grant added to a binding. */
export interface SubjectRecord {
  readonly subject: RbacSubject;
  readonly profiles: readonly string[];
  /** In ISO 8601, or whatever the annotation has in its place; undefined for access that does not expire. */
  readonly expires?: string | undefined;
  /** Who granted it last, as the API server authenticated them; undefined if it did not say. */
  readonly by?: string | undefined;
}

/** What grant recorded in an object. */
export interface Records {
  readonly profiles: readonly string[];
  /** None in a role. */
  readonly subjects: readonly SubjectRecord[];
  /** Whether the annotation cannot be parsed: what it records is unknown, and a write must not lose it. */
  readonly isUnreadable: boolean;
}

type Recorded = Pick<Records, 'profiles' | 'subjects'>;

export function recordsOf({ metadata }: ClusterRole | ClusterRoleBinding): Records {
  const text = metadata?.annotations?.[recordKey];
  if (text === undefined) return { profiles: [], subjects: [], isUnreadable: false };
  return parseRecord(text) ?? { profiles: [], subjects: [], isUnreadable: true };
}

function parseRecord(text: string): Records | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const record = checkType(recordType, value, { whole: true }).decoded?.value;
  if (!record) return undefined;
  const { profiles = [] } = record;
  // Of two entries of one identity, the first.
  const subjects = new Map<string, SubjectRecord>();
  for (const [name, entry] of Object.entries(record.subjects ?? {})) {
    const subject = parseSubject(name);
    if (!subject) return undefined;
    const own = entry.profiles?.length ? entry.profiles : profiles;
    const key = subjectKey(subject);
    if (!subjects.has(key)) subjects.set(key, { ...entry, subject, profiles: own });
  }
  return { profiles, subjects: [...subjects.values()], isUnreadable: false };
}

/** The annotation with this record; none for an empty one. */
export function recordAnnotation({ profiles, subjects }: Recorded): Record<string, string> {
  if (profiles.length === 0 && subjects.length === 0) return {};
  const usual = JSON.stringify(profiles);
  const entries = subjects.map(({ subject, profiles: own, expires, by }) => [
    subjectKey(subject),
    { ...(JSON.stringify(own) !== usual && { profiles: own }), expires, by },
  ]);
  const record = {
    ...(profiles.length > 0 && { profiles }),
    ...(subjects.length > 0 && { subjects: Object.fromEntries(entries) }),
  };
  return { [recordKey]: JSON.stringify(record) };
}

/** The object with this record in place of its own, whatever that was. */
export function withRecords<T extends ClusterRole | ClusterRoleBinding>(
  object: T,
  records: Recorded,
): T {
  const { annotations: { [recordKey]: _, ...others } = {}, ...metadata } = object.metadata ?? {};
  const annotations = { ...others, ...recordAnnotation(records) };
  const annotated = Object.keys(annotations).length > 0 ? { annotations } : {};
  return { ...object, metadata: { ...metadata, ...annotated } };
}

/** What grant recorded of a subject; undefined for one that it did not add. */
export function recordOf({ subjects }: Records, subject: RbacSubject): SubjectRecord | undefined {
  return subjects.find((each) => sameSubject(each.subject, subject));
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
