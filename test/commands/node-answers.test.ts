import * as assert from 'uvu/assert';
import { type Script, withScriptedKubelets } from '../kit/scripted-kubelet.ts';
import { suite } from '../kit/suite.ts';
import { inVirtualTime } from '../kit/virtual-time.ts';
import { answering, summary } from './shared/rows/kubelets.ts';

inVirtualTime();

const good = answering({ '/metrics': 'a 1\n', '/pods': { kind: 'PodList', items: [] } });

/** Returns a script that sends bytes in place of a response, and leaves the connection open. */
const raw =
  (text: string): Script =>
  ({ socket }) =>
    socket.write(text);

const status =
  (code: number, text = 'busy\n'): Script =>
  (_, response) =>
    void response.writeHead(code).end(text);

const body =
  (text: string): Script =>
  (_, response) =>
    void response.end(text);

const endless: Script = (_, response) => {
  const chunk = Buffer.alloc(256 * 1024, 'y');
  const more = () => {
    while (!response.destroyed && response.write(chunk)) {}
  };
  response.on('drain', more);
  more();
};

/** Sends a chunk every 50 ms until the client closes the connection. */
const dripping: Script = (_, response) => {
  response.flushHeaders();
  const timer = setInterval(() => response.write('z'), 50);
  response.on('close', () => clearInterval(timer));
};

const short: Script = (request, ...more) => {
  raw('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc')(request, ...more);
  request.socket.end();
};

const denial = 'Forbidden (user=admin, verb=get, resource=nodes, subresource=stats)';

/** Broken responses: title, script, cause, and the end of the sentence. */
const broken: readonly (readonly [title: string, script: Script, cause: string, words: string])[] =
  [
    ['401', status(401, 'Unauthorized'), 'no-credential-accepted', 'with 401: Unauthorized'],
    ['403', status(403, denial), 'forbidden', `with 403: ${denial}`],
    ['404', status(404, '404 page not found\n'), 'not-found', 'with 404: 404 page not found'],
    ['429', status(429), 'server-error', 'with 429: busy'],
    ['500', status(500), 'server-error', 'with 500: busy'],
    ['503', status(503), 'server-error', 'with 503: busy'],
    ['a cut body', short, 'connection-cut', 'after 3 of 10 bytes'],
    ['text before any header', raw('no HTTP at all\r\n\r\n'), 'not-http', 'does not speak HTTP'],
    [
      'headers without an end',
      raw(`HTTP/1.1 200 OK\r\nX-Large: ${'a'.repeat(2_000_000)}\r\n\r\n`),
      'headers-too-large',
      'the headers of its answer are too large',
    ],
    ['a body without an end', endless, 'response-too-large', 'more than 32 MiB'],
    ['a body drop by drop', dripping, 'no-answer', 'did not end within 10 s, after 199 bytes'],
  ];

/** Complete responses without rows: title, script, cause, the sentence of top nodes, and the body that curl prints. */
const strange: readonly (readonly [
  title: string,
  script: Script,
  cause: string,
  words: string,
  body: unknown,
])[] = [
  ['204', status(204, ''), 'unexpected-response', 'answered 204 No Content', ''],
  ['302', status(302), 'unexpected-response', 'answered 302 Found', 'busy\n'],
  ['HTML', body('<html>\n'), 'unexpected-response', 'sent no stats summary: not JSON', '<html>\n'],
  [
    'an object of another kind',
    body('{"kind":"Status"}'),
    'unexpected-response',
    'sent no stats summary: node is missing',
    { kind: 'Status' },
  ],
  ['a NUL byte', body('\0\n'), 'not-text', 'sent 2 bytes that are not text', undefined],
];

/** Sentences of other commands about a response of another kind. */
const problems: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'top nodes': {},
  'get pods': {
    HTML: 'sent no list of pods: not JSON',
    'an object of another kind': 'sent no list of pods: kind: expected "PodList", got string',
  },
  'get configz': {
    HTML: 'sent no configuration',
    'an object of another kind': 'sent an unreadable configuration: kubeletconfig is missing',
  },
  metrics: {
    HTML: 'sent no metrics: line 1: unexpected "<html>"',
    'an object of another kind': 'sent no metrics: line 1: its end is missing',
  },
};

const bad = [...broken, ...strange];
const scripts = [good, ...bad.map(([, script]) => script), good];
const last = `node-${scripts.length}`;

interface Failed {
  readonly node: string;
  readonly cause?: string;
  readonly message?: string;
}

/** Returns title, cause and sentence of each failed node. If the sentence ends as expected, only the expected end is returned. */
const found = (failed: readonly Failed[], expected: readonly (readonly string[])[]) =>
  bad.map(([title], index) => {
    const { cause, message = '' } = failed.find(({ node }) => node === `node-${index + 2}`) ?? {};
    const words = expected[index]?.[2] ?? '';
    return [title, cause, message.endsWith(words) ? words : message];
  });

suite('a fleet in which kubelets send bad responses', (test) => {
  for (const [line, own] of Object.entries(problems))
    test(`${line} names the cause of each failure, and prints the rows of other nodes`, () =>
      withScriptedKubelets(scripts, async ({ tool }) => {
        const { code, stdout } = await tool(`${line} --via direct --timeout 10s -o json`);
        const { failed, answered } = JSON.parse(stdout) as {
          readonly failed: readonly Failed[];
          readonly answered: readonly Failed[];
        };
        const expected = bad.map(([title, , cause, words]) => [title, cause, own[title] ?? words]);
        assert.equal(found(failed, expected), expected);
        assert.equal([code, answered.map(({ node }) => node)], [4, ['node-1', last]]);
      }));

  test('curl prints an envelope for each node, with the cause of a broken response or the whole body', () =>
    withScriptedKubelets(scripts, async ({ tool, requests }) => {
      const line = 'curl /stats/summary --all --via direct --timeout 10s -o json';
      const { code, stdout } = await tool(line);
      const { items } = JSON.parse(stdout) as {
        readonly items: readonly {
          readonly node: string;
          readonly cause?: string;
          readonly message?: string;
          readonly body?: unknown;
        }[];
      };
      const expected = broken.map(([title, , cause, words]) => [title, cause, words]);
      const failed = items.map(({ message = '', ...each }) => ({ ...each, message }));
      assert.equal(found(failed, expected).slice(0, broken.length), expected);
      const bodyOf = (index: number) => items.find(({ node }) => node === `node-${index}`)?.body;
      assert.equal(
        strange.map((_, index) => bodyOf(index + broken.length + 2)),
        strange.map(([, , , , text]) => text),
      );
      assert.equal([bodyOf(1), bodyOf(scripts.length)], [summary, summary]);
      assert.equal([code, requests.length], [4, scripts.length]);
    }));

  test('curl prints a body only up to its Content-Length, and retries a busy kubelet with --retry', () =>
    withScriptedKubelets(
      [
        raw('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcdef'),
        (request, response, count) =>
          count === 1
            ? response.writeHead(429, { 'retry-after': '1' }).end('busy')
            : good(request, response, count),
        status(429),
      ],
      async ({ tool, requests }) => {
        const { code, stdout } = await tool('curl /metrics --all --via direct --retry 2');
        assert.equal([code, stdout], [4, 'node-1 abc\nnode-2 a 1\n']);
        assert.is(requests.length, 6);
      },
    ));
});
