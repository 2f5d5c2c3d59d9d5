import type { Body } from './outcome.ts';

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Text if it is UTF-8 without NUL, and JSON if it says or looks so and is valid. */
export function readBody(bytes: Buffer, contentType: string): Body {
  const text = decode(bytes);
  if (text === undefined) return { kind: 'binary', bytes };
  const mayBeJson = /\bjson\b/i.test(contentType) || /^\s*[{[]/.test(text);
  return { kind: mayBeJson && isJson(text) ? 'json' : 'text', text };
}

function decode(bytes: Buffer): string | undefined {
  if (bytes.includes(0)) return undefined;
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

/** A broken body must not break the line or list that it is embedded in. */
function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
