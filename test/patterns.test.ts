import { globSync, readFileSync } from 'node:fs';
import jsTokens from 'js-tokens';
import * as assert from 'uvu/assert';
import { trimSpace } from '../src/kube/config/credentials.ts';
import { parseKubeletRefusal } from '../src/kubelet/refusal.ts';
import { parseApiServerRefusal } from '../src/rbac/api-server-refusal.ts';
import { parseEscalation } from '../src/rbac/escalation.ts';
import { parseSubject } from '../src/rbac/subject.ts';
import { parseDuration } from '../src/text/duration.ts';
import { cutText, escapeControlBlock, hasInvisible } from '../src/text/escape.ts';
import { Secrets } from '../src/text/secrets.ts';
import { suite } from './kit/suite.ts';

/** Patterns that never see a long text, and why. */
const bounded: Readonly<Record<string, string>> = {
  [String.raw`(\d+\.?\d*|\.\d+)(ns|us|\u00b5s|\u03bcs|ms|s|m|h)`]:
    'parseDuration rejects long texts',
  [String.raw`\B(?=(?:\d{3})+$)`]: 'the digits of a number',
  [String.raw`\/\{.*$`]: 'paths of our own table',
  [String.raw`^-----BEGIN CERTIFICATE-----[\s\S]*?^-----END CERTIFICATE-----`]:
    'a text that begins with the only such line in it',
  [String.raw`^.*?subresource[^=]*=[^)]*\)?`]: 'a text that it matches, by parseKubeletRefusal',
};

interface Pattern {
  readonly place: string;
  readonly source: string;
  readonly flags: string;
}

const patterns: readonly Pattern[] = globSync('src/**/*.ts')
  .sort()
  .flatMap((place) =>
    [...jsTokens(readFileSync(place, 'utf8'))]
      .filter(({ type }) => type === 'RegularExpressionLiteral')
      .map(({ value }) => {
        const end = value.lastIndexOf('/');
        return { place, source: value.slice(1, end), flags: value.slice(end + 1) };
      }),
  );

/** In characters. A linear pattern reads so many in a millisecond, a quadratic one takes seconds for the last. */
const lengths = [200, 800, 3200, 12_800, 51_200];
const slowMs = 15;

/** The ms that `use` takes for a text; the least of a few, as others use this machine too. */
function cost(use: (text: string) => unknown, text: string): number {
  let least = Number.POSITIVE_INFINITY;
  for (let count = 0; count < 4 && (count === 0 || least > slowMs); count += 1) {
    const start = performance.now();
    use(text);
    least = Math.min(least, performance.now() - start);
  }
  return least;
}

/** Undefined if a text of twice the length takes about twice as long. */
function growth(use: (text: string) => unknown, make: (length: number) => string) {
  const length = lengths.find((each) => cost(use, make(each)) > slowMs);
  if (length === undefined) return undefined;
  // Others use this machine, too: what is slow by itself is slow each time.
  const times = Array.from({ length: 4 }, () => [
    cost(use, make(length / 2)),
    cost(use, make(length)),
  ]);
  const isSlow = times.every(([one = 0, two = 0]) => two > slowMs && two > one * 2.9);
  return isSlow ? `${times.join(' ms, then ')} ms, for twice the length` : undefined;
}

/** What makes a pattern that is not linear begin again and again, or try each way to divide a text. */
function attacks(pieces: readonly string[]): readonly ((length: number) => string)[] {
  return pieces.flatMap((piece) =>
    ['\0', '\n!'].flatMap((end) => {
      const repeated = (size: number) => piece.repeat(Math.ceil(size / piece.length)) + end;
      const last = piece.at(-1) ?? 'a';
      return [
        repeated,
        (size: number) => `a${repeated(size)}`,
        (size: number) => piece + last.repeat(size) + end,
      ];
    }),
  );
}

/** Beginnings of texts that a pattern matches, roughly, and the words in it. */
function piecesOf({ source, flags }: Pattern): readonly string[] {
  const words = source.split(/[\\()[\]{}|*+?.^$]+/).filter((word) => word.length > 1);
  const samples = source
    .replaceAll(/\(\?(?:[:=!]|<[=!]|<\w+>)/g, '(')
    .replaceAll(/\[(?:[^\]\\]|\\.)*\]|\\[SwW]|(?<!\\)\./g, 'x')
    .replaceAll(/\\d/g, '0')
    .replaceAll(/\\[sb]/g, ' ')
    .replaceAll(/(?<!\\)(?:[*+?^$()]|\{\d+,?\d*\})/g, '')
    .split(/(?<!\\)\|/)
    .map((text) => text.replaceAll(/\\(.)/g, '$1'));
  const starts = samples.flatMap((text) =>
    [1, 0.6, 0.3].map((share) => text.slice(0, Math.ceil(Math.min(text.length, 200) * share))),
  );
  const pieces = [...new Set([...words, ...starts, ...'a0 "/\t'])].filter((piece) => piece !== '');
  return flags.includes('m') ? pieces.flatMap((piece) => [piece, `${piece}\n`]) : pieces;
}

suite('patterns that read the words of servers and users', (test) => {
  test(
    `take twice as long for twice the text: all ${patterns.length} in src`,
    () => {
      assert.ok(patterns.length > 200);
      const slow = patterns.flatMap((pattern) => {
        if (bounded[pattern.source] !== undefined) return [];
        const use = (text: string) => text.replace(new RegExp(pattern.source, pattern.flags), '');
        return attacks(piecesOf(pattern)).flatMap((make) => {
          const found = growth(use, make);
          return found === undefined
            ? []
            : [`${pattern.place}: /${pattern.source}/: ${JSON.stringify(make(20))}: ${found}`];
        });
      });
      assert.equal([...new Map(slow.map((each) => [each.split(': "')[0], each])).values()], []);
    },
    { timeoutMs: 240_000 },
  );

  const secrets = new Secrets();
  for (let index = 0; index < 9; index += 1) secrets.add(`${'ab'.repeat(40)}${index}`);
  const readers: Readonly<Record<string, (text: string) => unknown>> = {
    parseApiServerRefusal,
    parseEscalation,
    parseKubeletRefusal,
    parseSubject,
    parseDuration,
    trimSpace,
    hasInvisible,
    escapeControlBlock,
    cutText: (text) => cutText(text, 10),
    mask: (text) => secrets.mask(text),
    addUrls: (text) => new Secrets().addUrls(text),
  };
  const pieces = [
    ...['"', String.raw`\"`, String.raw`"\"`, '""', '" "', String.raw`\\"`, ' ', '\u3000', '\n'],
    ...[
      'User "',
      'User "a" cannot get resource "',
      '"a" is forbidden: ',
      '" is forbidden: User "a',
    ],
    ...[': user "', ': user "a" (groups=["', '{A:[', '{A:["a"], ', ': user "a" (groups=["a" "'],
    ...['Forbidden (user=', 'Forbidden (user=a, verb=', ', verb=get, resource=nodes, subresource='],
    ...['//', '//a@', '//a:b', 'ab', 'abababab', '1', '1h', '.', 'a:', '\u202e', '\ud800'],
  ];
  for (const [name, use] of Object.entries(readers))
    test(`take twice as long for twice the text: ${name}`, () => {
      for (const before of ['', 'User "a', 'x" is forbidden: '])
        for (const after of [
          '',
          '" is forbidden: User "a" cannot get resource "b" in API group ""',
        ])
          for (const make of attacks(pieces)) {
            const whole = (size: number) => before + make(size) + after;
            assert.is(growth(use, whole), undefined, JSON.stringify(whole(20)));
          }
    });
});
