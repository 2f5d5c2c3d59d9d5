import { sweeps } from './random.ts';

/**
 * Combines three lists so that any two values of different lists occur together; in the sweep, returns all combinations.
 * The longest list must come first, the shortest last.
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
