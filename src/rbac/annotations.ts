import type { ClusterRole, ClusterRoleBinding, RbacSubject } from '../objects.ts';
import { formatSubject, hasSubject, parseSubject } from './subject.ts';

const managedBy = 'app.kubernetes.io/managed-by';
const manager = 'kubectl-kubeletaccess';
const profileMark = 'kubeletaccess/profile';
const subjectsMark = 'kubeletaccess/subjects';
const expiryMark = 'kubeletaccess/expires';

/** The marks of an object that this program made. */
export function ownLabels(): Record<string, string> {
  return { [managedBy]: manager };
}

export function ownAnnotations(profile: string): Record<string, string> {
  return { [profileMark]: profile };
}

/** A subject, and until when it has what the binding gives: in ISO 8601, or what stands there in place of a time. */
export type Expiry = readonly [RbacSubject, string];

/** What this program wrote down in a binding. */
export interface Records {
  /** The profile that it was granted for; undefined if there is none. */
  readonly profile: string | undefined;
  /** The subjects that were put there by this program, so that revoke takes back only those. */
  readonly subjects: readonly RbacSubject[];
  readonly expiries: readonly Expiry[];
  /** Whether there is a record of expiries of which nothing can be read: a write would lose it. */
  readonly unreadable: boolean;
}

export function recordsOf(binding: ClusterRoleBinding): Records {
  const mark = binding.metadata?.annotations?.[expiryMark];
  const record = parseMark(mark);
  const isRecord = typeof record === 'object' && record !== null && !Array.isArray(record);
  const expiries = Object.entries(isRecord ? record : {}).flatMap(
    ([text, expires]: [string, unknown]) => {
      const subject = parseSubject(text);
      return subject ? [[subject, String(expires)] satisfies Expiry] : [];
    },
  );
  return {
    profile: recordedProfile(binding),
    subjects: recordedSubjects(binding),
    expiries,
    unreadable: mark !== undefined && !isRecord,
  };
}

/** The binding with these records in place of what it had; of nothing there is none. */
export function withRecords(
  binding: ClusterRoleBinding,
  { profile, subjects, expiries }: Omit<Records, 'unreadable'>,
): ClusterRoleBinding {
  const annotations: Record<string, string> = { ...binding.metadata?.annotations };
  const marks = {
    [profileMark]: profile,
    ...(subjects.length > 0 && subjectsAnnotation(subjects)),
    [expiryMark]: expiries.length > 0 ? expiryAnnotation(expiries)[expiryMark] : undefined,
  };
  for (const [mark, text] of Object.entries(marks))
    if (text === undefined) delete annotations[mark];
    else annotations[mark] = text;
  const { annotations: _, ...metadata } = binding.metadata ?? {};
  const marked = Object.keys(annotations).length > 0 ? { annotations } : {};
  return { ...binding, metadata: { ...metadata, ...marked } };
}

/** Whether a time has come, at `now` in ms since 1970. What is no time has: a right whose end cannot be read must not stay for good. */
export function isOver(expires: string, now: number): boolean {
  return !(Date.parse(expires) > now);
}

/** Records which subjects of a binding were put there by this program. */
export function subjectsAnnotation(subjects: readonly RbacSubject[]): Record<string, string> {
  return { [subjectsMark]: JSON.stringify(subjects.map(formatSubject)) };
}

/** Records until when subjects have what the binding gives, in ISO 8601. */
export function expiryAnnotation(expiries: readonly Expiry[]): Record<string, string> {
  const record = expiries.map(([subject, expires]) => [formatSubject(subject), expires] as const);
  return { [expiryMark]: JSON.stringify(Object.fromEntries(record)) };
}

/** The subjects whose right is to end, and when: see isOver. */
export function recordedExpiries(binding: ClusterRoleBinding): readonly Expiry[] {
  return recordsOf(binding).expiries;
}

/** The profile that an object was made for; undefined if it bears none. */
export function recordedProfile(object: ClusterRole | ClusterRoleBinding): string | undefined {
  return object.metadata?.annotations?.[profileMark];
}

/** The same made for another profile. */
export function withProfile<T extends ClusterRole | ClusterRoleBinding>(
  object: T,
  profile: string,
): T {
  const { metadata } = object;
  const annotations = { ...metadata?.annotations, ...ownAnnotations(profile) };
  return { ...object, metadata: { ...metadata, annotations } };
}

/**
 * Whether this program made the object, and may therefore delete it. The label may have been lost: then the profile says so,
 * and of a binding, which bears it also where a subject was added to somebody else's, that all its subjects are recorded.
 */
export function isOurs(object: ClusterRole | ClusterRoleBinding): boolean {
  const label = object.metadata?.labels?.[managedBy];
  if (label !== undefined) return label === manager;
  if (recordedProfile(object) === undefined) return false;
  if (!('roleRef' in object)) return true;
  // What somebody else named is theirs, though all that is in it was granted.
  if (!ownName.test(object.metadata?.name ?? '')) return false;
  const recorded = recordedSubjects(object);
  return recorded.length > 0 && (object.subjects ?? []).every((each) => hasSubject(recorded, each));
}

/** Names that a grant gives to bindings, if it is not told others: see pairNames. */
const ownName = /^(?:kubeletaccess:|system:kube-apiserver$)/;

/** Who else keeps an object as it is, so that a change of ours would be undone, or in the way; undefined if nobody is seen. */
export function foreignOwner(object: ClusterRole | ClusterRoleBinding): string | undefined {
  const { labels = {}, annotations = {}, ownerReferences = [] } = object.metadata ?? {};
  const [owner] = ownerReferences;
  if (owner) return `${owner.kind} ${owner.name} (owner reference)`;
  const release = annotations['meta.helm.sh/release-name'];
  if (release !== undefined) return `Helm release ${release}`;
  for (const [mark, name] of foreignMarks)
    if (labels[mark] !== undefined || annotations[mark] !== undefined) return name;
  const other = labels[managedBy];
  return other === undefined || other === manager ? undefined : `${other} (${managedBy})`;
}

const foreignMarks = [
  ['argocd.argoproj.io/tracking-id', 'Argo CD'],
  ['argocd.argoproj.io/instance', 'Argo CD'],
  ['kustomize.toolkit.fluxcd.io/name', 'Flux (kustomize-controller)'],
  ['helm.toolkit.fluxcd.io/name', 'Flux (helm-controller)'],
  ['rbac-manager', 'rbac-manager'],
  ['olm.owner', 'Operator Lifecycle Manager'],
] as const;

/** The subjects that this program put into a binding; none if the record is missing or unreadable. */
export function recordedSubjects(binding: ClusterRoleBinding): readonly RbacSubject[] {
  const record = parseMark(binding.metadata?.annotations?.[subjectsMark]);
  if (!Array.isArray(record)) return [];
  return record.flatMap((text: unknown) =>
    typeof text === 'string' ? (parseSubject(text) ?? []) : [],
  );
}

function parseMark(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? 'null');
  } catch {
    return undefined;
  }
}
