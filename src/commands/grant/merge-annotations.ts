import type { ClusterRole, ClusterRoleBinding } from '../../objects.ts';
import { isProfileName, isWider } from '../../rbac/profiles.ts';
import {
  recordedProfile,
  recordedProfiles,
  withAnother,
  withProfiles,
} from '../../rbac/records.ts';

/** The difference where only these change. */
export const annotationsDifference = '+ kubeletaccess labels and annotations';

/** With the labels and annotations of `wanted` that the role lacks, and its profile. The same role if nothing is missing. */
export function mergeRoleAnnotations(role: ClusterRole, wanted: ClusterRole): ClusterRole {
  const has = recordedProfiles(role);
  const profile = recordedProfile(wanted);
  const profiles = profile === undefined ? has : withAnother(has, profile);
  const merged = withMissing(role, wanted);
  return profiles === has ? merged : withProfiles(merged, profiles);
}

/** The same for a binding; `recording` has the profiles of its subjects. */
export function mergeBindingAnnotations(
  binding: ClusterRoleBinding,
  wanted: ClusterRoleBinding,
): ClusterRoleBinding {
  return withMissing(binding, wanted);
}

function withMissing<T extends ClusterRole | ClusterRoleBinding>(object: T, wanted: T): T {
  const { labels = {}, annotations = {} } = wanted.metadata ?? {};
  const has = object.metadata ?? {};
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

/** The wider of the profiles that two bindings have on record; that of the first if they cannot be compared. */
export function widerProfile(
  binding: ClusterRoleBinding,
  wanted: ClusterRoleBinding,
): string | undefined {
  const [has = '', wants = ''] = [recordedProfile(binding), recordedProfile(wanted)];
  if (has === '') return recordedProfile(wanted);
  return isProfileName(has) && isProfileName(wants) && isWider(wants, has) ? wants : has;
}
