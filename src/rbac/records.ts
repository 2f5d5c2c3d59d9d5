import type { ClusterRole, ClusterRoleBinding, RbacSubject } from '../objects.ts';
import { isFields } from '../text/fields.ts';
import { isProfileName, isWider } from './profiles.ts';
import { parseSubject, subjectKey } from './subject.ts';

const profileKey = 'kubeletaccess/profile';
const profilesKey = 'kubeletaccess/profiles';
const subjectsKey = 'kubeletaccess/subjects';
const expiresKey = 'kubeletaccess/expires';

/** An annotation with records of more than one thing. */
export type RecordKey = typeof profilesKey | typeof subjectsKey | typeof expiresKey;

/** A subject and when its access expires: in ISO 8601, or whatever the annotation has in its place. */
export type Expiry = readonly [RbacSubject, string];

/** What this program recorded in the annotations of a binding. */
export interface Records {
  /** Of the binding, and of each subject without profiles of its own; undefined if there is none. */
  readonly profile: string | undefined;
  /** By `subjectKey`, where subjects of the binding have more than the one profile. */
  readonly profiles: ReadonlyMap<string, readonly string[]>;
  /** The subjects that grant added, so that revoke removes only those. */
  readonly subjects: readonly RbacSubject[];
  readonly expiries: readonly Expiry[];
  /** The annotations that cannot be parsed: what they record is unknown, and a write must not lose it. */
  readonly unreadable: readonly RecordKey[];
}

export function recordsOf(binding: ClusterRoleBinding): Records {
  const profiles = read(binding, profilesKey, readProfiles) ?? new Map();
  return {
    profile: recordedProfile(binding),
    profiles: profiles === 'unreadable' ? new Map() : profiles,
    subjects: recordedSubjects(binding),
    expiries: recordedExpiries(binding),
    unreadable: [
      ...(profiles === 'unreadable' ? ([profilesKey] as const) : []),
      ...(read(binding, subjectsKey, readSubjects) === 'unreadable'
        ? ([subjectsKey] as const)
        : []),
      ...(read(binding, expiresKey, readExpiries) === 'unreadable' ? ([expiresKey] as const) : []),
    ],
  };
}

/** The binding with these records in place of its own; empty ones are left out, and unreadable ones kept. */
export function withRecords(
  binding: ClusterRoleBinding,
  { profile, profiles, subjects, expiries }: Omit<Records, 'unreadable'>,
): ClusterRoleBinding {
  const { unreadable } = recordsOf(binding);
  const annotations: Record<string, string> = { ...binding.metadata?.annotations };
  const several = subjects
    .map((subject) => {
      const key = subjectKey(subject);
      return [key, profiles.get(key) ?? (profile === undefined ? [] : [profile])] as const;
    })
    .filter(([, names]) => names.length > 0);
  const isOne = several.every(([, names]) => names.length === 1 && names[0] === profile);
  const records: Readonly<Record<string, string | undefined>> = {
    [profileKey]: profile,
    [profilesKey]: isOne ? undefined : JSON.stringify(Object.fromEntries(several)),
    [subjectsKey]: subjects.length > 0 ? subjectsAnnotation(subjects)[subjectsKey] : undefined,
    [expiresKey]: expiries.length > 0 ? expiryAnnotation(expiries)[expiresKey] : undefined,
  };
  for (const [key, text] of Object.entries(records)) {
    if (unreadable.some((each) => each === key)) continue;
    if (text === undefined) delete annotations[key];
    else annotations[key] = text;
  }
  return withAnnotations(binding, annotations);
}

function withAnnotations(
  binding: ClusterRoleBinding,
  annotations: Record<string, string>,
): ClusterRoleBinding {
  const { annotations: _, ...metadata } = binding.metadata ?? {};
  const annotated = Object.keys(annotations).length > 0 ? { annotations } : {};
  return { ...binding, metadata: { ...metadata, ...annotated } };
}

/** The profiles that grant gave a subject of a binding; those of the binding for a subject that grant did not add. */
export function profilesOfSubject(
  { profile, profiles }: Records,
  subject: RbacSubject,
): readonly string[] {
  return profiles.get(subjectKey(subject)) ?? (profile === undefined ? [] : [profile]);
}

/** With one more profile, without those that it includes; the same list if that is not needed. */
export function withAnother(profiles: readonly string[], wanted: string): readonly string[] {
  const includes = (wide: string, narrow: string) =>
    wide === narrow || (isProfileName(wide) && isProfileName(narrow) && isWider(wide, narrow));
  if (profiles.some((name) => includes(name, wanted))) return profiles;
  return [...profiles.filter((name) => !includes(wanted, name)), wanted];
}

/** Every profile that the annotations of an object name. */
export function recordedProfiles(object: ClusterRole | ClusterRoleBinding): readonly string[] {
  const profile = recordedProfile(object);
  const several =
    'roleRef' in object
      ? [...recordsOf(object).profiles.values()].flat()
      : (read(object, profilesKey, readNames) ?? []);
  const names = several === 'unreadable' ? [] : several;
  return [...new Set([...(profile === undefined ? [] : [profile]), ...names])];
}

/** The annotations of a role with rules of these profiles. */
function profilesAnnotation(profiles: readonly string[]): Record<string, string> {
  const [profile] = profiles;
  return {
    ...(profile !== undefined && { [profileKey]: profile }),
    ...(profiles.length > 1 && { [profilesKey]: JSON.stringify(profiles) }),
  };
}

/** A role with rules of these profiles. */
export function withProfiles(role: ClusterRole, profiles: readonly string[]): ClusterRole {
  const { [profileKey]: _, [profilesKey]: __, ...others } = role.metadata?.annotations ?? {};
  const annotations = { ...others, ...profilesAnnotation(profiles) };
  return { ...role, metadata: { ...role.metadata, annotations } };
}

/** Whether an expiry is past, at `now` in ms since 1970. One that cannot be parsed is: such access must not stay for good. */
export function isExpired(expires: string, now: number): boolean {
  return !(Date.parse(expires) > now);
}

export function ownAnnotations(profile: string): Record<string, string> {
  return { [profileKey]: profile };
}

/** Records which subjects of a binding grant added. */
export function subjectsAnnotation(subjects: readonly RbacSubject[]): Record<string, string> {
  return { [subjectsKey]: JSON.stringify(subjects.map(subjectKey)) };
}

/** Records when the access of subjects expires, in ISO 8601. */
export function expiryAnnotation(expiries: readonly Expiry[]): Record<string, string> {
  const record = expiries.map(([subject, expires]) => [subjectKey(subject), expires] as const);
  return { [expiresKey]: JSON.stringify(Object.fromEntries(record)) };
}

/** The subjects whose access expires, and when: see isExpired. None if the record cannot be parsed. */
function recordedExpiries(binding: ClusterRoleBinding): readonly Expiry[] {
  const expiries = read(binding, expiresKey, readExpiries) ?? [];
  return expiries === 'unreadable' ? [] : expiries;
}

/** The subjects that grant added to a binding; none if the record is missing or cannot be parsed. */
export function recordedSubjects(binding: ClusterRoleBinding): readonly RbacSubject[] {
  const subjects = read(binding, subjectsKey, readSubjects) ?? [];
  return subjects === 'unreadable' ? [] : subjects;
}

/** The profile in the annotations of an object; undefined if there is none. */
export function recordedProfile(object: ClusterRole | ClusterRoleBinding): string | undefined {
  return object.metadata?.annotations?.[profileKey];
}

/** The value of an annotation; undefined if there is none. */
function read<T>(
  { metadata }: ClusterRole | ClusterRoleBinding,
  key: RecordKey,
  parse: (value: unknown) => T | undefined,
): T | 'unreadable' | undefined {
  const text = metadata?.annotations?.[key];
  if (text === undefined) return undefined;
  try {
    return parse(JSON.parse(text)) ?? 'unreadable';
  } catch {
    return 'unreadable';
  }
}

function readSubjects(value: unknown): readonly RbacSubject[] | undefined {
  const subjects = readNames(value)?.map(parseSubject);
  return subjects?.every((subject) => subject !== undefined)
    ? [...firstOfEach(subjects, (subject) => subject).values()]
    : undefined;
}

/** Of two entries of one identity, the first. */
function readExpiries(value: unknown): readonly Expiry[] | undefined {
  const entries = readEntries(value)?.map(
    ([subject, expires]) => [subject, String(expires)] as const,
  );
  return entries && [...firstOfEach(entries, ([subject]) => subject).values()];
}

function firstOfEach<T>(list: readonly T[], subjectOf: (item: T) => RbacSubject): Map<string, T> {
  const found = new Map<string, T>();
  for (const item of list) {
    const key = subjectKey(subjectOf(item));
    if (!found.has(key)) found.set(key, item);
  }
  return found;
}

function readProfiles(value: unknown): ReadonlyMap<string, readonly string[]> | undefined {
  const entries = readEntries(value)?.map(
    ([subject, names]) => [subjectKey(subject), readNames(names)] as const,
  );
  return entries?.every((entry): entry is readonly [string, readonly string[]] => {
    return entry[1] !== undefined && entry[1].length > 0;
  })
    ? new Map(entries)
    : undefined;
}

function readEntries(value: unknown): readonly (readonly [RbacSubject, unknown])[] | undefined {
  if (!isFields(value)) return undefined;
  const entries = Object.entries(value).map(
    ([text, entry]: [string, unknown]) => [parseSubject(text), entry] as const,
  );
  return entries.every((entry): entry is readonly [RbacSubject, unknown] => entry[0] !== undefined)
    ? entries
    : undefined;
}

function readNames(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) && value.every((name) => typeof name === 'string')
    ? value
    : undefined;
}
