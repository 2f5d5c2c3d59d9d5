import * as assert from 'uvu/assert';
import { formatLabels } from '../../../src/commands/metrics/sample-values.ts';
import { readMetrics, type Sample } from '../../../src/kubelet/bodies/metrics-text.ts';
import { anyCharacter, fc } from '../../kit/fast-check.ts';
import { fill, growth } from '../../kit/growth.ts';
import { runs } from '../../kit/random.ts';
import { suite } from '../../kit/suite.ts';

function read(body: string): readonly Sample[] {
  const samples: Sample[] = [];
  const problem = readMetrics(body, (sample) => {
    samples.push(sample);
    return undefined;
  });
  assert.is(problem, undefined);
  return samples;
}

const numberOf = (text: string) => read(`m ${text}\n`)[0]?.value;
const problemOf = (body: string) => readMetrics(body, () => undefined);

const metricName = fc.stringMatching(/^[a-zA-Z_:][a-zA-Z0-9_:]{0,12}$/);
const labelName = fc.stringMatching(/^[a-zA-Z_][a-zA-Z0-9_]{0,8}$/);
const labelValue = fc.oneof(
  fc.string({ minLength: 1, unit: anyCharacter }),
  fc.stringMatching(/^[\\"\n{},= ]{1,6}$/),
);
const blanks = fc.stringMatching(/^[ \t]{0,2}$/);
const gap = fc.stringMatching(/^[ \t]{1,2}$/);
const value = fc.oneof(
  fc.double().map((number) => (Object.is(number, -0) ? 0 : number)),
  fc.nat(),
  fc.bigInt(2n ** 53n + 1n, 2n ** 64n - 1n),
);
const anySample = fc.record({
  metric: metricName,
  labels: fc.uniqueArray(fc.tuple(labelName, labelValue), { selector: ([name]) => name }),
  value,
  timestampMs: fc.option(fc.integer(), { nil: undefined }),
  ...{ first: blanks, inner: blanks, gap, comma: fc.constantFrom('', ',') },
});

/** Returns the number as metrics are read: a whole number of 16 to 20 digits is a bigint if a float cannot represent it exactly. */
function exact(number: number | bigint): number | bigint {
  const isLong = /^-?\d{16,20}$/.test(String(number));
  return isLong && !Number.isSafeInteger(Number(number)) ? BigInt(String(number)) : Number(number);
}

function valueText(number: number | bigint): string {
  if (number === Number.POSITIVE_INFINITY) return '+Inf';
  return number === Number.NEGATIVE_INFINITY ? '-Inf' : String(number);
}

/** Writes a sample with as few escapes as possible, and with arbitrary blanks. */
function line(sample: typeof anySample extends fc.Arbitrary<infer T> ? T : never): string {
  const { metric, labels, first, inner, comma } = sample;
  const pairs = labels.map(([name, text]) => {
    const escaped = text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
    return `${inner}${name}${inner}=${inner}"${escaped}"${inner}`;
  });
  const last = pairs.length > 0 ? comma : '';
  const braces = pairs.length > 0 || comma ? `{${pairs.join(',')}${last}${inner}}` : '';
  const time = sample.timestampMs === undefined ? '' : `${sample.gap}${sample.timestampMs}`;
  return `${first}${metric}${braces || ''}${sample.gap}${valueText(sample.value)}${time}${inner}\n`;
}

const manyLabels = Array.from({ length: 2000 }, (_, index) => `b${index}="c",`).join('');

suite('metrics in the text format', (test) => {
  test('are read as they were written', () =>
    fc.assert(
      fc.property(fc.array(anySample), (samples) => {
        const found = read(`# a comment\n\n${samples.map(line).join('# HELP x y\n')}`);
        assert.equal(
          found.map(({ metric, labels, value, timestampMs }) => ({
            ...{ metric, labels, value, timestampMs },
          })),
          samples.map(({ metric, labels, value, timestampMs }) => ({
            ...{ metric, labels: labels.flat(), timestampMs },
            value: exact(value),
          })),
        );
      }),
    ));

  test('are the same after their labels are written and read back', () =>
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(labelName, labelValue), { selector: ([name]) => name }),
        (pairs) => {
          const labels = pairs.flat();
          assert.equal(read(`m{${formatLabels(labels)}} 1\n`)[0]?.labels, labels);
        },
      ),
    ));

  test('keep all digits of whole numbers, and have the values that Go parses', () => {
    assert.is(numberOf('18446744073709551615'), 18_446_744_073_709_551_615n);
    assert.is(numberOf('1.8446744073709552e+19'), 18_446_744_073_709_552_000);
    assert.is(numberOf('1e+06'), 1_000_000);
    assert.is(numberOf('-.5'), -0.5);
    assert.is(numberOf('5.'), 5);
    assert.ok(Number.isNaN(numberOf('NaN')));
    assert.is(numberOf('+Inf'), Number.POSITIVE_INFINITY);
    assert.is(numberOf('-inf'), Number.NEGATIVE_INFINITY);
    assert.is(numberOf('9'.repeat(30)), 1e30);
  });

  test('have their help text even if it follows them', () => {
    const helps: unknown[] = [];
    const problem = readMetrics('a 1\n# HELP a Late.\n# HELP a Later.\n', ({ family }) => {
      helps.push(family.help);
      return undefined;
    });
    assert.equal([helps, problem], [['Late.'], undefined]);
  });

  test('have the type and help of their family', () => {
    const samples = read(
      String.raw`# HELP h Time \\ in\nlines.
# TYPE h histogram
h_bucket{le="+Inf"} 1
h_sum 1
h_count 1
h_total 1
# TYPE s summary
s{quantile="0.5"} 1
s_sum 1
s_bucket 1
# TYPE x nonsense
x 1
`,
    );
    assert.equal(
      samples.map(({ metric, family: { name, type } }) => `${metric} ${name} ${type}`),
      [
        'h_bucket h histogram',
        'h_sum h histogram',
        'h_count h histogram',
        'h_total h_total untyped',
        's s summary',
        's_sum s summary',
        's_bucket s_bucket untyped',
        'x x untyped',
      ],
    );
    assert.is(samples[0]?.family.help, 'Time \\ in\nlines.');
  });

  for (const [body, problem] of [
    ['a 1\nb 12', 'line 2: its end is missing'],
    ['<!DOCTYPE html>\n', 'line 1: unexpected "<!DOCTYPE html>"'],
    ['a\n', 'line 1: unexpected "a"'],
    ['a-b 1\n', 'line 1: unexpected "a-b 1"'],
    ['a{b="c\nd 1\n', 'line 1: unexpected "b=\\"c"'],
    ['a{b="c\\"} 1\n', 'line 1: unexpected "b=\\"c\\\\\\"} 1"'],
    ['a{b=1} 1\n', 'line 1: unexpected "b=1} 1"'],
    ['a{b="1" c="2"} 1\n', 'line 1: unexpected "b=\\"1\\" c=\\"2\\"} 1"'],
    ['a{é="1"} 1\n', 'line 1: unexpected "é=\\"1\\"} 1"'],
    ['a\x1b[31m 1\n', 'line 1: unexpected "a\\u001b[31m 1"'],
    ['a{b="c"\n', 'line 1: unexpected "b=\\"c\\""'],
    ['a{b="c"}\n', 'line 1: unexpected end'],
    ['a 1,5\n', 'line 1: unexpected "1,5"'],
    ['a 0x1p3\n', 'line 1: unexpected "0x1p3"'],
    ['a 1e999\n', 'line 1: unexpected "1e999"'],
    ['a undefined\n', 'line 1: unexpected "undefined"'],
    ['a 1 2.5\n', 'line 1: unexpected "1 2.5"'],
    ['a 1 2 # {x="y"} 1\n', 'line 1: unexpected "1 2 # {x=\\"y\\"} 1"'],
    [`a{${manyLabels}} 1\n`, 'line 1: more than 1000 labels'],
    [
      Array.from({ length: 50_001 }, (_, index) => `a${index} 1\n`).join(''),
      'more than 50000 metrics',
    ],
    [
      Array.from({ length: 50_001 }, (_, index) => `# HELP a${index} x\n`).join(''),
      'more than 50000 metrics',
    ],
    ['a{b="1",c="2",b="1"} 1\n', 'line 1: the label b stands there twice'],
    ['a{b="",b="d"} 1\n', 'line 1: the label b stands there twice'],
    ['a{b="d",b=""} 1\n', 'line 1: the label b stands there twice'],
    ['a{__name__="b"} 1\n', 'line 1: the label __name__ is the name of the metric'],
    [`a{b="${'c'.repeat(100_000)}"} 1\n`, 'line 1: a label of more than 65536 characters'],
    ['a 1\n'.repeat(1_000_001), 'more than 1000000 samples'],
  ] as const)
    test(`are rejected with the problem: ${problem}`, () => assert.is(problemOf(body), problem));

  test('are rejected if a label has millions of escapes', () =>
    assert.match(
      problemOf(`a{b="${'\\'.repeat(16_000_000)}"} 1\n`) ?? '',
      /^line 1: unexpected "b=/,
    ));

  test('are read or rejected, whatever the text', () =>
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'a{}="\\\n 1#,\tH') }), (text) => {
        const problem = problemOf(text);
        assert.ok(problem === undefined || problem.length < 200);
      }),
      runs(2000),
    ));

  test('are read in linear time, whatever the text', () => {
    for (const part of ['\\', '\\"', '"', '{', 'a_bucket_sum', '# HELP ', ' \t', '1', '{a="']) {
      for (const before of ['a{b="', '', 'a ']) {
        const make = (length: number) => `${before}${fill(part, length)}\n`;
        assert.is(growth(problemOf, make), undefined, before + part);
      }
    }
  });
});
