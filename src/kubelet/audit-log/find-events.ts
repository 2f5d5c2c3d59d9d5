import type { Fields } from '../../text/fields.ts';

/** A search's answer has an event in `hits.hits[]._source`, Elastic's own agent in `kubernetes.audit` of that. */
const mostLevels = 10;

/** In every audit event, however it is packed. */
export const eventSign = 'audit.k8s.io';
const apiVersion = `${eventSign}/v1`;

/**
 * Where log stores have the line as it was written. Other texts may repeat what a client sent, which must not be taken for an
 * event.
 */
const lineKeys: ReadonlySet<string> = new Set([
  'line',
  'log',
  'message',
  '@message',
  'original',
  '_raw',
]);

/**
 * The audit events in a JSON value: itself, those of an EventList, or what a log store has around them, also as text. What is in an
 * event is not searched: clients choose it.
 */
export function findEvents(value: unknown): Iterable<Fields> {
  return eventsIn(value, { key: 'line', levels: mostLevels });
}

interface Place {
  /** Of the object that the value is in. */
  readonly key: string;
  readonly levels: number;
}

function* eventsIn(value: unknown, { key, levels }: Place): Generator<Fields> {
  if (levels === 0 || value === null) return;
  if (typeof value === 'string') {
    const inner = lineKeys.has(key) && value.includes(eventSign) ? parseLine(value) : undefined;
    if (typeof inner === 'object') yield* eventsIn(inner.value, { key, levels: levels - 1 });
    return;
  }
  if (typeof value !== 'object') return;
  if (Array.isArray(value)) {
    // The `values` of Loki are pairs of a time and a line.
    const each = key === 'values' ? 'line' : key;
    for (const inner of value) yield* eventsIn(inner, { key: each, levels: levels - 1 });
    return;
  }
  const fields = value as Fields;
  if (isEvent(fields)) yield fields;
  else if (isEventList(fields)) yield* itemsOf(fields);
  else if (!isLogged(fields))
    for (const [name, inner] of Object.entries(fields))
      yield* eventsIn(inner, { key: name, levels: levels - 1 });
}

function isEvent(fields: Fields): boolean {
  return fields['kind'] === 'Event' && fields['apiVersion'] === apiVersion;
}

function isEventList(fields: Fields): boolean {
  return fields['kind'] === 'EventList' && fields['apiVersion'] === apiVersion;
}

/** Go leaves out kind and apiVersion of what is in a list. */
function* itemsOf({ items }: Fields): Generator<Fields> {
  if (!Array.isArray(items)) return;
  for (const item of items as unknown[])
    if (typeof item === 'object' && item !== null) yield item as Fields;
}

/** A line of a component's own log in JSON, by --logging-format. */
function isLogged(fields: Fields): boolean {
  return typeof fields['ts'] === 'number' && 'msg' in fields;
}

/** In characters: a time, a stream, the names of pod and container. */
const longestStart = 1000;

/**
 * The JSON that a line is, or ends with: log files and `kubectl logs --prefix --timestamps` have something before it. A line of a
 * component's own log is not read.
 */
export function parseLine(line: string): { readonly value: unknown } | 'no JSON' | 'broken JSON' {
  const start = line.slice(0, longestStart).search(/[[{](?=\s*["[{\]}])/);
  if (start < 0 || isKlog(line.slice(0, start))) return 'no JSON';
  try {
    return { value: JSON.parse(start === 0 ? line : line.slice(start)) as unknown };
  } catch {
    return 'broken JSON';
  }
}

/** `I1127 21:50:57.610433       1 trace.go:236] …` */
function isKlog(start: string): boolean {
  return /(?:^|\s)[IWEF]\d{4} \d\d:\d\d:\d\d/.test(start);
}
