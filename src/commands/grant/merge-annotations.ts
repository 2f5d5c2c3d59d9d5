import type { ClusterRole, ClusterRoleBinding } from '../../objects.ts';
import { recordedProfile, withProfile } from '../../rbac/annotations.ts';
import { isProfileName, isWider } from '../../rbac/profiles.ts';

/** The difference where only these change. */
export const annotationsDifference = '+ kubeletaccess labels and annotations';

/**
 * With the labels and annotations of `wanted` that the object lacks, and with its profile if that is wider than the recorded
 * one. The same object if nothing is missing.
 */
export function mergeAnnotations<T extends ClusterRole | ClusterRoleBinding>(
  object: T,
  wanted: T,
): T {
  const { labels = {}, annotations = {} } = wanted.metadata ?? {};
  const has = object.metadata ?? {};
  const isComplete =
    Object.keys(labels).every((key) => has.labels?.[key] !== undefined) &&
    Object.keys(annotations).every((key) => has.annotations?.[key] !== undefined);
  const profile = widerProfile(object, wanted);
  if (isComplete && profile === recordedProfile(object)) return object;
  const merged: T = {
    ...object,
    metadata: {
      ...has,
      labels: { ...labels, ...has.labels },
      annotations: { ...annotations, ...has.annotations },
    },
  };
  return profile === undefined ? merged : withProfile(merged, profile);
}

/** The wider of the profiles that two objects have on record; that of the first if they cannot be compared. */
export function widerProfile(
  object: ClusterRole | ClusterRoleBinding,
  wanted: ClusterRole | ClusterRoleBinding,
): string | undefined {
  const [has = '', wants = ''] = [recordedProfile(object), recordedProfile(wanted)];
  if (has === '') return recordedProfile(wanted);
  return isProfileName(has) && isProfileName(wants) && isWider(wants, has) ? wants : has;
}
