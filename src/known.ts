/** A value that was found, or the reason why it is unknown. Commands never treat an unknown value as good. */
export type Known<T> = { readonly found: T } | Unknown;

export interface Unknown {
  /** The reason, as the server or the failure words it. */
  readonly unknown: string;
  /** The permission that the caller lacks, such as `list nodes`, if this is the reason. */
  readonly needs?: string;
  /** Set if the value is unknown because a response could not be parsed, and not because a permission is missing. */
  readonly unreadable?: true;
}

export function describeUnknown({ unknown, needs }: Unknown): string {
  return needs === undefined ? unknown : `${unknown} (needs ${needs})`;
}

export const interrupted: Unknown = { unknown: 'interrupted' };

export function isFound<T>(known: Known<T>): known is { readonly found: T } {
  return 'found' in known;
}

export function isUnknown(known: Known<unknown>): known is Unknown {
  return !isFound(known);
}

export function foundIn<T>(known: Known<T> | undefined): T | undefined {
  return known && isFound(known) ? known.found : undefined;
}
