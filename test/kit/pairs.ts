import { sweeps } from './random.ts';

/**
 * Any two values of different lists occur together in a result; in the sweep, all combinations occur. The longest list must come first,
 * the shortest last.
 */
export function pairs<A, B, C>(
  first: readonly A[],
  second: readonly B[],
  third: readonly C[],
): readonly (readonly [A, B, C])[] {
  return first.flatMap((a, row) =>
    second.flatMap((b, column) =>
      third
        .filter((_, index) => sweeps || index === (row + column) % third.length)
        .map((c) => [a, b, c] as const),
    ),
  );
}
