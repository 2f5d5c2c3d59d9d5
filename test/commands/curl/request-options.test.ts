import * as assert from 'uvu/assert';
import { rule } from '../../kit/rbac.ts';
import {
  type Script,
  withScriptedKubelet,
  withScriptedKubelets,
} from '../../kit/scripted-kubelet.ts';
import { suite } from '../../kit/suite.ts';
import { inVirtualTime } from '../../kit/virtual-time.ts';
import { allow, withSandbox } from '../../kit/with-sandbox.ts';

inVirtualTime();

const node = ['--node', 'node-1'];

suite('curl --retry', (test) => {
  test('retries after the time in Retry-After, and prints a note', () =>
    withScriptedKubelet(
      (_, response, count) => {
        if (count === 1) response.writeHead(503, { 'retry-after': '0' }).end('not yet');
        else if (count === 2) response.writeHead(429, { 'retry-after': '0' }).end();
        else response.end('ok');
      },
      async ({ curl, requests }) => {
        assert.equal(await curl(['/healthz', ...node, '--retry', '3']), {
          code: 0,
          stdout: 'ok',
          bytes: Buffer.from('ok'),
          stderr:
            'note: 503 Service Unavailable; retry 1 of 3 in 0s\nnote: 429 Too Many Requests; retry 2 of 3 in 0s\n',
        });
        assert.is(requests.length, 3);
      },
    ));

  test('retries after a connection failure', () =>
    withScriptedKubelet(
      (request, response, count) => {
        if (count === 1) request.socket.destroy();
        else response.end('ok');
      },
      async ({ curl }) => {
        const { stdout, stderr } = await curl(['/healthz', ...node, '--retry', '1']);
        assert.is(stdout, 'ok');
        assert.match(
          stderr,
          /^note: cannot reach the kubelet of node-1 at \S+: the connection was cut before an answer came; retry 1 of 1 in 1s\n$/,
        );
      },
    ));

  test('makes all retries, with pauses up to the time limit of a node', () =>
    withScriptedKubelet(
      (_, response) => void response.writeHead(503).end('down'),
      async ({ curl, requests }) => {
        const { code, stderr } = await curl(['/healthz', ...node, '--retry', '10']);
        assert.equal([code, requests.length], [1, 11]);
        assert.match(
          stderr,
          /retry 6 of 10 in 32s\n.*retry 7 of 10 in 35s\n(?:.*in 35s\n){3}error: /,
        );
      },
    ));

  for (const [args, tries, note] of [
    [
      [...node, '--timeout', '40s'],
      6,
      'note: 503 Service Unavailable; not retried: the pause of 32s would exceed --timeout\n',
    ],
    [
      ['--all'],
      6,
      'note: 1 node: fewer than 10 retries, because the next pause would exceed --timeout\n',
    ],
  ] as const)
    test(`names the time limit that ends retries early: ${args.join(' ')}`, () =>
      withScriptedKubelet(
        (_, response) => void response.writeHead(503).end('down'),
        async ({ curl, requests }) => {
          const { stderr } = await curl(['/healthz', ...args, '--retry', '10']);
          assert.is(requests.length, tries, stderr);
          assert.match(stderr, note);
        },
      ));

  const cutOnce: Parameters<typeof withScriptedKubelet>[0] = (_, response, count) => {
    response.writeHead(200, { 'content-length': '10' });
    if (count > 1) return void response.end('0123456789');
    response.write('0123');
    setTimeout(() => response.destroy(), 50);
  };

  test('does not retry after a body breaks off, so that nothing is printed twice', () =>
    withScriptedKubelet(cutOnce, async ({ curl, requests }) => {
      const { code, stdout, stderr } = await curl(['/healthz', ...node, '--retry', '5']);
      assert.equal([code, stdout, requests.length], [1, '0123', 1]);
      assert.match(
        stderr,
        /: the connection was cut in the middle of the answer, after 4 of 10 bytes\n/,
      );
    }));

  test('with -o ndjson, retries after a body breaks off', () =>
    withScriptedKubelet(cutOnce, async ({ curl }) => {
      const { code, stdout } = await curl(['/healthz', '--all', '-o', 'ndjson', '--retry', '1']);
      assert.is(code, 0);
      assert.is(JSON.parse(stdout).body, '0123456789');
    }));
});

const limitMs = 700;
const limit = `${limitMs}ms`;

suite('curl --request-timeout', (test) => {
  const slow: Parameters<typeof withScriptedKubelet>[0] = (_, response) =>
    void setTimeout(() => response.end('ok'), 2 * limitMs).unref();
  for (const via of ['apiserver', 'auto'])
    for (const more of [[], ['-o', 'ndjson']])
      test(`limits a request with --via ${via} ${more.join(' ')}, unless --timeout is given`, () =>
        withScriptedKubelet(slow, async ({ curl }) => {
          const args = ['/healthz', ...node, '--via', via, '--request-timeout', limit, ...more];
          const { code, stderr } = await curl(args);
          assert.is(code, 1);
          assert.match(
            stderr,
            /^error: cannot reach the kubelet of .*: no answer within [\d.]+ s\n/,
          );
          const { stdout } = await curl([...args, '--timeout', '10m']);
          assert.match(stdout, /ok/);
        }));

  test('does not limit a request directly to a kubelet', () =>
    withScriptedKubelet(slow, async ({ curl }) => {
      const args = ['/healthz', ...node, '--via', 'direct', '--request-timeout', limit];
      assert.is((await curl(args)).stdout, 'ok');
    }));
});

/** Sends a chunk every 100 ms until the client closes the connection. */
const endless: Script = (_, response) => {
  const timer = setInterval(() => response.write('more'), 100);
  response.on('close', () => clearInterval(timer));
};

const answerLate: Script = ({ url }, response) => {
  const answer = () => response.writeHead(url === '/nosuch' ? 404 : 200).end('ok');
  setTimeout(answer, 70);
};

suite('curl: limits and timing', (test) => {
  test('--timeout ends an endless body of a node, even if the body never pauses', async () => {
    await withScriptedKubelet(
      (_, response) => void response.write('begun'),
      async ({ curl }) => {
        const { code, stdout, stderr } = await curl(['/metrics', ...node, '--timeout', limit]);
        assert.equal([code, stdout], [1, 'begun']);
        assert.match(stderr, /: its answer did not end within [\d.]+ s, after 5 bytes\nwhy: /);
      },
    );
    await withScriptedKubelet(endless, async ({ curl }) => {
      for (const output of [[], ['-o', 'ndjson']]) {
        const { code, stderr } = await curl(['/x', ...node, '--timeout', limit, ...output]);
        assert.is(code, 1);
        assert.match(stderr, /: its answer did not end within [\d.]+ s, after \d+ bytes\n/);
      }
    });
  });

  test('--timeout limits the time to read the error body of a single node', async () => {
    let openMs = 0;
    const stalls: Script = (_, response) => {
      const begun = performance.now();
      response.on('close', () => {
        openMs = performance.now() - begun;
      });
      setTimeout(() => response.writeHead(403).write('begun'), 0.8 * limitMs);
    };
    await withScriptedKubelet(stalls, async ({ curl }) => {
      for (const output of [[], ['-i']]) {
        assert.is((await curl(['/x', ...node, '--timeout', limit, ...output])).code, 1);
        assert.ok(openMs < 1.5 * limitMs, `the request was open for ${openMs} ms`);
      }
    });
  });

  test('a response of one node may take any time once it has begun, unless --timeout is given', () =>
    withScriptedKubelet(
      (_, response) => {
        response.write('be');
        setTimeout(() => response.end('gun'), 2 * limitMs).unref();
      },
      async ({ curl }) => {
        const limited = ['/x', '--via', 'apiserver', '--request-timeout', limit];
        assert.is((await curl([...limited, ...node])).stdout, 'begun');
        assert.match((await curl([...limited, ...node, '-o', 'json'])).stdout, '"body":"begun"');
        const all = await curl([...limited, '--all', '-o', 'json']);
        assert.match(all.stdout, /did not end within [\d.]+ s/);
      },
    ));

  test('--timing prints the duration of each stage', () =>
    withScriptedKubelets([answerLate, answerLate], async ({ tool }) => {
      const line = /dns 0ms {2}connect 0ms {2}tls 0ms {2}first byte 70ms {2}total 70ms\n/;
      const one = await tool(['curl', '/healthz', ...node, '--timing']);
      assert.is(one.stdout, 'ok');
      assert.match(one.stderr, new RegExp(`^\\n${line.source}$`));
      const missing = await tool(['curl', '/nosuch', ...node, '--timing']);
      assert.match(missing.stderr, new RegExp(`^${line.source}error: `));
      const each = await tool(['curl', '/healthz', '--all', '--timing']);
      assert.match(each.stderr, new RegExp(`^(?:node-[12]: ${line.source}){2}2 of 2`));
      const { stdout } = await tool(['curl', '/healthz', '--all', '--timing', '-o', 'ndjson']);
      for (const row of stdout
        .trim()
        .split('\n')
        .map((text) => JSON.parse(text))) {
        const { dnsMs, connectMs, tlsMs, firstByteMs } = row.timing;
        const sum = dnsMs + connectMs + tlsMs + firstByteMs;
        assert.equal([sum, row.ms], [70, 70], stdout);
      }
      const plain = await tool(['curl', '/healthz', '--all', '-o', 'ndjson']);
      assert.not.match(plain.stdout, 'timing');
    }));
});

suite('curl -X HEAD', (test) => {
  test('sends HEAD, and prints status line and headers', () =>
    withScriptedKubelet(
      (_, response) => void response.writeHead(200, { 'content-length': '5' }).end(),
      async ({ curl, requests }) => {
        const { code, stdout, stderr } = await curl(['/metrics', ...node, '-X', 'HEAD']);
        assert.equal([code, stderr], [0, '']);
        assert.match(
          stdout,
          /^HTTP\/1\.1 200 OK\r\ncontent-length: 5\r\n(?:\S+: [^\r]+\r\n)*\r\n$/,
        );
        assert.is(requests[0]?.line, 'HEAD /metrics');
      },
    ));

  test('explains that a permission for get does not allow HEAD requests', () =>
    withSandbox(async (sandbox, tool) => {
      allow(sandbox, 'dev', [rule('nodes'), rule('nodes/healthz')]);
      assert.is((await tool(['curl', '/healthz', ...node], 'dev')).stdout, 'ok');
      const { code, stdout, stderr } = await tool(
        ['curl', '/healthz', ...node, '-X', 'HEAD'],
        'dev',
      );
      assert.is(code, 1);
      assert.match(stdout, /^HTTP\/1\.1 403 Forbidden\r\n/);
      assert.match(
        stderr,
        /^error: the kubelet of node-1 at \S+ answered HEAD \/healthz with 403\nwhy: it denied you HEAD: kubelets have no verb for this method, and only a rule with all verbs \(\*\) allows it\nmissing: every verb \(\*\) on nodes\/healthz or nodes\/proxy\nhint: get is enough for GET: re-run with -i in place of -X HEAD\n$/,
      );
    }));
});

suite('curl: the body of a request', (test) => {
  test('consists of the values of all -d in their order, as a form', () => {
    const bodies: string[] = [];
    return withScriptedKubelet(
      (request, response) =>
        void request.toArray().then((chunks) => {
          bodies.push(Buffer.concat(chunks).toString());
          response.end();
        }),
      async ({ curl, requests }) => {
        const unsafe = ['/stats/summary', ...node];
        await curl([...unsafe, '-d', 'a=1', '-d', '@-', '-d', 'b'], { stdin: 'x\ny' });
        await curl([...unsafe, '-d', '', '-H', 'Content-Type: application/json']);
        assert.equal(bodies, ['a=1&xy&b', '']);
        assert.equal(
          requests.map(({ line, headers }) => [line, headers['content-type']]),
          [
            ['POST /stats/summary', 'application/x-www-form-urlencoded'],
            ['POST /stats/summary', 'application/json'],
          ],
        );
      },
    );
  });
});

suite('curl to a terminal', (test) => {
  const body = Buffer.from([0x1f, 0x8b, 8, 0, 0]);

  test('rejects a binary body; curl to a pipe prints the body', () =>
    withScriptedKubelet(
      (_, response) => void response.end(body),
      async ({ curl }) => {
        const onTerminal = (args: readonly string[]) => curl(args, { onTerminal: true });
        const refused = await onTerminal(['/logs/x', ...node]);
        assert.equal([refused.code, refused.stdout], [1, '']);
        assert.match(
          refused.stderr,
          /^error: the kubelet of node-1 at \S+ sent a body that is not text\nhint: redirect it to a file: > FILE\nhint: or print it to the terminal: \| cat\n$/,
        );
        const several = ['/logs/x', '--all'];
        assert.match((await onTerminal(several)).stderr, /bytes that are not text/);
        assert.equal((await curl(['/logs/x', ...node])).bytes, body);
      },
    ));
});
