import { fineGrainedSince } from '../endpoints.ts';

export interface KubeletVersions {
  /** Minor versions of kubelets for which the new role must allow all calls. */
  readonly minors: readonly number[];
  /** Minor versions of kubelets for which needed permissions are printed, but not added to the new role. */
  readonly also: readonly number[];
}

/**
 * Minor versions in which kubelets changed their permission checks. Since 1.33, kubelets check finer permissions before
 * nodes/proxy. Since 1.36, nodes/proxy no longer allows /statusz.
 */
export const newerMinors: readonly number[] = [fineGrainedSince, 36];
export const olderMinors: readonly number[] = [fineGrainedSince - 1];

export type Era = 'all' | 'newer' | 'older';

export function isOlder(minor: number): boolean {
  return minor < fineGrainedSince;
}

/** Formats the kubelet versions of an era, such as `1.33 and later`. */
export function formatEra(era: Era): string {
  if (era === 'all') return 'all';
  return era === 'newer'
    ? `1.${fineGrainedSince} and later`
    : `1.${fineGrainedSince - 1} and earlier`;
}

export function erasOf({
  minors,
  also,
}: KubeletVersions): readonly (readonly [Era, readonly number[]])[] {
  const every = [...new Set([...minors, ...also])];
  const older = every.filter(isOlder);
  const newer = every.filter((minor) => !isOlder(minor));
  return [
    ...(newer.length > 0 ? [['newer', newer] as const] : []),
    ...(older.length > 0 ? [['older', older] as const] : []),
  ];
}
