import type { ClusterRole, ClusterRoleBinding } from '../../objects.ts';

export const annotationsDifference = '+ kubeletaccess labels and annotations';

/** Adds the labels and annotations of `wanted` that `object` lacks. If it lacks none, returns `object` itself. */
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
