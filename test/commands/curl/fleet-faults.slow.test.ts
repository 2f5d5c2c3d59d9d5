import * as assert from 'uvu/assert';
import { type Script, withScriptedKubelets } from '../../kit/scripted-kubelet.ts';
import { concurrentSuite } from '../../kit/suite.ts';

const whole = 'x'.repeat(200_000);
const good: Script = (_, response) => response.end(whole);

/** Bytes in place of a response, after which the connection stays open. */
const raw =
  (text: string): Script =>
  ({ socket }) =>
    socket.write(text);

/** Again and again, until the client goes. */
const repeat =
  (chunk: string, everyMs: number): Script =>
  (_, response) => {
    response.flushHeaders();
    const timer = setInterval(() => response.write(chunk), everyMs);
    response.on('close', () => clearInterval(timer));
  };

const status =
  (code: number, headers: Readonly<Record<string, string>> = {}): Script =>
  (_, response) => {
    response.writeHead(code, headers);
    response.end('busy\n');
  };

/** The first answer is that of `script`, all others are good. */
const once =
  (script: Script): Script =>
  (request, response, count) =>
    (count === 1 ? script : good)(request, response, count);

const endless: Script = (_, response) => {
  const chunk = Buffer.alloc(256 * 1024, 'y');
  const more = () => {
    while (!response.destroyed && response.write(chunk)) {}
  };
  response.on('drain', more);
  more();
};

interface Item {
  readonly node: string;
  readonly status?: number;
  readonly cause?: string;
  readonly error?: string;
  readonly body?: string;
}

concurrentSuite('curl to several nodes of which one answers badly', (test) => {
  for (const [title, script, args, expected, retries = 0] of [
    [
      'a body shorter than it says',
      (request, ...more) => {
        raw('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc')(request, ...more);
        request.socket.end();
      },
      [],
      { status: 200, cause: 'connection cut', error: 'after 3 of 10 bytes' },
    ],
    [
      'a body longer than it says',
      raw('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcdef'),
      [],
      { status: 200, body: 'abc' },
    ],
    [
      'what is not HTTP',
      raw('no HTTP at all\r\n\r\n'),
      [],
      { cause: 'not HTTP', error: 'does not speak HTTP' },
    ],
    [
      'headers without end',
      raw(`HTTP/1.1 200 OK\r\nX-Large: ${'a'.repeat(2_000_000)}\r\n\r\n`),
      [],
      { cause: 'headers too large', error: 'the headers of its answer are too large' },
    ],
    [
      '429 and when to come again',
      status(429, { 'retry-after': '1' }),
      [],
      { status: 429, cause: 'server error', error: 'with 429: busy' },
    ],
    [
      '429 and when to come again, and is asked again',
      once(status(429, { 'retry-after': '1' })),
      ['--retry', '1'],
      { status: 200, body: whole },
      1,
    ],
    [
      '429 each time, and is asked again',
      status(429, { 'retry-after': '0' }),
      ['--retry', '2'],
      { status: 429, cause: 'server error', error: 'with 429: busy' },
      2,
    ],
    ['503', status(503), [], { status: 503, cause: 'server error', error: 'with 503: busy' }],
    [
      'a body without end',
      endless,
      [],
      { status: 200, cause: 'response too large', error: 'more than 32 MiB' },
    ],
    [
      'a body drop by drop',
      repeat('z', 50),
      ['--timeout', '2s'],
      { status: 200, cause: 'no answer', error: 'did not end within 2 s' },
    ],
  ] as readonly [string, Script, readonly string[], Omit<Item, 'node'>, number?][])
    test(`tells what it sent, and has the others whole: ${title}`, () =>
      withScriptedKubelets([good, script, good], async ({ curl, requests }) => {
        const result = await curl(['healthz', '--all', '--via', 'direct', '-o', 'json', ...args]);
        const { items } = JSON.parse(result.stdout) as { items: readonly Item[] };
        const [first, bad, last] = items;
        assert.equal([first?.body === whole, last?.body === whole], [true, true]);
        const { error, ...rest } = expected;
        assert.is(result.code, error === undefined ? 0 : 4);
        assert.is(bad?.node, 'node-2');
        const found = { status: bad?.status, cause: bad?.cause, body: bad?.body };
        assert.equal(found, { status: undefined, cause: undefined, body: undefined, ...rest });
        assert.match(bad?.error ?? '', error ?? /^$/);
        assert.is(requests.length, 3 + retries);
      }));
});

concurrentSuite(
  'curl to several nodes whose bodies are together larger than memory may be',
  (test) => {
    // The slow one loses its place, and the others, which wait for it, must not keep all places.
    for (const format of ['json', 'ndjson'])
      test(`has all of them whole, also where a node is slow (${format})`, () => {
        const body = (index: number) => `${index}`.repeat(20_000_000);
        const scripts = [1, 2, 3, 4].map(
          (index): Script =>
            (_, response) => {
              setTimeout(() => response.end(body(index)), index === 1 ? 3500 : 0);
            },
        );
        return withScriptedKubelets(scripts, async ({ curl }) => {
          const { code, stdout, stderr } = await curl([
            ...['healthz', '--all', '-o', format, '--parallel', '2', '--timeout', '10m'],
          ]);
          assert.is(code, 0, stderr);
          for (const index of [1, 2, 3, 4]) assert.ok(stdout.includes(`"body":"${body(index)}"`));
        });
      });
  },
);
