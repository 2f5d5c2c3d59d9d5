import type { ClusterRole, ClusterRoleBinding } from '../../objects.ts';
import { recordedProfile, withProfile } from '../../rbac/annotations.ts';
import { isProfileName, isWider } from '../../rbac/profiles.ts';

/**
 * With the labels and annotations of `wanted` that it lacks, and with its profile if that is wider than the one which it was
 * made for. The same object if nothing is missing.
 */
export function withMarks<T extends ClusterRole | ClusterRoleBinding>(object: T, wanted: T): T {
  const { labels = {}, annotations = {} } = wanted.metadata ?? {};
  const has = object.metadata ?? {};
  const complete =
    Object.keys(labels).every((key) => has.labels?.[key] !== undefined) &&
    Object.keys(annotations).every((key) => has.annotations?.[key] !== undefined);
  const profile = widerProfile(object, wanted);
  if (complete && profile === recordedProfile(object)) return object;
  const marked: T = {
    ...object,
    metadata: {
      ...has,
      labels: { ...labels, ...has.labels },
      annotations: { ...annotations, ...has.annotations },
    },
  };
  return profile === undefined ? marked : withProfile(marked, profile);
}

/** The wider of the profiles that two objects bear; that of the first if they cannot be compared. */
export function widerProfile(
  object: ClusterRole | ClusterRoleBinding,
  wanted: ClusterRole | ClusterRoleBinding,
): string | undefined {
  const [has = '', wants = ''] = [recordedProfile(object), recordedProfile(wanted)];
  if (has === '') return recordedProfile(wanted);
  return isProfileName(has) && isProfileName(wants) && isWider(wants, has) ? wants : has;
}
