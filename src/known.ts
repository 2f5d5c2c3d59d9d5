/** A value, or why it is unknown. Unknown never counts as good. */
export type Known<T> = { readonly found: T } | Unknown;

export interface Unknown {
  /** Why, in the words of the server or the failure that prevented it. */
  readonly unknown: string;
  /** The missing permission, where that is the reason: `list nodes`. */
  readonly needs?: string;
  /** Set where there was an answer, but not one that can be read: permissions are not involved. */
  readonly unreadable?: true;
}

export const interrupted: Unknown = { unknown: 'interrupted' };

export function isFound<T>(known: Known<T>): known is { readonly found: T } {
  return 'found' in known;
}

export function foundIn<T>(known: Known<T> | undefined): T | undefined {
  return known && isFound(known) ? known.found : undefined;
}
