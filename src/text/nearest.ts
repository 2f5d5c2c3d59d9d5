import leven from 'leven';

/** The name that was likely meant: few letters differ, as a share of its length. */
export function nearest(name: string, names: readonly string[]): string | undefined {
  return nearestNames(name, names, 1)[0];
}

/** The same of several, the nearest first. */
export function nearestNames(name: string, names: readonly string[], most: number): string[] {
  const letters = name.replace(/^-+/, '').length;
  const limit = Math.min(3, Math.ceil(letters / 3));
  return names
    .map((each) => ({ each, letters: leven(name, each, { maxDistance: limit + 1 }) }))
    .filter(({ letters }) => letters <= limit)
    .sort((a, b) => a.letters - b.letters)
    .slice(0, most)
    .map(({ each }) => each);
}
