export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** A JSON object with unchecked fields. */
export type Fields = Readonly<Record<string, unknown>>;

export function isFields(value: unknown): value is Fields {
  return isObject(value) && !Array.isArray(value);
}
