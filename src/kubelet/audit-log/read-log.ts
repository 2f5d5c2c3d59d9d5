import type { Fields } from '../../text/fields.ts';
import { type LogRecord, recordCutter } from './cut-records.ts';
import { type AuditEntry, timeOf } from './entries.ts';
import { readAuditEvent } from './event.ts';
import { eventSign, findEvents, parseLine } from './find-events.ts';

/** What was in a log beside the entries that were read of it. */
export interface LogSummary {
  readonly isEmpty: boolean;
  /** What it has in place of audit events, for the end of a sentence; undefined if it has some. */
  readonly content: string | undefined;
  /** Records that are no audit events. */
  readonly others: number;
  /** Records that may matter, and could not be read as JSON. */
  readonly broken: number;
  /** Whether its last line ends too early. */
  readonly isCut: boolean;
  /** Records that were too long to be read. */
  readonly tooLong: number;
}

/** Reads a log part by part. */
export interface LogReader {
  read(chunk: Buffer): readonly AuditEntry[];
  end(): readonly AuditEntry[];
  summary(): LogSummary;
}

/** Reads what an audit log tells about the use of kubelets. Lines that cannot matter are not parsed. */
export function logReader(longestRecord?: number): LogReader {
  const cutter = recordCutter(longestRecord);
  let start: Buffer | undefined;
  let hasEvent = false;
  let hasBegun = false;
  let others = 0;
  let broken = 0;
  let isCut = false;

  function readRecord({ bytes, isLast }: LogRecord, entries: AuditEntry[]): void {
    if (isBlank(bytes)) return;
    start ??= bytes;
    // The time of the first event tells where the log begins.
    if (hasBegun && !mayMatter(bytes)) {
      if (!bytes.includes(eventSign)) others += 1;
      return;
    }
    const parsed = bytes.includes(eventSign) ? parseLine(bytes.toString('utf8')) : 'no JSON';
    if (parsed === 'broken JSON') {
      if (isLast) isCut = true;
      else broken += 1;
      return;
    }
    const found = parsed === 'no JSON' ? [] : [...findEvents(parsed.value)].map(readAuditEvent);
    if (found.length === 0) others += 1;
    else hasEvent = true;
    // A log store may have them in any order.
    for (const entry of found.length > 1 ? found.sort(byTime) : found) {
      if (!hasBegun && timeOf(entry) > 0) {
        hasBegun = true;
        entries.push({ kind: 'begin', atMs: timeOf(entry) });
      }
      entries.push(entry);
    }
  }

  function readAll(records: Iterable<LogRecord>): readonly AuditEntry[] {
    const entries: AuditEntry[] = [];
    for (const record of records) readRecord(record, entries);
    return entries;
  }

  return {
    read: (chunk) => readAll(cutter.cut(chunk)),
    end: () => readAll(cutter.end()),
    summary: () => ({
      isEmpty: start === undefined,
      content: hasEvent ? undefined : describeContent(start),
      ...{ others, broken, isCut, tooLong: cutter.tooLong },
    }),
  };
}

function isBlank(bytes: Buffer): boolean {
  return bytes.length < 2 && (bytes[0] ?? 0x0d) === 0x0d;
}

function byTime(a: AuditEntry, b: AuditEntry): number {
  return timeOf(a) - timeOf(b);
}

const reviews = Buffer.from('"subjectaccessreviews');
const proxy = Buffer.from('proxy');
const quote = 0x22;
const backslash = 0x5c;

/** Whether a record may hold a review, or a request for nodes/proxy; within a string of JSON, quotes have a backslash before them. */
function mayMatter(bytes: Buffer): boolean {
  if (bytes.includes(reviews)) return true;
  for (let at = bytes.indexOf(proxy); at >= 0; at = bytes.indexOf(proxy, at + proxy.length)) {
    const behind = bytes[at + proxy.length];
    if (bytes[at - 1] === quote && (behind === quote || behind === backslash)) return true;
  }
  return false;
}

/** In bytes; longer ones are not parsed for this. */
const longestRecord = 100_000;

/** What a file without audit events has, by its first record: the text itself may be secret. */
function describeContent(record: Buffer | undefined): string {
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
