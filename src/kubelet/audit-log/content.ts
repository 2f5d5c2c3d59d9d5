import type { Fields } from '../../text/fields.ts';
import { parseLine } from './find-events.ts';

/** In bytes; longer ones are not parsed for this. */
const longestRecord = 100_000;

/** What a file without audit events has, by its first record: the text itself may be secret. */
export function describeContent(record: Buffer | undefined): string {
  if (!record) return 'it is empty';
  if ((record[0] === 0xff && record[1] === 0xfe) || (record[0] === 0xfe && record[1] === 0xff))
    return 'it is UTF-16, as PowerShell writes it';
  if (record.includes(0)) return 'it is not text';
  if (record.length > longestRecord) return 'it begins with a long record that is none';
  const text = record.toString('utf8');
  const [, kind] = /^(?:kind|apiVersion): ?([\w./-]{1,80})\s*$/.exec(text) ?? [];
  if (kind !== undefined) return `it is YAML of ${kind}`;
  const parsed = parseLine(text);
  if (typeof parsed === 'object') return `it is JSON ${describeJson(parsed.value)}`;
  return parsed === 'no JSON' ? 'it is text without JSON' : 'it is JSON that is not whole';
}

function describeJson(value: unknown): string {
  const { kind, apiVersion } = (value ?? {}) as Fields;
  const isName = (name: unknown) => typeof name === 'string' && /^[\w./-]{1,80}$/.test(name);
  if (!isName(kind)) return 'without audit events';
  return `of kind ${String(kind)}${isName(apiVersion) ? `, apiVersion ${String(apiVersion)}` : ''}`;
}
