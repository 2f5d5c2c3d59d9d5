import { joinJson } from '../../text/join-json.ts';
import type { Body } from './outcome.ts';

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Text if it is UTF-8 without NUL, and JSON if it says or looks so and is valid. */
export function readBody(bytes: Buffer, contentType: string): Body {
  if (/\bjson\b/i.test(contentType) || /^\s*[{[]/.test(bytes.toString('latin1', 0, 64))) {
    // A broken body must not break the line or list that it is embedded in.
    const line = joinJson(bytes);
    if (line !== undefined) return { kind: 'json', bytes, line };
  }
  const text = decode(bytes);
  return text === undefined ? { kind: 'binary', bytes } : { kind: 'text', text };
}

function decode(bytes: Buffer): string | undefined {
  if (bytes.includes(0)) return undefined;
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}
