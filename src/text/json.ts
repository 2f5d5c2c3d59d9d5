/** Limit for a kubelet's answer. No node sends as many: 500 pods of up to 1,400 values are 700,000. */
const mostValues = 1_000_000;

/**
 * Small values take many times their text. They are counted before anything is parsed, by what stands before a value; and only where
 * it matters.
 */
export function hasMoreValues(text: string, most: number): boolean {
  if (text.length < most) return false;
  let values = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 0x22) at = endOfString(text, at);
    // A comma, bracket or brace.
    else if (code === 0x2c || code === 0x5b || code === 0x7b) values += 1;
  }
  return values > most;
}

/** Where the quotes are that end a string; the end of the text if there are none. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  for (; end >= 0; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === 0x5c) backslashes += 1;
    if (backslashes % 2 === 0) return end;
  }
  return text.length;
}

/** In bytes, of a text in memory: what is parsed of it may take as much again. */
const mostMemory = 32 * 1024 * 1024;

// One character of these makes all of a text take two bytes each.
const wide = /[^\0-\u00ff]/;

function takesTooMuch(text: string): boolean {
  return text.length > mostMemory || (text.length > mostMemory / 2 && wide.test(text));
}

/** A kubelet's JSON, or why it cannot be read: `not JSON`. */
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

/** As JSON.parse, with a bigint where a number is no exact integer. With a long number it takes several times as long. */
export function parseExactJson(text: string): unknown {
  return /\d{16}/.test(text) ? JSON.parse(text, exactInteger) : JSON.parse(text);
}

/** ECMAScript 2026 gives a reviver the text of a value. */
function exactInteger(_key: string, value: unknown, context: { readonly source?: string } = {}) {
  const { source = '' } = context;
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
  return /^-?\d+$/.test(source) ? BigInt(source) : value;
}

/** A function of JavaScript that its types lack still. */
const { rawJSON } = JSON as typeof JSON & { rawJSON(text: string): unknown };

/** As JSON.stringify, also of bigints. */
export function exactJson(value: unknown, indent = 0): string {
  return JSON.stringify(
    value,
    (_, each: unknown) => (typeof each === 'bigint' ? rawJSON(String(each)) : each),
    indent,
  );
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Undefined for what is not UTF-8. */
export function decodeUtf8(bytes: Buffer): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

/**
 * JSON in one line: the same text, in which numbers are not rounded, without line ends, which valid JSON has in no string, and
 * without the blanks after them. Undefined for what is not JSON in UTF-8.
 */
export function joinJson(json: Buffer): string | undefined {
  const text = decodeUtf8(json);
  if (text === undefined || 'problem' in parseValues(text, JSON.parse)) return undefined;
  return text.replaceAll(/[\r\n][\t\n\r ]*/g, '');
}

/** Whether a body says or looks so. */
export function looksJson(bytes: Buffer, contentType: string): boolean {
  return /\bjson\b/i.test(contentType) || /^\s*[{[]/.test(bytes.toString('latin1', 0, 64));
}
