import { globSync, readFileSync } from 'node:fs';
import jsTokens from 'js-tokens';
import * as assert from 'uvu/assert';
import { trimSpace } from '../src/kube/config/credentials.ts';
import { parseHostPort } from '../src/kubelet/address.ts';
import { readAuthorization } from '../src/kubelet/authorization-result.ts';
import { causeInResponse, causesIn, findResponseCause } from '../src/kubelet/causes/causes.ts';
import { parseKubeletDenial } from '../src/kubelet/denial.ts';
import { explain } from '../src/kubelet/explain/explain.ts';
import { findRelayedFailure } from '../src/kubelet/explain/relayed-failure.ts';
import { parseApiServerDenial } from '../src/rbac/api-server-denial.ts';
import { parseEscalation } from '../src/rbac/escalation.ts';
import { allows } from '../src/rbac/permission.ts';
import { parseSubject } from '../src/rbac/subject.ts';
import { parseDuration } from '../src/text/duration.ts';
import { cutText, escapeControlBlock, hasInvisible } from '../src/text/escape.ts';
import { Secrets } from '../src/text/secrets.ts';
import { fill, growth } from './kit/growth.ts';
import { shareOf, sweeps } from './kit/random.ts';
import { suite } from './kit/suite.ts';
import { recognised } from './kubelet/explain/explain-texts.ts';
import { foreign } from './kubelet/explain/foreign-texts.ts';
import { pasted } from './kubelet/explain/pasted-texts.ts';

/** Regular expressions that never get a long text, and the reason. */
const bounded: Readonly<Record<string, string>> = {
  [String.raw`(\d+\.?\d*|\.\d+)(ns|us|\u00b5s|\u03bcs|ms|s|m|h)`]:
    'parseDuration rejects long texts',
  [String.raw`\B(?=(?:\d{3})+$)`]: 'the digits of a number',
  [String.raw`\/\{.*$`]: 'paths of our own table',
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
  )
  // A regular expression without a repetition takes linear time.
  .filter(({ source }) => /[*+{]/.test(source));

/**
 * Returns functions that make texts of any length. On such a text, a non-linear regular expression starts to match at many positions, or
 * tries many ways to divide the text.
 */
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

const seen = { hop: 'apiserver-to-kubelet', speaker: 'other', address: undefined } as const;
const secrets = new Secrets();
for (let index = 0; index < 9; index += 1) secrets.add(`${'ab'.repeat(40)}${index}`);

/** Functions that read a text of any length from a server or a user. */
const readers: Readonly<Record<string, (text: string) => unknown>> = {
  explain,
  findRelayedFailure,
  causesIn: (text) => causesIn(text, seen),
  answerIn: (text) => [causeInResponse(text, seen, 'first'), causeInResponse(text, seen)],
  findAnswerCause: (text) => [401, 403, 404, 405, 500].map((code) => findResponseCause(code, text)),
  readAuthorization: (text) => [403, 404, 500].map((code) => readAuthorization(code, text)),
  parseKubeletDenial,
  parseApiServerDenial,
  parseEscalation,
  parseHostPort,
  parseSubject: (text) => [text, `serviceaccount:a:${text}`].map(parseSubject),
  allows: (url) =>
    allows({ verbs: ['get'], nonResourceURLs: [`${url}*`] }, { url: '/metrics', verb: 'get' }),
  parseDuration,
  trimSpace,
  hasInvisible,
  escapeControlBlock,
  cutText: (text) => cutText(text, 10),
  mask: (text) => secrets.mask(text),
  addUrls: (text) => new Secrets().addUrls(text),
  addWord: (text) => new Secrets().addWord(text),
};

const delimiters = [
  ...'"\'`\\ \t\n\r\xa0\x1b>()[]{}<$%*.,:;/|-_=01xXaAé\ud83d',
  ...'\\" \\\\" \x1b[ \\x1b[ [[ <a &lt; ${ 10. 1.2.3. :: :1 [:: a. a- x.x. IP_ a* *x **/ ""'.split(
    ' ',
  ),
  ...'> |"a" |"\\"|" "|lookup |dial tcp |curl https://|\ncurl \\\n|, verb=|: user "'.split('|'),
  ...'https://|http://a|https://a/|https://a:1/b |Get "https://|Get "https://a:10250/b": '.split(
    '|',
  ),
  ...'User "|User "a" cannot get |User "a" cannot get resource "|"a" is forbidden: '.split('|'),
  ...'" is forbidden: User "|Forbidden (user=|Forbidden (user=a, verb=|{APIGroups:["'.split('|'),
  ', verb=get, resource=nodes, subresource(s)=[',
  ': user "a" (groups=["',
  ': user "a" (groups=[]) is attempting to grant RBAC permissions not currently held:\n{',
  '{APIGroups:[""], Resources:["a"], Verbs:["get"]}\n',
  ...'RBAC DENY: user "|RBAC DENY: user "a" groups [|Failed to connect to a port 1 '.split('|'),
  'the server is currently unable to handle the request (',
  'the server has asked for the client to provide credentials (get ',
  'unable to handle the request (get a.metrics.k8s.io',
  'csr-a 1d kubernetes.io/kubelet-serving ',
  ...'Name: a\n|Name: a\nRequesting User: system:node:a\n|x509\n|x509 a\nEOF: EOF\n'.split('|'),
  ...'"kind":"Status"|"kind":"Status","message":|certificate is valid for '.split('|'),
  'failing or missing response from ',
];

/** Texts that are repeated. A parser of denials could start again at each of them. */
const pieces = [
  ...['"', String.raw`\"`, String.raw`"\"`, '""', '" "', String.raw`\\"`, ' ', '\u3000', '\n'],
  ...['User "', 'User "a" cannot get resource "', '"a" is forbidden: ', '" is forbidden: User "a'],
  ...[': user "', ': user "a" (groups=["', '{A:[', '{A:["a"], ', ': user "a" (groups=["a" "'],
  ...['Forbidden (user=', 'Forbidden (user=a, verb=', ', verb=get, resource=nodes, subresource='],
  ...['//', '//a@', '//a:b', 'ab', 'abababab', '1', '1h', '.', 'a:', '\u202e', '\ud800'],
];

/** Returns the text, its first 4 or 10 words, and its last 4 or 10 words. */
function cutsOf(text: string): readonly string[] {
  const words = text.split(' ');
  return [
    text,
    ...[4, 10]
      .filter((count) => count < words.length)
      .flatMap((count) => [
        `${words.slice(0, count).join(' ')} `,
        ` ${words.slice(-count).join(' ')}`,
      ]),
  ];
}

const texts = [
  ...Object.keys(recognised),
  ...Object.values(pasted).flatMap(Object.keys),
  ...Object.values(foreign).flat(),
];

suite('parsing of texts from servers and users', (test) => {
  test(`takes linear time: all ${patterns.length} patterns of src`, () => {
    assert.ok(patterns.length > 200);
    const slow = patterns.flatMap((pattern, index) => {
      if (bounded[pattern.source] !== undefined) return [];
      const use = (text: string) => text.replace(new RegExp(pattern.source, pattern.flags), '');
      return shareOf(attacks(piecesOf(pattern)), 2, index).flatMap((make) => {
        const found = growth(use, make, 51_200);
        return found === undefined
          ? []
          : [`${pattern.place}: /${pattern.source}/: ${JSON.stringify(make(20))}: ${found}`];
      });
    });
    assert.equal([...new Map(slow.map((each) => [each.split(': "')[0], each])).values()], []);
  });

  for (const [index, [name, use]] of Object.entries(readers).entries()) {
    test(`takes linear time for repeated characters: ${name}`, () => {
      for (const piece of shareOf(delimiters, 2, index))
        assert.is(
          growth(use, (length) => fill(piece, length)),
          undefined,
          JSON.stringify(piece),
        );
    });

    if (name.startsWith('parse'))
      test(`takes linear time for text before or after a denial: ${name}`, () => {
        const ends = ['', '" is forbidden: User "a" cannot get resource "b" in API group ""'];
        for (const before of ['', 'User "a', 'x" is forbidden: '])
          for (const after of ends)
            for (const make of attacks(pieces)) {
              const whole = (size: number) => before + make(size) + after;
              assert.is(growth(use, whole), undefined, JSON.stringify(whole(20)));
            }
      });
  }

  test('takes linear time for truncated errors of every kind', () => {
    const cuts = [...new Set(texts.flatMap(cutsOf))];
    for (const piece of shareOf(cuts, 24))
      for (const use of [explain, findRelayedFailure])
        assert.is(
          growth(use, (length) => fill(piece, length), sweeps ? 51_200 : 12_800),
          undefined,
          JSON.stringify(piece),
        );
  });
});
