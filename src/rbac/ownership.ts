import type { ClusterRole, ClusterRoleBinding, RbacSubject } from '../objects.ts';
import { formatSubject, parseSubject } from './subject.ts';

const managedBy = 'app.kubernetes.io/managed-by';
const manager = 'kubectl-kubeletaccess';
const profileMark = 'kubeletaccess/profile';
const subjectsMark = 'kubeletaccess/subjects';

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

/** Whether this program made the object, and may therefore delete it. */
export function isOurs(object: ClusterRole | ClusterRoleBinding): boolean {
  return object.metadata?.labels?.[managedBy] === manager;
}

/** The subjects that this program put into a binding; none if the record is missing or unreadable. */
export function recordedSubjects(binding: ClusterRoleBinding): readonly RbacSubject[] {
  try {
    const record: unknown = JSON.parse(binding.metadata?.annotations?.[subjectsMark] ?? '[]');
    if (!Array.isArray(record)) return [];
    return record.flatMap((text: unknown) =>
      typeof text === 'string' ? (parseSubject(text) ?? []) : [],
    );
  } catch {
    return [];
  }
}
