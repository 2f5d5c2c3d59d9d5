import { attempt } from '../attempt.ts';

/** Limit of JSON values in a kubelet's response. Nodes send fewer: 500 pods of up to 1,400 values are 700,000. */
const mostValues = 1_000_000;

/**
 * Whether a JSON text has more than `most` values. Counts commas and opening brackets and braces, without parsing, because small values
 * take many times the memory of their text when they are parsed.
 */
export function hasMoreValues(text: string, most: number): boolean {
  if (text.length < most) return false;
  let values = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 0x22) at = endOfString(text, at);
    // A comma, an opening bracket or an opening brace.
    else if (code === 0x2c || code === 0x5b || code === 0x7b) values += 1;
  }
  return values > most;
}

/** Returns the index of the closing quote of a string; the length of the text if there is none. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  for (; end >= 0; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === 0x5c) backslashes += 1;
    if (backslashes % 2 === 0) return end;
  }
  return text.length;
}

/** Limit of a text in memory, in bytes. The parsed value may need the same amount again. */
const mostMemory = 32 * 1024 * 1024;

// If a text has one of these characters, each of its characters takes two bytes of memory.
const wide = /[^\0-\u00ff]/;

function takesTooMuch(text: string): boolean {
  return text.length > mostMemory || (text.length > mostMemory / 2 && wide.test(text));
}

/** The parsed value of JSON from a kubelet, or the reason why it cannot be read, such as `not JSON`. */
export type ParsedJson = { readonly value: unknown } | { readonly problem: string };

export function parseBoundedJson(
  text: string,
  parse: (text: string) => unknown = JSON.parse,
): ParsedJson {
  if (takesTooMuch(text)) return { problem: `more than ${mostMemory / 1024 / 1024} MiB in memory` };
  return parseValues(text, parse);
}

function parseValues(text: string, parse: (text: string) => unknown): ParsedJson {
  if (hasMoreValues(text, mostValues)) return { problem: `more than ${mostValues} values` };
  try {
    return { value: parse(text) };
  } catch {
    return { problem: 'not JSON' };
  }
}

/** Parses JSON. Integers beyond 2^53 become bigints. If the text has a long number, this is several times slower than JSON.parse. */
export function parseExactJson(text: string): unknown {
  return /\d{16}/.test(text) ? JSON.parse(text, exactInteger) : JSON.parse(text);
}

/** Returns an integer beyond 2^53 as a bigint. Needs its source text, which JSON.parse passes to a reviver since ECMAScript 2026. */
function exactInteger(_key: string, value: unknown, context: { readonly source?: string } = {}) {
  const { source = '' } = context;
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
  return /^-?\d+$/.test(source) ? BigInt(source) : value;
}

/** JSON.rawJSON. TypeScript does not have its type yet. */
const { rawJSON } = JSON as typeof JSON & { rawJSON(text: string): unknown };

/** Formats a value as JSON.stringify does. Bigints become numbers. */
export function exactJson(value: unknown, indent = 0): string {
  return JSON.stringify(
    value,
    (_, each: unknown) => (typeof each === 'bigint' ? rawJSON(String(each)) : each),
    indent,
  );
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function decodeUtf8(bytes: Buffer): string | undefined {
  return attempt(() => decoder.decode(bytes));
}

/**
 * Joins JSON to one line by removing line ends and the blanks after them. Valid JSON has no line ends within strings. The JSON is not
 * parsed and printed again, because this would round numbers. Returns undefined if the bytes are not JSON in UTF-8.
 */
export function joinJson(json: Buffer): string | undefined {
  const text = decodeUtf8(json);
  if (text === undefined || 'problem' in parseValues(text, JSON.parse)) return undefined;
  return text.replaceAll(/[\r\n][\t\n\r ]*/g, '');
}

/** Whether the content type or the first characters of a body show that it is JSON. */
export function looksJson(bytes: Buffer, contentType: string): boolean {
  return /\bjson\b/i.test(contentType) || /^\s*[{[]/.test(bytes.toString('latin1', 0, 64));
}
