/** The oldest and newest Kubernetes that tests run on. */
export const versions = { '1.31': 'v1.31.14', '1.37': 'v1.37.2' } as const;

export type Minor = keyof typeof versions;

export const oldest = '1.31' satisfies Minor;
export const minors: readonly Minor[] = [oldest, '1.37'];

/** Reads `1.31`, `31` or `v1.31.14`. Throws an Error with one sentence for another version. */
export function parseVersion(text: string): Minor {
  const found = minors.find(
    (minor) => text === minor || text === minor.slice('1.'.length) || text === versions[minor],
  );
  if (!found) {
    throw new Error(`no cluster of Kubernetes "${text}": choose ${minors.join(' or ')}`);
  }
  return found;
}

/** Returns the minor version as a number, such as 31 for `1.31`. */
export function minorNumber(minor: Minor): number {
  return Number(minor.slice('1.'.length));
}
