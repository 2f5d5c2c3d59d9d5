import leven from 'leven';

/** Finds the name that was likely meant, which differs by few letters; undefined if none is near. */
export function nearest(name: string, names: readonly string[]): string | undefined {
  return nearestNames(name, names, 1)[0];
}

/** Makes a hint with the names that were likely meant; no hint if no name is near. */
export function didYouMean(near: readonly string[]): readonly string[] {
  return near.length === 0 ? [] : [`did you mean: ${near.join(' or ')}?`];
}

/** Finds the names that were likely meant, the nearest first. */
export function nearestNames(name: string, names: readonly string[], most = 3): string[] {
  const bare = name.replace(/^-+/, '');
  const limit = Math.min(3, Math.ceil(bare.length / 3));
  return (
    names
      .map((each) => ({ each, letters: leven(name, each, { maxDistance: limit + 1 }) }))
      // A short word with another first letter may differ by one letter only.
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
