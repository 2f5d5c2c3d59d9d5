// The text format of Prometheus, version 0.0.4. Source: https://prometheus.io/docs/instrumenting/exposition_formats and
// expfmt/text_parse.go of prometheus/common.

const metricTypes = ['counter', 'gauge', 'histogram', 'summary', 'untyped'] as const;

export type MetricType = (typeof metricTypes)[number];

/** Type and help of metrics, from `# TYPE` and `# HELP`. The family of a histogram has several metrics. */
interface Family {
  readonly name: string;
  type: MetricType;
  help: string | undefined;
}

/** Value of a sample; a bigint is a whole number beyond 2^53, with all its digits. */
export type SampleValue = number | bigint;

export interface Sample {
  readonly metric: string;
  readonly family: Readonly<Family>;
  /** Names and values alternate, in the order served. Empty labels are left out: for Prometheus, an empty label is absent. */
  readonly labels: readonly string[];
  readonly value: SampleValue;
  readonly timestampMs: number | undefined;
}

/** Limits above the amounts that any kubelet serves; a body has at most 32 MiB. */
const mostSamples = 1_000_000;
const mostMetrics = 50_000;
const mostLabels = 1000;
const longestLabel = 64 * 1024;

/** Calls `visit` for each sample until the body or `visit` has a problem. Returns the problem; undefined if there is none. */
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
    // A last line without its end may have half a number.
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
    if ((at === 0 || body[at - 1] === '\n') && end >= 0) families.read(body.slice(at + 1, end));
    at = body.indexOf(keyword, at + keyword.length);
  }
  return at < 0;
}

/** Returns a metric's name and family. The name is a copy, because a slice would keep the body in memory. */
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
    /** Number of metrics or of families, whichever is larger. */
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

/** Reads the sample that begins at `first`; returns a text if it is invalid. */
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
  return text.replaceAll(/\\([\\"n])/g, (_, sign: string) => (sign === 'n' ? '\n' : sign));
}

/** Parses a number as Go parses a float, but keeps all digits of a whole number. */
function parseValue(text: string): SampleValue | undefined {
  if (/^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i.test(text)) {
    const value = Number(text);
    // Longer numbers become floats, as in Prometheus, because no uint64 has more than 20 digits.
    if (/^[+-]?\d{16,20}$/.test(text) && !Number.isSafeInteger(value)) return BigInt(text);
    return Number.isFinite(value) ? value : undefined;
  }
  const [, sign, noNumber] = /^([+-]?)(?:inf(?:inity)?|(nan))$/i.exec(text) ?? [];
  if (sign === undefined) return undefined;
  if (noNumber !== undefined) return Number.NaN;
  return sign === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

/** Copies a text: a slice would keep the whole text in memory. */
export function detached(text: string): string {
  return Buffer.from(text).toString();
}
