/** A value, or the reason why it is unknown. An unknown value never counts as good. */
export type Known<T> = { readonly found: T } | Unknown;

export interface Unknown {
  /** The reason, as the server or the failure words it. */
  readonly unknown: string;
  /** The missing permission, such as `list nodes`, if that is the reason. */
  readonly needs?: string;
  /** Set if a response came but could not be read: no permission is missing. */
  readonly unreadable?: true;
}

export const interrupted: Unknown = { unknown: 'interrupted' };

export function isFound<T>(known: Known<T>): known is { readonly found: T } {
  return 'found' in known;
}

export function foundIn<T>(known: Known<T> | undefined): T | undefined {
  return known && isFound(known) ? known.found : undefined;
}
