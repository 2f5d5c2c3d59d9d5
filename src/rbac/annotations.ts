import type { ClusterRole, ClusterRoleBinding, RbacSubject } from '../objects.ts';
import { formatSubject, hasSubject, parseSubject } from './subject.ts';

const managedBy = 'app.kubernetes.io/managed-by';
const manager = 'kubectl-kubeletaccess';
const profileKey = 'kubeletaccess/profile';
const subjectsKey = 'kubeletaccess/subjects';
const expiresKey = 'kubeletaccess/expires';

/** The labels of an object that this program created. */
export function ownLabels(): Record<string, string> {
  return { [managedBy]: manager };
}

export function ownAnnotations(profile: string): Record<string, string> {
  return { [profileKey]: profile };
}

/** A subject and when its access expires: in ISO 8601, or whatever the annotation has in its place. */
export type Expiry = readonly [RbacSubject, string];

/** What this program recorded in the annotations of a binding. */
export interface Records {
  /** Undefined if there is none. */
  readonly profile: string | undefined;
  /** The subjects that grant added, so that revoke removes only those. */
  readonly subjects: readonly RbacSubject[];
  readonly expiries: readonly Expiry[];
  /** Whether the annotation of expiries cannot be parsed: a write would lose it. */
  readonly unreadable: boolean;
}

export function recordsOf(binding: ClusterRoleBinding): Records {
  const annotation = binding.metadata?.annotations?.[expiresKey];
  const record = parseAnnotation(annotation);
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
    unreadable: annotation !== undefined && !isRecord,
  };
}

/** The binding with these records in place of its own; empty ones are left out. */
export function withRecords(
  binding: ClusterRoleBinding,
  { profile, subjects, expiries }: Omit<Records, 'unreadable'>,
): ClusterRoleBinding {
  const annotations: Record<string, string> = { ...binding.metadata?.annotations };
  const records = {
    [profileKey]: profile,
    ...(subjects.length > 0 && subjectsAnnotation(subjects)),
    [expiresKey]: expiries.length > 0 ? expiryAnnotation(expiries)[expiresKey] : undefined,
  };
  for (const [key, text] of Object.entries(records))
    if (text === undefined) delete annotations[key];
    else annotations[key] = text;
  const { annotations: _, ...metadata } = binding.metadata ?? {};
  const annotated = Object.keys(annotations).length > 0 ? { annotations } : {};
  return { ...binding, metadata: { ...metadata, ...annotated } };
}

/** Whether an expiry is past, at `now` in ms since 1970. One that cannot be parsed is: such access must not stay for good. */
export function isExpired(expires: string, now: number): boolean {
  return !(Date.parse(expires) > now);
}

/** Records which subjects of a binding grant added. */
export function subjectsAnnotation(subjects: readonly RbacSubject[]): Record<string, string> {
  return { [subjectsKey]: JSON.stringify(subjects.map(formatSubject)) };
}

/** Records when the access of subjects expires, in ISO 8601. */
export function expiryAnnotation(expiries: readonly Expiry[]): Record<string, string> {
  const record = expiries.map(([subject, expires]) => [formatSubject(subject), expires] as const);
  return { [expiresKey]: JSON.stringify(Object.fromEntries(record)) };
}

/** The subjects whose access expires, and when: see isExpired. */
export function recordedExpiries(binding: ClusterRoleBinding): readonly Expiry[] {
  return recordsOf(binding).expiries;
}

/** The profile in the annotations of an object; undefined if there is none. */
export function recordedProfile(object: ClusterRole | ClusterRoleBinding): string | undefined {
  return object.metadata?.annotations?.[profileKey];
}

/** The same object with another profile in its annotations. */
export function withProfile<T extends ClusterRole | ClusterRoleBinding>(
  object: T,
  profile: string,
): T {
  const { metadata } = object;
  const annotations = { ...metadata?.annotations, ...ownAnnotations(profile) };
  return { ...object, metadata: { ...metadata, annotations } };
}

/**
 * Whether this program created the object, and may therefore delete it. Without the label, the profile in its annotations
 * shows it; a binding has that also where grant added a subject to another's, so that all its subjects must be recorded.
 */
export function isOurs(object: ClusterRole | ClusterRoleBinding): boolean {
  const label = object.metadata?.labels?.[managedBy];
  if (label !== undefined) return label === manager;
  if (recordedProfile(object) === undefined) return false;
  if (!('roleRef' in object)) return true;
  // A binding of another name is not ours, even if grant added all of its subjects.
  if (!ownName.test(object.metadata?.name ?? '')) return false;
  const recorded = recordedSubjects(object);
  return recorded.length > 0 && (object.subjects ?? []).every((each) => hasSubject(recorded, each));
}

/** Names that grant gives to bindings without --binding-name: see pairNames. */
const ownName = /^(?:kubeletaccess:|system:kube-apiserver$)/;

/** The other tool that manages an object, and would undo a change; undefined if none is known. */
export function otherManager(object: ClusterRole | ClusterRoleBinding): string | undefined {
  const { labels = {}, annotations = {}, ownerReferences = [] } = object.metadata ?? {};
  const [owner] = ownerReferences;
  if (owner) return `${owner.kind} ${owner.name} (owner reference)`;
  const release = annotations['meta.helm.sh/release-name'];
  if (release !== undefined) return `Helm release ${release}`;
  for (const [key, name] of otherManagers)
    if (labels[key] !== undefined || annotations[key] !== undefined) return name;
  const other = labels[managedBy];
  return other === undefined || other === manager ? undefined : `${other} (${managedBy})`;
}

const otherManagers = [
  ['argocd.argoproj.io/tracking-id', 'Argo CD'],
  ['argocd.argoproj.io/instance', 'Argo CD'],
  ['kustomize.toolkit.fluxcd.io/name', 'Flux (kustomize-controller)'],
  ['helm.toolkit.fluxcd.io/name', 'Flux (helm-controller)'],
  ['rbac-manager', 'rbac-manager'],
  ['olm.owner', 'Operator Lifecycle Manager'],
] as const;

/** The subjects that grant added to a binding; none if the record is missing or cannot be parsed. */
export function recordedSubjects(binding: ClusterRoleBinding): readonly RbacSubject[] {
  const record = parseAnnotation(binding.metadata?.annotations?.[subjectsKey]);
  if (!Array.isArray(record)) return [];
  return record.flatMap((text: unknown) =>
    typeof text === 'string' ? (parseSubject(text) ?? []) : [],
  );
}

function parseAnnotation(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? 'null');
  } catch {
    return undefined;
  }
}
