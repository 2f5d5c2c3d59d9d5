import { unwrapBase64 } from './base64.ts';

/** Integers are bigint, because a key is written with all its digits. */
export type Scalar = string | boolean | number | bigint | null;

const words: ReadonlyMap<string, Scalar> = new Map<string, Scalar>([
  ...spellings(null, '', '~', 'null', 'Null', 'NULL'),
  ...spellings(true, 'y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'),
  ...spellings(false, 'n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'),
  ...spellings(Number.NaN, '.nan', '.NaN', '.NAN'),
  ...spellings(Number.POSITIVE_INFINITY, '.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF'),
  ...spellings(Number.NEGATIVE_INFINITY, '-.inf', '-.Inf', '-.INF'),
]);

function spellings(value: Scalar, ...texts: string[]): [string, Scalar][] {
  return texts.map((text) => [text, value]);
}

/** Resolves a plain scalar as yaml.v2 does: dates and base 60 numbers stay text. */
export function plainScalar(text: string): Scalar {
  // Longer text is not a word, and hashing certificates is slow.
  const word = text.length > 5 ? undefined : words.get(text);
  if (word !== undefined) return word;
  if (!/^[-+.\d]/.test(text)) return text;
  // After a leading dot, Go removes underscores only between digits.
  if (text.startsWith('.')) return float(text.replaceAll(/(?<=\d)_(?=\d)/g, '')) ?? text;
  const digits = text.replaceAll('_', '');
  return whole(digits) ?? float(digits) ?? text;
}

/** Resolves a scalar with an explicit tag; undefined if the tag does not match or is not supported. */
export function taggedScalar(tag: string, text: string): Scalar | undefined {
  const value = plainScalar(text);
  switch (tag) {
    case 'tag:yaml.org,2002:null':
      return value === null ? value : undefined;
    case 'tag:yaml.org,2002:bool':
      return typeof value === 'boolean' ? value : undefined;
    case 'tag:yaml.org,2002:int':
      return typeof value === 'bigint' ? value : undefined;
    case 'tag:yaml.org,2002:float':
      if (typeof value === 'number') return value;
      return typeof value === 'bigint' && value <= maxSigned ? Number(value) : undefined;
    case 'tag:yaml.org,2002:binary':
      return binary(text);
    case 'tag:yaml.org,2002:timestamp':
      return undefined;
    default:
      return text;
  }
}

/** The JSON key; undefined if kubectl rejects the key. */
export function keyText(key: Scalar): string | undefined {
  if (key === null || (typeof key === 'bigint' && key > maxSigned)) return undefined;
  return typeof key === 'number' ? singleFloat(key) : String(key);
}

const maxSigned = 2n ** 63n - 1n;
const maxUnsigned = 2n ** 64n - 1n;

// At most 20 decimal digits fit: parsing time grows faster than the number of digits.
const wholeNumber =
  /^(?<sign>[-+]?)(?:(?<based>0[xX][\da-fA-F]+|0[bB][01]+|0[oO][0-7]+)|0(?<octal>[0-7]+)|(?<decimal>0|[1-9]\d{0,19}))$/;

function whole(digits: string): bigint | undefined {
  // Go accepts a sign after `0b`.
  const { sign, based, octal, decimal } =
    wholeNumber.exec(digits.replace(/^0b([-+])/, '$10b'))?.groups ?? {};
  const text = based ?? (octal === undefined ? decimal : `0o${octal}`);
  if (text === undefined) return undefined;
  const value = sign === '-' ? -BigInt(text) : BigInt(text);
  const max = sign === '' && !/^0b[-+]/.test(digits) ? maxUnsigned : maxSigned;
  return value >= -maxSigned - 1n && value <= max ? value : undefined;
}

function float(digits: string): number | undefined {
  if (!/^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/.test(digits)) return undefined;
  const value = Number(digits);
  return Number.isFinite(value) ? value : undefined;
}

function binary(text: string): string | undefined {
  const packed = unwrapBase64(text);
  if (packed === undefined) return undefined;
  const bytes = Buffer.from(packed, 'base64');
  const decoded = bytes.toString('utf8');
  // Go repairs invalid UTF-8 differently.
  return Buffer.from(decoded, 'utf8').equals(bytes) ? decoded : undefined;
}

/** Go writes a float key with the digits of single precision. */
function singleFloat(value: number): string {
  const single = Math.fround(value);
  if (Number.isNaN(single)) return '.nan';
  if (!Number.isFinite(single)) return single > 0 ? '.inf' : '-.inf';
  let precision = 1;
  while (Math.fround(Number(single.toPrecision(precision))) !== single) precision++;
  const [mantissa, exponent] = single.toExponential(precision - 1).split('e') as [string, string];
  const sign = Object.is(single, -0) ? '-' : '';
  if (Number(exponent) >= -4 && Number(exponent) < 6)
    return sign + String(Number(`${mantissa}e${exponent}`));
  return `${mantissa}e${exponent.replace(/^([-+])(\d)$/, '$10$2')}`;
}
