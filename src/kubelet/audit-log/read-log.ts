import type { Fields } from '../../text/fields.ts';
import { type LogRecord, recordCutter } from './cut-records.ts';
import { type AuditEntry, timeOf } from './entries.ts';
import { readAuditEvent } from './event.ts';

export interface LogSummary {
  readonly isEmpty: boolean;
  /** Why the log has no audit events, as the end of a sentence. Undefined if the log has audit events. */
  readonly content: string | undefined;
  /** Number of records that are not audit events. */
  readonly others: number;
  /** Number of records that contain the API version of audit events but are not valid JSON. */
  readonly broken: number;
  readonly isCut: boolean;
  readonly tooLong: number;
}

export interface LogReader {
  read(chunk: Buffer): readonly AuditEntry[];
  end(): readonly AuditEntry[];
  summary(): LogSummary;
}

/** Reads those entries of an audit log that are about the use of kubelets. Does not parse other lines as JSON. */
export function logReader(longestRecord?: number): LogReader {
  const cutter = recordCutter(longestRecord);
  const counts = { events: 0, others: 0, irrelevant: 0, broken: 0, cut: 0 };
  let first: Buffer | undefined;
  let hasBegun = false;

  function* read(records: Iterable<LogRecord>): Generator<AuditEntry> {
    for (const record of records) {
      if (isBlank(record.bytes)) continue;
      first ??= record.bytes;
      const { kind, entries = [] } = readRecord(record, hasBegun);
      counts[kind] += 1;
      for (const entry of entries) {
        if (!hasBegun && timeOf(entry) > 0) {
          hasBegun = true;
          yield { kind: 'begin', atMs: timeOf(entry) };
        }
        yield entry;
      }
    }
  }

  return {
    read: (chunk) => [...read(cutter.cut(chunk))],
    end: () => [...read(cutter.end())],
    summary: () => ({
      isEmpty: first === undefined,
      content: counts.events > 0 ? undefined : describeContent(first),
      others: counts.others,
      broken: counts.broken,
      isCut: counts.cut > 0,
      tooLong: cutter.tooLong,
    }),
  };
}

interface ReadRecord {
  readonly kind: 'events' | 'others' | 'irrelevant' | 'broken' | 'cut';
  readonly entries?: readonly AuditEntry[];
}

/** Reads a record. Until an event with a time is found, parses every record, because the first time shows when the log begins. */
function readRecord({ bytes, isLast }: LogRecord, hasBegun: boolean): ReadRecord {
  if (!bytes.includes(eventSign)) return { kind: 'others' };
  if (hasBegun && !mayMatter(bytes)) return { kind: 'irrelevant' };
  const parsed = parseLine(bytes.toString('utf8'));
  if (parsed === 'no JSON') return { kind: 'others' };
  if (parsed === 'broken JSON') return { kind: isLast ? 'cut' : 'broken' };
  // Sorts the entries, because a log store may return events in any order.
  const entries = [...eventsIn(parsed.value)]
    .map(readAuditEvent)
    .sort((a, b) => timeOf(a) - timeOf(b));
  return entries.length > 0 ? { kind: 'events', entries } : { kind: 'others' };
}

function isBlank(bytes: Buffer): boolean {
  return bytes.length < 2 && (bytes[0] ?? 0x0d) === 0x0d;
}

const reviews = Buffer.from('"subjectaccessreviews');
const proxy = Buffer.from('proxy');
const quote = 0x22;
const backslash = 0x5c;

/**
 * Whether a record may contain a SubjectAccessReview or a request for nodes/proxy. In JSON within a JSON string, a backslash comes
 * before each quote.
 */
function mayMatter(bytes: Buffer): boolean {
  if (bytes.includes(reviews)) return true;
  for (let at = bytes.indexOf(proxy); at >= 0; at = bytes.indexOf(proxy, at + proxy.length)) {
    const next = bytes[at + proxy.length];
    if (bytes[at - 1] === quote && (next === quote || next === backslash)) return true;
  }
  return false;
}

/** Maximum length in bytes of a record that is parsed to describe the file. */
const longestRecord = 100_000;

/** Describes a file without audit events by its first record. Does not quote the record, because it may contain secrets. */
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

/**
 * Maximum depth at which events are searched. Elasticsearch returns events in `hits.hits[]._source`, and Elastic Agent adds
 * `kubernetes.audit`.
 */
const mostLevels = 10;

/** Text that every audit event contains, in any encoding of a log store. */
const eventSign = 'audit.k8s.io';
const apiVersion = `${eventSign}/v1`;

/** Keys under which log stores keep the original line. Other texts are not searched for events, because clients may have written them. */
const lineKeys: ReadonlySet<string> = new Set([
  'line',
  'log',
  'message',
  '@message',
  'original',
  '_raw',
]);

/**
 * Finds the audit events in a JSON value: an Event, an EventList, or a record of a log store that contains them as JSON or text.
 * Does not search within an Event, because clients choose its content.
 * @param key the key of the value in its object
 */
function* eventsIn(value: unknown, key = 'line', levels = mostLevels): Generator<Fields> {
  if (levels === 0 || value === null) return;
  if (typeof value === 'string') {
    const inner = lineKeys.has(key) && value.includes(eventSign) ? parseLine(value) : undefined;
    if (typeof inner === 'object') yield* eventsIn(inner.value, key, levels - 1);
    return;
  }
  if (typeof value !== 'object') return;
  if (Array.isArray(value)) {
    // In the `values` of Loki, each item contains a time and a line.
    const each = key === 'values' ? 'line' : key;
    for (const inner of value) yield* eventsIn(inner, each, levels - 1);
    return;
  }
  const fields = value as Fields;
  if (isOfKind('Event', fields)) yield fields;
  else if (isOfKind('EventList', fields)) yield* itemsOf(fields);
  else if (!isLogged(fields))
    for (const [name, inner] of Object.entries(fields)) yield* eventsIn(inner, name, levels - 1);
}

function isOfKind(kind: 'Event' | 'EventList', fields: Fields): boolean {
  return fields['kind'] === kind && fields['apiVersion'] === apiVersion;
}

/** Returns the items of an EventList. The items have no kind and apiVersion, because Go leaves them out. */
function* itemsOf({ items }: Fields): Generator<Fields> {
  if (!Array.isArray(items)) return;
  for (const item of items as unknown[])
    if (typeof item === 'object' && item !== null) yield item as Fields;
}

/** Whether the fields are a line that a component logs about itself in JSON (--logging-format=json). */
function isLogged(fields: Fields): boolean {
  return typeof fields['ts'] === 'number' && 'msg' in fields;
}

/** Maximum length in characters of the text before the JSON: a time, a stream, and the names of pod and container. */
const longestStart = 1000;

/**
 * Parses the JSON at the end of a line. Log files and `kubectl logs --prefix --timestamps` put text before it. Returns `no JSON`
 * for klog lines, because JSON in their messages is no audit event.
 */
function parseLine(line: string): { readonly value: unknown } | 'no JSON' | 'broken JSON' {
  const start = line.slice(0, longestStart).search(/[[{](?=\s*["[{\]}])/);
  if (start < 0 || isKlog(line.slice(0, start))) return 'no JSON';
  try {
    return { value: JSON.parse(start === 0 ? line : line.slice(start)) as unknown };
  } catch {
    return 'broken JSON';
  }
}

/** Whether the text is the start of a klog line: `I1127 21:50:57.610433       1 trace.go:236] …` */
function isKlog(start: string): boolean {
  return /(?:^|\s)[IWEF]\d{4} \d\d:\d\d:\d\d/.test(start);
}
