import type { ClusterRole, ClusterRoleBinding, RbacSubject } from '../objects.ts';
import { formatSubject, parseSubject } from './subject.ts';

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

/** Records which subjects of a binding were put there by this program, so that revoke takes back only those. */
export function subjectsAnnotation(subjects: readonly RbacSubject[]): Record<string, string> {
  return { [subjectsMark]: JSON.stringify(subjects.map(formatSubject)) };
}

/** Until when subjects have what the binding gives, in ISO 8601; undefined removes the record. */
export function expiryAnnotation(
  expiries: readonly (readonly [RbacSubject, string])[],
): Record<string, string> {
  const record = expiries.map(([subject, expires]) => [formatSubject(subject), expires] as const);
  return { [expiryMark]: JSON.stringify(Object.fromEntries(record)) };
}

/** The subjects whose right is to end, and when: in ISO 8601. What cannot be read is no expiry. */
export function recordedExpiries(binding: ClusterRoleBinding): readonly [RbacSubject, string][] {
  const record = parseMark(binding.metadata?.annotations?.[expiryMark]);
  if (typeof record !== 'object' || record === null) return [];
  return Object.entries(record).flatMap(([text, expires]: [string, unknown]) => {
    const subject = parseSubject(text);
    if (!subject || typeof expires !== 'string' || Number.isNaN(Date.parse(expires))) return [];
    return [[subject, expires] satisfies [RbacSubject, string]];
  });
}

/** The profile that an object was made for; undefined if it bears none. */
export function recordedProfile(object: ClusterRole | ClusterRoleBinding): string | undefined {
  return object.metadata?.annotations?.[profileMark];
}

/** Whether this program made the object, and may therefore delete it. Either mark tells, should the other be lost. */
export function isOurs(object: ClusterRole | ClusterRoleBinding): boolean {
  return object.metadata?.labels?.[managedBy] === manager || recordedProfile(object) !== undefined;
}

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
