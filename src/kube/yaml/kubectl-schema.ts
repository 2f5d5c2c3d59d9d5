// A js-yaml schema that reads numbers, keys, merges and tags as kubectl's yaml.v2 and YAMLToJSON do. js-yaml's own schema of YAML 1.1
// differs.
import {
  boolYaml11Tag,
  defineMappingTag,
  defineScalarTag,
  defineSequenceTag,
  mapTag,
  NOT_RESOLVED,
  nullYaml11Tag,
  Schema,
  strTag,
} from 'js-yaml';

/** Prepares base64 as Go reads it: removes line breaks and requires padding. Returns undefined for invalid text. */
export function unwrapBase64(text: string): string | undefined {
  const packed = text.replaceAll(/[\r\n]/g, '');
  return packed.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(packed) ? packed : undefined;
}

const maxSigned = 2n ** 63n - 1n;
const maxUnsigned = 2n ** 64n - 1n;

// Allows at most 20 decimal digits, because parsing more digits would take disproportionately long.
const wholeNumber =
  /^(?<sign>[-+]?)(?:(?<based>0[xX][\da-fA-F]+|0[bB][01]+|0[oO][0-7]+)|0(?<octal>[0-7]+)|(?<decimal>0|[1-9]\d{0,19}))$/;

/**
 * Parses a whole number to a bigint, because a number used as a key must keep all its digits. As in yaml.v2, a number in base 60 is text.
 */
function whole(source: string): bigint | undefined {
  const digits = source.replaceAll('_', '');
  // Go accepts a sign after `0b`.
  const { sign, based, octal, decimal } =
    wholeNumber.exec(digits.replace(/^0b([-+])/, '$10b'))?.groups ?? {};
  const text = based ?? (octal === undefined ? decimal : `0o${octal}`);
  if (text === undefined) return undefined;
  const value = sign === '-' ? -BigInt(text) : BigInt(text);
  const max = sign === '' && !/^0b[-+]/.test(digits) ? maxUnsigned : maxSigned;
  return value >= -maxSigned - 1n && value <= max ? value : undefined;
}

function float(source: string): number | undefined {
  if (/^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/.test(source)) return Number.NaN;
  // After a leading dot, Go removes underscores only between digits.
  const digits = source.replaceAll(source.startsWith('.') ? /(?<=\d)_(?=\d)/g : '_', '');
  if (!/^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/.test(digits)) return undefined;
  const value = Number(digits);
  return Number.isFinite(value) ? value : undefined;
}

function binary(text: string): string | undefined {
  const packed = unwrapBase64(text);
  if (packed === undefined) return undefined;
  const bytes = Buffer.from(packed, 'base64');
  const decoded = bytes.toString('utf8');
  // Rejects invalid UTF-8, because Go would repair it in another way.
  return Buffer.from(decoded, 'utf8').equals(bytes) ? decoded : undefined;
}

function scalarTag(
  name: string,
  firstCharacters: string | undefined,
  read: (source: string, isExplicit: boolean) => unknown,
) {
  return defineScalarTag(name && `tag:yaml.org,2002:${name}`, {
    implicit: firstCharacters !== undefined,
    implicitFirstChars: firstCharacters?.split('') ?? null,
    matchByTagPrefix: name === '',
    resolve: (source, isExplicit) => read(source, isExplicit) ?? NOT_RESOLVED,
    identify: () => false,
  });
}

/** Whether JSON can contain the value. It cannot contain infinite numbers or NaN. */
export function isJson(value: unknown): boolean {
  return typeof value !== 'number' || Number.isFinite(value);
}

/** Converts a bigint to a number, because only keys keep all digits. */
export function toJson(value: unknown): unknown {
  return typeof value === 'bigint' ? Number(value) : value;
}

const list = defineSequenceTag('', {
  matchByTagPrefix: true,
  create: (): unknown[] => [],
  addItem: (items, item) => {
    items.push(toJson(item));
    return isJson(item) ? '' : 'number must be finite';
  },
  identify: () => false,
});

/** Number of merge keys (`<<`) so far. It shows whether `merged` belongs to the current merge. */
let merges = 0;
let merged = { into: {}, merge: 0, keys: new Set<unknown>() };

const mapping = defineMappingTag('', {
  matchByTagPrefix: true,
  create: mapTag.create,
  addPair: (fields, key, value) => {
    const text = keyText(key);
    if (text === undefined) return 'invalid map key, must be text, whole number or boolean';
    return isJson(value) ? mapTag.addPair(fields, text, toJson(value)) : 'number must be finite';
  },
  /**
   * Called only before a merge adds a key. Returns whether this merge has already added the key: as in yaml.v2, the first of several merged
   * mappings wins. A merged key replaces a key that `into` had before the merge.
   */
  has: (into, key) => {
    if (merged.into !== into || merged.merge !== merges)
      merged = { into, merge: merges, keys: new Set() };
    const isMerged = merged.keys.has(key);
    merged.keys.add(key);
    return isMerged;
  },
  keys: mapTag.keys,
  get: mapTag.get,
  identify: () => false,
});

/** Returns a key as text; undefined if kubectl rejects the key, or writes it with the digits of single precision. */
function keyText(key: unknown): string | undefined {
  if (typeof key === 'bigint') return key > maxSigned ? undefined : String(key);
  return typeof key === 'string' || typeof key === 'boolean' ? String(key) : undefined;
}

export const kubectlSchema = new Schema([
  strTag,
  nullYaml11Tag,
  boolYaml11Tag,
  scalarTag('int', '-+0123456789', whole),
  scalarTag('float', '-+.0123456789', (source, isExplicit) => {
    const integer = isExplicit ? whole(source) : undefined;
    return integer === undefined
      ? float(source)
      : integer > maxSigned
        ? undefined
        : Number(integer);
  }),
  scalarTag('merge', '<', (source) => {
    if (source !== '<<') return undefined;
    merges += 1;
    return source;
  }),
  scalarTag('binary', undefined, binary),
  scalarTag('timestamp', undefined, () => undefined),
  // Ignores any other tag, so that dates stay text.
  scalarTag('', undefined, (source) => source),
  list,
  mapping,
]);
