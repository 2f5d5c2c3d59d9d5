import { fineGrainedSince } from '../endpoints.ts';

/** The kubelets that a role is narrowed for, by minor version. */
export interface KubeletVersions {
  /** The new role must serve all of these. */
  readonly minors: readonly number[];
  /** The needs of kubelets of these versions are printed, and not in the new role. */
  readonly also: readonly number[];
}

/** Versions that differ in what they check: before fine-grained permissions, since then, and without a fallback for /statusz. */
export const newerMinors: readonly number[] = [fineGrainedSince, 36];
export const olderMinors: readonly number[] = [fineGrainedSince - 1];

/** Which kubelets something holds for. */
export type Era = 'all' | 'newer' | 'older';

export function isOlder(minor: number): boolean {
  return minor < fineGrainedSince;
}

/** `1.33 and later` */
export function formatEra(era: Era): string {
  if (era === 'all') return 'all';
  return era === 'newer'
    ? `1.${fineGrainedSince} and later`
    : `1.${fineGrainedSince - 1} and earlier`;
}

/** The eras of the kubelet versions in question; `all` if there is only one. */
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
