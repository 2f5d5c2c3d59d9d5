// The text format of Prometheus, version 0.0.4. Source: https://prometheus.io/docs/instrumenting/exposition_formats and
// expfmt/text_parse.go of prometheus/common.

export const metricTypes = ['counter', 'gauge', 'histogram', 'summary', 'untyped'] as const;

export type MetricType = (typeof metricTypes)[number];

/**
 * Type and help of a metric family, from its `# TYPE` and `# HELP` lines. The family of a histogram consists of several metrics.
 */
interface Family {
  readonly name: string;
  type: MetricType;
  help: string | undefined;
}

/** Value of a sample. A whole number above 2^53 is a bigint, so that it keeps all digits. */
export type SampleValue = number | bigint;

export interface Sample {
  readonly metric: string;
  readonly family: Readonly<Family>;
  /**
   * Each label name, followed by its value, in the order served. Labels with empty values are left out, because Prometheus treats
   * them as absent.
   */
  readonly labels: readonly string[];
  readonly value: SampleValue;
  readonly timestampMs: number | undefined;
}

/** Limits that no kubelet reaches. A body has at most 32 MiB. */
const mostSamples = 1_000_000;
const mostMetrics = 50_000;
const mostLabels = 1000;
const longestLabel = 64 * 1024;

/**
 * Calls `visit` for each sample, and stops at the first problem: the body is invalid, or `visit` returns a problem. Returns this
 * problem; undefined if there is none.
 */
export function readMetrics(
  body: string,
  visit: (sample: Sample) => string | undefined,
): string | undefined {
  const families = openFamilies();
  if (!readHelp(body, families)) return tooManyMetrics;
  let start = 0;
  let samples = 0;
  for (let line = 1; start < body.length; line += 1) {
    const end = body.indexOf('\n', start);
    // If the last line has no line feed, it may have been cut within a number.
    if (end < 0) return `line ${line}: its end is missing`;
    const first = matchAt(blanks, body, start);
    start += first?.[0].length ?? 0;
    if (body[start] === '#') families.read(body.slice(start + 1, end));
    else if (start < end) {
      const sample = readSample(body, start, families.of);
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

/** Reads the `# HELP` lines, which also apply to samples before them. Returns false if there are too many metrics. */
function readHelp(body: string, families: ReturnType<typeof openFamilies>): boolean {
  const keyword = '# HELP ';
  let at = body.indexOf(keyword);
  while (at >= 0 && families.count() <= mostMetrics) {
    const end = body.indexOf('\n', at);
    if (end < 0) return true;
    if (at === 0 || body[at - 1] === '\n') families.read(body.slice(at + 1, end));
    at = body.indexOf(keyword, end);
  }
  return at < 0;
}

/** Returns the name and family of a metric. Copies the name, because a slice would keep the whole body in memory. */
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
      // If a family has two HELP lines, clients of Prometheus take the first.
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
    count: () => Math.max(byName.size, byMetric.size),
  };
}

const blanks = /[ \t]*/y;
const sampleStart = /([a-zA-Z_:][a-zA-Z0-9_:]*)(?:[ \t]*(\{)[ \t]*|[ \t]+)/y;
const label =
  /([a-zA-Z_][a-zA-Z0-9_]*)[ \t]*=[ \t]*"([^"\\\n]*(?:\\[^\n][^"\\\n]*){0,65536})"[ \t]*(?:,[ \t]*|(?=\}))/y;
const rest = /[ \t]*(\S+)(?:[ \t]+(-?\d{1,16}))?[^\S\n]*\n/y;

function matchAt(pattern: RegExp, body: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(body);
}

/** Reads the sample that begins at index `first`. If the sample is invalid, returns the problem as a text. */
function readSample(body: string, first: number, familyOf: FamilyOf): Sample | string {
  const [head, metric = '', brace] = matchAt(sampleStart, body, first) ?? [];
  if (head === undefined) return unexpected(body, first);
  let at = first + head.length;
  const labels: string[] = [];
  if (brace) {
    const names: string[] = [];
    for (; body[at] !== '}'; ) {
      const [whole, name = '', text = ''] = matchAt(label, body, at) ?? [];
      if (whole === undefined) return unexpected(body, at);
      if (name === '__name__') return `the label ${name} is the name of the metric`;
      if (names.includes(name)) return `the label ${name} stands there twice`;
      if (text.length > longestLabel) return `a label of more than ${longestLabel} characters`;
      if (names.push(name) > mostLabels) return `more than ${mostLabels} labels`;
      if (text !== '') labels.push(name, text.includes('\\') ? unescaped(text) : text);
      at += whole.length;
    }
    at += 1;
  }
  const [, number = '', timestamp] = matchAt(rest, body, at) ?? [];
  const value = parseValue(number);
  if (value === undefined) return unexpected(body, at);
  const timestampMs = timestamp === undefined ? undefined : Number(timestamp);
  return { ...familyOf(metric), labels, value, timestampMs };
}

function unexpected(body: string, at: number): string {
  const [text = ''] = body.slice(at, at + 20).split('\n', 1);
  return `unexpected ${text === '' ? 'end' : JSON.stringify(text)}`;
}

function unescaped(text: string): string {
  return text.replaceAll(/\\([\\"n])/g, (_, each: string) => (each === 'n' ? '\n' : each));
}

/** Parses a float as Go does, but keeps all digits of a whole number. */
function parseValue(text: string): SampleValue | undefined {
  if (/^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i.test(text)) {
    const value = Number(text);
    // Numbers of more than 20 digits become floats, as in Prometheus, because they exceed a uint64.
    if (/^[+-]?\d{16,20}$/.test(text) && !Number.isSafeInteger(value)) return BigInt(text);
    return Number.isFinite(value) ? value : undefined;
  }
  const [, sign, noNumber] = /^([+-]?)(?:inf(?:inity)?|(nan))$/i.exec(text) ?? [];
  if (sign === undefined) return undefined;
  if (noNumber !== undefined) return Number.NaN;
  return sign === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

/** Copies a slice of a text, because the slice would keep the whole text in memory. */
export function detached(text: string): string {
  return Buffer.from(text).toString();
}
