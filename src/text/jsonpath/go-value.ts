import { isObject } from '../fields.ts';

/** The value within an empty `range` of a template, like the zero Value of Go's reflect. It is not equal to any JSON value. */
export const noValue = Symbol('no value');

/** Returns the entries of an object. As in JSON, leaves out undefined values. */
export function entriesOf(value: object): readonly (readonly [key: string, value: unknown])[] {
  return Object.entries(value).filter(([, each]) => each !== undefined);
}

/** Returns the entries sorted by key, as Go prints maps. */
function sortedEntries(value: object): readonly (readonly [key: string, value: unknown])[] {
  return entriesOf(value).toSorted(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

export function goType(value: unknown): string {
  if (Array.isArray(value)) return '[]interface {}';
  if (isObject(value)) return 'map[string]interface {}';
  if (typeof value === 'string') return 'string';
  if (typeof value === 'boolean') return 'bool';
  return typeof value === 'bigint' || Number.isInteger(value) ? 'int64' : 'float64';
}

/** Formats a value as Go's fmt.Sprint does: `map[a:1 b:[x y]]`, `1.5e+06`, `<nil>`. */
export function sprint(value: unknown): string {
  if (value === noValue) return '<invalid reflect.Value>';
  if (value === null || value === undefined) return '<nil>';
  if (Array.isArray(value)) return `[${value.map(sprint).join(' ')}]`;
  if (isObject(value))
    return `map[${sortedEntries(value)
      .map(([key, each]) => `${key}:${sprint(each)}`)
      .join(' ')}]`;
  return typeof value === 'number'
    ? sprintNumber(value)
    : String(value as string | bigint | boolean);
}

/** Formats a number as Go does. Whole numbers have no exponent, because kubectl decodes them as int64. */
function sprintNumber(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : value < 0 ? '-Inf' : 'NaN';
  if (Number.isInteger(value)) return String(BigInt(value));
  const [digits = '', exponent = ''] = value.toExponential().split('e');
  const power = Number(exponent);
  // Within these bounds, JavaScript and Go both write no exponent.
  if (power >= -4 && power < 6) return String(value);
  return `${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}

/**
 * Formats a value as Go's json.Marshal does, with sorted keys and escaped HTML characters. With an indent, formats it as json.MarshalIndent
 * does.
 */
export function goJson(value: unknown, indent = '', before = ''): string {
  if (!isObject(value)) return goJsonScalar(value);
  const inner = before + indent;
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  const colon = indent === '' ? ':' : ': ';
  const parts = Array.isArray(value)
    ? value.map((each) => goJson(each, indent, inner))
    : sortedEntries(value).map(
        ([key, each]) => goJsonScalar(key) + colon + goJson(each, indent, inner),
      );
  if (parts.length === 0 || indent === '') return `${open}${parts.join(',')}${close}`;
  return `${open}\n${inner}${parts.join(`,\n${inner}`)}\n${before}${close}`;
}

function goJsonScalar(value: unknown): string {
  if (typeof value === 'bigint') return String(value);
  const json = JSON.stringify(value ?? null) ?? 'null';
  return json.replaceAll(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
