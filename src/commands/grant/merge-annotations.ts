import type { ClusterRole, ClusterRoleBinding } from '../../objects.ts';
import { grantRecordOf } from '../../rbac/grant-record.ts';
import { isProfileName, isWider } from '../../rbac/profiles.ts';

/** The difference to print if a write changes only labels and annotations. */
export const annotationsDifference = '+ kubeletaccess labels and annotations';

/** Adds the labels and the record of `wanted` that the object lacks. Returns the same object if it lacks none. */
export function withMissingAnnotations<T extends ClusterRole | ClusterRoleBinding>(
  object: T,
  wanted: T,
): T {
  const { labels = {}, annotations = {} } = wanted.metadata;
  const has = object.metadata;
  const isComplete =
    Object.keys(labels).every((key) => has.labels?.[key] !== undefined) &&
    Object.keys(annotations).every((key) => has.annotations?.[key] !== undefined);
  if (isComplete) return object;
  return {
    ...object,
    metadata: {
      ...has,
      labels: { ...labels, ...has.labels },
      annotations: { ...annotations, ...has.annotations },
    },
  };
}

/**
 * Returns the recorded profiles of `wanted` if its first profile is wider than the first one of `binding`, or else those of `binding`.
 */
export function widerProfiles(
  binding: ClusterRoleBinding,
  wanted: ClusterRoleBinding,
): readonly string[] {
  const { profiles: has } = grantRecordOf(binding);
  const { profiles: wants } = grantRecordOf(wanted);
  const [had = '', wanting = ''] = [has[0], wants[0]];
  if (had === '') return wants;
  return isProfileName(had) && isProfileName(wanting) && isWider(wanting, had) ? wants : has;
}
