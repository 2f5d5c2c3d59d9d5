import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { parseHostPort } from '../../src/kubelet/address.ts';
import { readAuthorization } from '../../src/kubelet/authorization-answer.ts';
import { answerIn, causesIn, findAnswerCause } from '../../src/kubelet/causes/causes.ts';
import { explain } from '../../src/kubelet/explain/explain.ts';
import { findRelayedFailure } from '../../src/kubelet/explain/relayed-failure.ts';
import { parseKubeletRefusal } from '../../src/kubelet/refusal.ts';
import { parseApiServerRefusal } from '../../src/rbac/api-server-refusal.ts';
import { parseEscalation } from '../../src/rbac/escalation.ts';
import { allows } from '../../src/rbac/permission.ts';
import { parseSubject } from '../../src/rbac/subject.ts';
import { suite } from '../kit/suite.ts';
import { recognised } from './explain/explain-texts.ts';
import { foreign } from './explain/foreign-texts.ts';
import { pasted } from './explain/pasted-texts.ts';

const seen = { hop: 'API server -> kubelet', speaker: 'other', address: undefined } as const;

/** All that reads what a server sent or a user pasted, whatever its length. */
const readers: Readonly<Record<string, (text: string) => unknown>> = {
  explain,
  findRelayedFailure,
  causesIn: (text) => causesIn(text, seen),
  answerIn: (text) => [true, false].map((claiming) => answerIn(text, seen, { claiming })),
  findAnswerCause: (text) => [401, 403, 404, 405, 500].map((code) => findAnswerCause(code, text)),
  readAuthorization: (text) => [403, 404, 500].map((code) => readAuthorization(code, text)),
  parseKubeletRefusal,
  parseApiServerRefusal,
  parseEscalation,
  parseHostPort,
  parseSubject: (text) => [text, `serviceaccount:a:${text}`].map(parseSubject),
  allows: (url) =>
    allows({ verbs: ['get'], nonResourceURLs: [`${url}*`] }, { url: '/metrics', verb: 'get' }),
};

const signs = [
  ...[
    '"',
    "'",
    '`',
    '\\',
    '\\"',
    '\\\\"',
    ' ',
    '\t',
    '\n',
    '\r',
    '\xa0',
    '\x1b',
    '\x1b[',
    '\\x1b[',
    '>',
    '> ',
  ],
  ...[
    '(',
    ')',
    '[',
    ']',
    '{',
    '}',
    '[[',
    '<',
    '<a',
    '&lt;',
    '$',
    '${',
    '%',
    '*',
    '.',
    ',',
    ':',
    ';',
    '/',
    '|',
    '-',
    '_',
    '=',
  ],
  ...[
    '0',
    '1',
    '10.',
    '1.2.3.',
    '::',
    ':1',
    '[::',
    'x',
    'X',
    'a',
    'A',
    'a.',
    'a-',
    'x.x.',
    'IP_',
    'é',
    '\ud83d',
  ],
  ...[
    'https://',
    'http://a',
    'https://a/',
    'https://a:1/b ',
    'Get "https://',
    'Get "https://a:10250/b": ',
  ],
  ...[
    '"a" ',
    '"\\"',
    '" "',
    '""',
    'a*',
    '*x',
    '**/',
    'lookup ',
    'dial tcp ',
    'curl https://',
    '\ncurl \\\n',
  ],
  ...[
    'User "',
    'User "a" cannot get ',
    'User "a" cannot get resource "',
    '"a" is forbidden: ',
    '" is forbidden: User "',
  ],
  ...[
    'Forbidden (user=',
    'Forbidden (user=a, verb=',
    ', verb=get, resource=nodes, subresource(s)=[',
    ', verb=',
  ],
  ...[
    ': user "',
    ': user "a" (groups=["',
    ': user "a" (groups=[]) is attempting to grant RBAC permissions not currently held:\n{',
    '{APIGroups:["',
  ],
  ...[
    '{APIGroups:[""], Resources:["a"], Verbs:["get"]}\n',
    'RBAC DENY: user "',
    'RBAC DENY: user "a" groups [',
  ],
  ...['Failed to connect to a port 1 ', 'the server is currently unable to handle the request ('],
  ...[
    'the server has asked for the client to provide credentials (get ',
    'unable to handle the request (get a.metrics.k8s.io',
  ],
  ...[
    'csr-a 1d kubernetes.io/kubelet-serving ',
    'Name: a\n',
    'Name: a\nRequesting User: system:node:a\n',
    'x509\n',
    'x509 a\nEOF: EOF\n',
  ],
  ...[
    '"kind":"Status"',
    '"kind":"Status","message":',
    'certificate is valid for ',
    'failing or missing response from ',
  ],
];

/** The beginnings of every text, and the ends. */
function piecesOf(text: string): readonly string[] {
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
  ...recognised.map(([, text]) => text),
  ...Object.values(pasted).flatMap((rows) => rows.map(([text]) => text)),
  ...Object.values(foreign).flat(),
];

const fill = (piece: string, length: number) =>
  piece.repeat(Math.ceil(length / piece.length)).slice(0, length);

/** Of this process alone, as others use the machine, too; the best of several. */
function cpuMs(action: () => unknown, times: number): number {
  return Math.min(
    ...Array.from({ length: times }, () => {
      const start = process.cpuUsage();
      action();
      const { user, system } = process.cpuUsage(start);
      return (user + system) / 1_000;
    }),
  );
}

/** Twice the text may take twice the time, and some: in proportion to its square, it takes four times. */
function assertLinear(
  name: string,
  read: (text: string) => unknown,
  piece: string,
  length: number,
) {
  for (const times of [1, 3, 9]) {
    const once = cpuMs(() => read(fill(piece, length)), times);
    const twice = cpuMs(() => read(fill(piece, 2 * length)), times);
    if (twice < 25 || twice < 3 * once) return;
    if (times === 9)
      assert.unreachable(
        `${name}: ${once} ms, then ${twice} ms of ${JSON.stringify(piece.slice(0, 80))}`,
      );
  }
}

suite('patterns for the texts of servers and users', (test) => {
  for (const [name, read] of Object.entries(readers)) {
    test(
      `${name} takes twice the time for twice the text, of any sign`,
      () => {
        for (const piece of signs) assertLinear(name, read, piece, 125_000);
      },
      { timeoutMs: 300_000 },
    );

    test(
      `${name} takes well under a second for 500 kB of any sign`,
      () => {
        for (const piece of signs) {
          const ms = cpuMs(() => read(fill(piece, 500_000)), 1);
          assert.ok(ms < 800, `${ms} ms of ${JSON.stringify(piece)}`);
        }
      },
      { timeoutMs: 300_000 },
    );
  }

  test(
    'errors of every kind, cut anywhere and repeated, take twice the time for twice the text',
    () => {
      for (const piece of new Set(texts.flatMap(piecesOf))) {
        assertLinear('explain', explain, piece, 16_000);
        assertLinear('findRelayedFailure', findRelayedFailure, piece, 16_000);
      }
    },
    { timeoutMs: 300_000 },
  );

  test('the parsers find what the patterns did that took time in proportion to the square', () => {
    const goString = String.raw`"(?:[^"\\]|\\.)*"`;
    const kubelet =
      /Forbidden \(user=(.*), verb=([a-z]*), resource=([a-z]*), subresource(?:\(s\)=\[([a-z ]*)\]|=([a-z]*))\)/;
    const apiServer = new RegExp(
      `(?:(${goString}) is forbidden: )?User (${goString}) cannot (\\S+) resource "([^"]+)" in API group "([^"]*)"(?: in the namespace "([^"]*)")?`,
      's',
    );
    const pieces = fc.array(
      fc.constantFrom(
        ...[
          'Forbidden (user=',
          'a',
          ', verb=get',
          ', resource=nodes',
          ', subresource=proxy)',
          '\n',
          '"',
          '\\',
          ' ',
          '(',
          ')',
        ],
        ...[
          ', subresource(s)=[pods proxy])',
          ', verb=',
          'User ',
          'User "a"',
          ' cannot ',
          'get',
          ' resource "x"',
          ' resource "',
        ],
        ...[
          ' in API group ""',
          ' in the namespace "n"',
          '"n" is forbidden: ',
          ' is forbidden: ',
          'nodes "n\\"" is forbidden: ',
          '\\"',
        ],
      ),
      { maxLength: 24 },
    );
    const whole = fc.constantFrom(
      'Forbidden (user=a, verb=get, resource=nodes, subresource=proxy)',
      'nodes "n" is forbidden: User "a" cannot get resource "nodes/proxy" in API group "" in the namespace "n"',
    );
    fc.assert(
      fc.property(pieces, whole, pieces, (before, middle, after) => {
        const text = [...before, middle, ...after].join('');
        const [, user, verb, resource, several, single] = kubelet.exec(text) ?? [];
        const refusal = parseKubeletRefusal(text);
        assert.equal(
          refusal && [refusal.user, refusal.verb, refusal.resource, refusal.subresources.join(' ')],
          user === undefined ? undefined : [user, verb, resource, (several ?? single ?? '').trim()],
        );
        const expected = apiServer.exec(text);
        const found = parseApiServerRefusal(text);
        assert.is(found === undefined, expected === null);
        assert.equal(
          found && [
            found.verb,
            found.resource,
            found.apiGroup,
            found.namespace,
            found.name !== undefined,
          ],
          expected
            ? [expected[3], expected[4], expected[5], expected[6], expected[1] !== undefined]
            : undefined,
        );
      }),
      { numRuns: 3_000 },
    );
  });
});
