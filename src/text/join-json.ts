import { parseBoundedJson } from './bounded-json.ts';

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * JSON in one line: the same text, in which numbers are not rounded, without line ends, which valid JSON has in no string, and
 * without the blanks behind them. Undefined for what is not JSON in UTF-8.
 */
export function joinJson(json: Buffer): string | undefined {
  let text: string;
  try {
    text = decoder.decode(json);
  } catch {
    return undefined;
  }
  if ('problem' in parseBoundedJson(text)) return undefined;
  return text.replaceAll(/[\r\n][\t\n\r ]*/g, '');
}

/** Whether a body says or looks so. */
export function looksJson(bytes: Buffer, contentType: string): boolean {
  return /\bjson\b/i.test(contentType) || /^\s*[{[]/.test(bytes.toString('latin1', 0, 64));
}
