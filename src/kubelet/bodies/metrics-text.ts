// The text format of Prometheus, version 0.0.4. Source: https://prometheus.io/docs/instrumenting/exposition_formats and
// expfmt/text_parse.go of prometheus/common.

const metricTypes = ['counter', 'gauge', 'histogram', 'summary', 'untyped'] as const;

export type MetricType = (typeof metricTypes)[number];

/** The values of `# TYPE` and `# HELP`; a histogram has several metrics. */
interface Family {
  readonly name: string;
  type: MetricType;
  help: string | undefined;
}

/** A bigint is a whole number beyond 2^53, with all its digits. */
export type SampleValue = number | bigint;

export interface Sample {
  readonly metric: string;
  readonly family: Readonly<Family>;
  /** Names and values in turn, in the order served. To Prometheus an empty label is an absent one. */
  readonly labels: readonly string[];
  readonly value: SampleValue;
  readonly timestampMs: number | undefined;
}

/** More than any kubelet serves; a body has 32 MiB at most. */
const mostSamples = 1_000_000;
const mostMetrics = 50_000;
const mostLabels = 1000;
const longestLabel = 64 * 1024;

/** Calls `visit` for each sample. Returns the fault of the body, or of `visit`; it is then read up to there. */
export function readMetrics(
  body: string,
  visit: (sample: Sample) => string | undefined,
): string | undefined {
  const families = openFamilies();
  if (!readHelp(body, families)) return tooManyMetrics;
  let start = 0;
  let line = 0;
  let samples = 0;
  while (start < body.length) {
    line += 1;
    const end = body.indexOf('\n', start);
    // Half a number is another number.
    if (end < 0) return `line ${line}: its end is missing`;
    const first = skipBlanks(body, start, end);
    if (body.charCodeAt(first) === hash) families.read(body.slice(first + 1, end));
    else if (first < end) {
      const sample = readSample(body, first, end, families.of);
      if (typeof sample === 'string') return `line ${line}: ${sample}`;
      samples += 1;
      if (samples > mostSamples) return `more than ${mostSamples} samples`;
      const problem = visit(sample);
      if (problem !== undefined) return problem;
    }
    if (families.count() > mostMetrics) return tooManyMetrics;
    start = end + 1;
  }
  return undefined;
}

const tooManyMetrics = `more than ${mostMetrics} metrics`;

/** Reads `# HELP`, which applies to all samples, also to those before it. Returns false for too many. */
function readHelp(body: string, families: ReturnType<typeof openFamilies>): boolean {
  const keyword = '# HELP ';
  let at = body.indexOf(keyword);
  while (at >= 0 && families.count() <= mostMetrics) {
    const end = body.indexOf('\n', at);
    if ((at === 0 || body[at - 1] === '\n') && end >= 0) families.read(body.slice(at + 1, end));
    at = body.indexOf(keyword, at + keyword.length);
  }
  return at < 0;
}

/** The family of a metric; its name is copied, as a slice would keep the body. */
type FamilyOf = (metric: string) => Pick<Sample, 'metric' | 'family'>;

function openFamilies() {
  const byName = new Map<string, Family>();
  const byMetric = new Map<string, ReturnType<FamilyOf>>();
  const open = (name: string) => {
    const found = byName.get(name) ?? { name: detached(name), type: 'untyped', help: undefined };
    byName.set(found.name, found);
    return found;
  };
  return {
    read: (comment: string): void => {
      const [, keyword, name, text = ''] =
        /^[ \t]*(HELP|TYPE)[ \t]+([^ \t]+)(?:[ \t]+(.*))?$/s.exec(comment) ?? [];
      if (name === undefined) return;
      const family = open(name);
      // Prometheus' clients take the first of two HELP lines.
      if (keyword === 'HELP') family.help ??= detached(unescaped(text));
      else family.type = metricTypes.find((type) => type === text.trim()) ?? family.type;
    },
    of: (metric: string): ReturnType<FamilyOf> => {
      const known = byMetric.get(metric);
      if (known) return known;
      const [, base = '', part] = /^(.+)_(bucket|sum|count)$/s.exec(metric) ?? [];
      const whole = byName.get(base);
      const isPart =
        whole?.type === 'histogram' || (whole?.type === 'summary' && part !== 'bucket');
      const family = isPart && whole ? whole : open(metric);
      const found = { metric: detached(metric), family };
      byMetric.set(found.metric, found);
      return found;
    },
    /** How many metrics or families there are so far. */
    count: () => Math.max(byName.size, byMetric.size),
  };
}

const hash = 0x23;
const brace = 0x7b;
const closingBrace = 0x7d;
const comma = 0x2c;
const equalsSign = 0x3d;
const quote = 0x22;

/** The sample, or its fault. */
function readSample(body: string, start: number, end: number, familyOf: FamilyOf): Sample | string {
  let at = start;
  while (at < end && isNameSign(body.charCodeAt(at), at > start, true)) at += 1;
  if (at === start) return `${found(body, at, end)} in place of the name of a metric`;
  const name = body.slice(start, at);
  const labels: string[] = [];
  at = skipBlanks(body, at, end);
  if (at < end && body.charCodeAt(at) === brace) {
    const after = readLabels(body, at + 1, end, labels);
    if (typeof after === 'string') return after;
    at = skipBlanks(body, after, end);
  } else if (at === start + name.length)
    return `${found(body, at, end)} after the name of a metric`;
  const [number = '', timestamp, more] = body
    .slice(at, end)
    .trimEnd()
    .split(/[ \t]+/, 3);
  const value = parseValue(number);
  if (value === undefined) return `${quoted(number)} in place of a value`;
  if (more !== undefined || (timestamp !== undefined && !/^-?\d{1,16}$/.test(timestamp)))
    return `${quoted(more ?? timestamp ?? '')} in place of a timestamp`;
  return {
    ...familyOf(name),
    labels,
    value,
    timestampMs: timestamp === undefined ? undefined : Number(timestamp),
  };
}

/** Returns the end of the labels, after the brace, or their fault. */
function readLabels(body: string, start: number, end: number, labels: string[]): number | string {
  let at = skipBlanks(body, start, end);
  const empty: string[] = [];
  while (body.charCodeAt(at) !== closingBrace) {
    const after = readLabel(body, at, end, labels, empty);
    if (typeof after === 'string') return after;
    if (labels.length > 2 * mostLabels) return `more than ${mostLabels} labels`;
    at = after;
  }
  return at + 1;
}

/** Returns the start of the next label, or the brace after the last, or a fault. */
function readLabel(
  body: string,
  start: number,
  end: number,
  labels: string[],
  empty: string[],
): number | string {
  let at = start;
  while (at < end && isNameSign(body.charCodeAt(at), at > start, false)) at += 1;
  if (at === start) return `${found(body, at, end)} in place of the name of a label`;
  const name = body.slice(start, at);
  if (name === '__name__') return `the label ${name} is the name of the metric`;
  if (hasLabel(labels, name) || empty.includes(name)) return `the label ${name} stands there twice`;
  at = skipBlanks(body, at, end);
  if (body.charCodeAt(at) !== equalsSign) return `${found(body, at, end)} after the label ${name}`;
  at = skipBlanks(body, at + 1, end);
  if (body.charCodeAt(at) !== quote) return `${found(body, at, end)} in place of a value in quotes`;
  const close = closingQuote(body, at + 1, end);
  if (close < 0) return `no end of the value of the label ${name}`;
  if (close - at > longestLabel) return `a label of more than ${longestLabel} characters`;
  const text = body.slice(at + 1, close);
  if (text === '') empty.push(name);
  else labels.push(name, text.includes('\\') ? unescaped(text) : text);
  at = skipBlanks(body, close + 1, end);
  if (body.charCodeAt(at) === comma) return skipBlanks(body, at + 1, end);
  return body.charCodeAt(at) === closingBrace
    ? at
    : `${found(body, at, end)} after the value of the label ${name}`;
}

/** Names and values in turn. */
function hasLabel(labels: readonly string[], name: string): boolean {
  for (let at = 0; at < labels.length; at += 2) if (labels[at] === name) return true;
  return false;
}

/** The end of a quoted string, in which a backslash escapes a quote. */
function closingQuote(body: string, start: number, end: number): number {
  let close = body.indexOf('"', start);
  while (close >= 0 && close < end) {
    let backslashes = 0;
    while (body[close - 1 - backslashes] === '\\' && close - 1 - backslashes >= start)
      backslashes += 1;
    if (backslashes % 2 === 0) return close;
    close = body.indexOf('"', close + 1);
  }
  return -1;
}

/** The end of the line if there is nothing else. */
function skipBlanks(body: string, start: number, end: number): number {
  let at = start;
  while (at < end && (body.charCodeAt(at) === 0x20 || body.charCodeAt(at) === 0x09)) at += 1;
  return at;
}

/** `[a-zA-Z_][a-zA-Z0-9_]*`, with colons in the names of metrics. */
function isNameSign(code: number, isLater: boolean, isOfMetric: boolean): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) ||
    code === 0x5f ||
    (code >= 0x41 && code <= 0x5a) ||
    (isLater && code >= 0x30 && code <= 0x39) ||
    (isOfMetric && code === 0x3a)
  );
}

function unescaped(text: string): string {
  return text.replaceAll(/\\([\\"n])/g, (_, sign: string) => (sign === 'n' ? '\n' : sign));
}

/** As Go reads a float; digits of a whole number are all kept. */
function parseValue(text: string): SampleValue | undefined {
  if (/^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i.test(text)) {
    const value = Number(text);
    // Prometheus has floats: digits after the twentieth change no float.
    if (/^[+-]?\d{16,20}$/.test(text) && !Number.isSafeInteger(value)) return BigInt(text);
    return Number.isFinite(value) ? value : undefined;
  }
  const [, sign, noNumber] = /^([+-]?)(?:inf(?:inity)?|(nan))$/i.exec(text) ?? [];
  if (sign === undefined) return undefined;
  if (noNumber !== undefined) return Number.NaN;
  return sign === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

function found(body: string, at: number, end: number): string {
  return at >= end
    ? 'the end of the line'
    : quoted(body.slice(at, at + 40).split('\n', 1)[0] ?? '');
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 20));
}

/** A piece of a text keeps the whole in memory. */
export function detached(text: string): string {
  return Buffer.from(text).toString();
}
