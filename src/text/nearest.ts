import leven from 'leven';

/** Returns the most similar name, which the user probably meant; undefined if all names differ in too many letters. */
export function nearest(name: string, names: readonly string[]): string | undefined {
  return nearestNames(name, names, 1)[0];
}

export function didYouMean(near: readonly string[]): readonly string[] {
  return near.length === 0 ? [] : [`did you mean: ${near.join(' or ')}?`];
}

/** Returns the names that the user probably meant, the most similar first. */
export function nearestNames(name: string, names: readonly string[], most = 3): string[] {
  const bare = name.replace(/^-+/, '');
  const limit = Math.min(3, Math.ceil(bare.length / 3));
  return (
    names
      .map((each) => ({ each, letters: leven(name, each, { maxDistance: limit + 1 }) }))
      // If the first letter of a short word differs, no other letter may differ.
      .filter(
        ({ each, letters }) =>
          letters <=
          (bare.length < 5 && startOf(each) !== startOf(bare) ? Math.min(1, limit) : limit),
      )
      .sort((a, b) => a.letters - b.letters)
      .slice(0, most)
      .map(({ each }) => each)
  );
}

function startOf(name: string): string | undefined {
  return /^-*(.)/.exec(name)?.[1];
}
