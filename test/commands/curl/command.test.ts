import { createPrivateKey } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { suite } from '../../kit/suite.ts';
import { runTool } from '../../kit/tool.ts';
import { withSandbox } from '../../kit/with-sandbox.ts';
import { type Sandbox, sandboxToken, startSandbox } from '../../sandbox/sandbox.ts';

const curl = (
  sandbox: Sandbox,
  args: readonly string[],
  who: 'admin' | 'dev' | 'token' = 'admin',
) => runTool(['curl', ...args], { env: { KUBECONFIG: sandbox.kubeconfigs[who] } });

suite('curl: what a kubelet does wrong, each in one sentence', (test) => {
  const table = [
    [
      'wrong-name',
      /^error: cannot reach the kubelet of node-1 at 127\.0\.0\.1:\d+: its certificate is for another name \(.*10\.0\.0\.1\)\nhint: try another address/,
    ],
    ['expired', /: its certificate has expired\n$/],
    ['silent', /: it accepts connections but did not complete the TLS handshake within 0\.5 s\n/],
    ['no-answer', /: no answer within 0\.5 s\nhint: a longer limit: --timeout 5m\n$/],
    [
      'unauthorized',
      /with 401: Unauthorized\nhint: the kubelet takes certificates of its own client CA/,
    ],
    [
      'cut-off',
      /with 500: Authorization error \(user=admin, .*\nhint: the kubelet could not ask the API server/,
    ],
  ] as const;
  for (const [fault, expected] of table)
    test(`a kubelet that is ${fault}`, () =>
      withSandbox({ minor: 37, nodes: [fault] }, async (sandbox) => {
        const { code, stdout, stderr } = await curl(sandbox, [
          '/healthz',
          '--node',
          'node-1',
          '--timeout',
          '500ms',
        ]);
        assert.is(code, 1);
        assert.is(stdout, '');
        assert.match(stderr, expected);
        assert.not.match(stderr, /\n +at /);
      }));

  test('a kubelet that is down', () =>
    withSandbox({ minor: 37 }, async (sandbox) => {
      await sandbox.kubelets[0]?.stop();
      const { code, stderr } = await curl(sandbox, ['/healthz', '--node', 'node-1']);
      assert.is(code, 1);
      assert.match(
        stderr,
        /^error: cannot reach the kubelet of node-1 at 127\.0\.0\.1:\d+: connection refused\n$/,
      );
      const proxied = await curl(sandbox, ['/healthz', '--node', 'node-1', '--via', 'apiserver']);
      assert.match(
        proxied.stderr,
        /^Error from server \(ServiceUnavailable\): error trying to reach service: dial tcp/,
      );
    }));

  test('an answer that is cut in the middle is an error, though the first bytes are out', () =>
    withSandbox({ minor: 37, nodes: ['cut'] }, async (sandbox) => {
      const { code, stdout, stderr } = await curl(sandbox, ['/healthz', '--node', 'node-1']);
      assert.is(code, 1);
      assert.is(stdout, 'the first few bytes');
      assert.match(
        stderr,
        /^error: cannot reach the kubelet of node-1 at \S+: the connection was cut in the middle of the answer\n$/,
      );
    }));
});

suite('curl: credentials', (test) => {
  test('a token goes to a kubelet whose certificate was verified', () =>
    withSandbox({ minor: 37 }, async (sandbox) => {
      const { code, stdout } = await curl(sandbox, ['/healthz', '--node', 'node-1'], 'token');
      assert.equal([code, stdout], [0, 'ok']);
    }));

  for (const flag of ['-k', '--kubelet-insecure-skip-tls-verify'])
    test(`with ${flag} a token is not sent, and nothing is asked`, () =>
      withSandbox({ minor: 37, nodes: ['wrong-name'] }, async (sandbox) => {
        const { code, stderr } = await curl(
          sandbox,
          ['/healthz', '--node', 'node-1', flag],
          'token',
        );
        assert.is(code, 1);
        assert.match(
          stderr,
          /^error: a token is never sent to a kubelet whose certificate is not verified\n/,
        );
        assert.equal(sandbox.kubelets[0]?.requests, []);
        assert.not.match(stderr, sandboxToken);
      }));

  for (const header of ['Authorization: Bearer x', 'cookie: x'])
    test(`with -k a header "${header}" of the user's own is not sent either`, () =>
      withSandbox({ minor: 37, nodes: ['wrong-name'] }, async (sandbox) => {
        const args = ['/healthz', '--node', 'node-1', '-k', '-H', header];
        const { code, stderr } = await curl(sandbox, args);
        assert.is(code, 1);
        assert.match(stderr, /^error: a token is never sent to a kubelet whose certificate is not/);
        assert.equal(sandbox.kubelets[0]?.requests, []);
      }));

  test('a token does not reach a kubelet whose certificate fails', () =>
    withSandbox({ minor: 37, nodes: ['wrong-name'] }, async (sandbox) => {
      assert.is((await curl(sandbox, ['/healthz', '--node', 'node-1'], 'token')).code, 1);
      assert.equal(sandbox.kubelets[0]?.requests, []);
    }));

  test('a client certificate may be shown to any, with -k', () =>
    withSandbox({ minor: 37, nodes: ['wrong-name'] }, async (sandbox) => {
      const { code, stdout } = await curl(sandbox, ['/healthz', '--node', 'node-1', '-k']);
      assert.equal([code, stdout], [0, 'ok']);
    }));

  test('another authority is not trusted in place of the one that was named', () =>
    withSandbox({ minor: 37 }, async (sandbox) => {
      const other = await startSandbox({ minor: 37, nodes: [] });
      const ca = join(sandbox.directory, 'other.pem');
      writeFileSync(ca, other.authority.cert);
      await other.stop();
      const { code, stderr } = await curl(sandbox, [
        '/healthz',
        '--node',
        'node-1',
        '--kubelet-certificate-authority',
        ca,
      ]);
      assert.is(code, 1);
      assert.match(stderr, /its certificate is signed by an authority that is not trusted\nhint: /);
    }));

  test('impersonation is refused on the direct path and honoured through the API server', () =>
    withSandbox({ minor: 37 }, async (sandbox) => {
      const direct = await curl(sandbox, ['/healthz', '--node', 'node-1', '--as', 'jane']);
      assert.is(direct.code, 2);
      assert.match(direct.stderr, /^error: impersonation does not work toward a kubelet/);
      const proxied = await curl(sandbox, [
        '/healthz',
        '--node',
        'node-1',
        '--via',
        'apiserver',
        '--as',
        'jane',
        '--as-group',
        'g',
      ]);
      assert.match(proxied.stderr, /User "jane" cannot get resource "nodes\/proxy"/);
      const seen = sandbox.apiServer.requests.at(-1)?.headers;
      assert.equal([seen?.['impersonate-user'], seen?.['impersonate-group']], ['jane', 'g']);
    }));
});

suite('curl: TLS', (test) => {
  /** A kubelet's place, with a certificate of the sandbox's authority that says what it likes. */
  async function withImpostor(
    names: { readonly dnsNames?: readonly string[]; readonly commonName?: string },
    use: (sandbox: Sandbox, address: string, seen: () => number) => Promise<void>,
  ): Promise<void> {
    await withSandbox({ minor: 37, nodes: [] }, async (sandbox) => {
      const certificate = await sandbox.authority.issue({
        commonName: 'x',
        usage: 'server',
        ...names,
      });
      let requests = 0;
      const server = createServer(certificate, (_, response) => {
        requests += 1;
        response.end('secret');
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      try {
        await use(sandbox, `127.0.0.1:${(server.address() as AddressInfo).port}`, () => requests);
      } finally {
        server.closeAllConnections();
        server.close();
      }
    });
  }

  test('a Host header does not choose the name that is verified', () =>
    withImpostor({ dnsNames: ['other.example'] }, async (sandbox, address, seen) => {
      const { code, stderr } = await curl(
        sandbox,
        ['/healthz', '--address', address, '-H', 'Host: other.example'],
        'token',
      );
      assert.is(code, 1);
      assert.match(stderr, /its certificate is for another name/);
      assert.is(seen(), 0);
    }));

  test('a common name is no name', () =>
    withImpostor({ commonName: '127.0.0.1' }, async (sandbox, address, seen) => {
      const { code, stderr } = await curl(sandbox, ['/healthz', '--address', address], 'token');
      assert.is(code, 1);
      assert.match(
        stderr,
        /its certificate is for another name \(not 127\.0\.0\.1, but no name at all\)/,
      );
      assert.is(seen(), 0);
    }));

  test('--kubelet-tls-server-name is verified in place of the address', () =>
    withImpostor({ dnsNames: ['node.example'] }, async (sandbox, address) => {
      const args = ['/healthz', '--address', address, '--kubelet-tls-server-name'];
      assert.is((await curl(sandbox, [...args, 'node.example'])).stdout, 'secret');
      assert.is((await curl(sandbox, [...args, 'other.example'])).code, 1);
      assert.is((await curl(sandbox, [...args, '10.0.0.1'])).code, 1);
    }));

  test('a bundle is read as far as it can be', () =>
    withSandbox({ minor: 37 }, async (sandbox) => {
      const ca = join(sandbox.directory, 'ca.pem');
      const garbage = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
      const args = ['/healthz', '--node', 'node-1', '--kubelet-certificate-authority', ca];
      writeFileSync(ca, garbage + sandbox.authority.cert);
      assert.is((await curl(sandbox, args)).stdout, 'ok');
      for (const text of [garbage, 'nonsense', '']) {
        writeFileSync(ca, text);
        const { code, stderr } = await curl(sandbox, args);
        assert.is(code, 1);
        assert.match(
          stderr,
          /^error: the certificate authority for the kubelet holds no certificate that can be read/,
        );
      }
    }));

  test('a client certificate or key that cannot be used is one sentence', () =>
    withSandbox({ minor: 37 }, async (sandbox) => {
      const mine = await sandbox.authority.issue({ commonName: 'a', usage: 'client' });
      const other = await sandbox.authority.issue({ commonName: 'b', usage: 'client' });
      const encrypted = createPrivateKey(mine.key).export({
        type: 'pkcs8',
        format: 'pem',
        cipher: 'aes-256-cbc',
        passphrase: 'x',
      }) as string;
      const cert = join(sandbox.directory, 'c.pem');
      const key = join(sandbox.directory, 'k.pem');
      for (const [certText, keyText, expected] of [
        [mine.cert, other.key, /the key is not that of the certificate/],
        [mine.cert, encrypted, /the key is encrypted/],
        [mine.cert, 'nonsense', /is not valid PEM/],
        ['nonsense', mine.key, /for the kubelet cannot be used: there is no certificate in it/],
      ] as const) {
        writeFileSync(cert, certText);
        writeFileSync(key, keyText);
        const args = [
          '/healthz',
          '--node',
          'node-1',
          '--kubelet-client-certificate',
          cert,
          '--kubelet-client-key',
          key,
        ];
        const { code, stderr } = await curl(sandbox, args);
        assert.is(code, 1, stderr);
        assert.match(stderr, expected);
      }
    }));
});

suite('curl: the request', (test) => {
  test('an interrupt before it starts ends it with 130, and nothing is asked', () =>
    withSandbox({ minor: 37 }, async (sandbox) => {
      const env = { KUBECONFIG: sandbox.kubeconfigs.admin };
      const signal = AbortSignal.abort();
      assert.is(
        (await runTool(['curl', '/healthz', '--node', 'node-1'], { env, signal })).code,
        130,
      );
      assert.equal(sandbox.apiServer.requests, []);
    }));

  test('names to impersonate go as UTF-8, and those that no header can carry are refused', () =>
    withSandbox({ minor: 37 }, async (sandbox) => {
      const args = ['/healthz', '--node', 'node-1', '--via', 'apiserver', '--as'];
      await curl(sandbox, [...args, 'jürgen']);
      const seen = String(sandbox.apiServer.requests.at(-1)?.headers['impersonate-user']);
      assert.is(Buffer.from(seen, 'latin1').toString('utf8'), 'jürgen');
      const { code, stderr } = await curl(sandbox, [...args, 'a\nb']);
      assert.is(code, 2);
      assert.match(stderr, /characters that no HTTP header can carry/);
    }));

  test('-i prints status line and headers, also of a refusal, whose body then goes to stdout', () =>
    withSandbox({ minor: 37 }, async (sandbox) => {
      const fine = await curl(sandbox, ['/healthz', '--node', 'node-1', '-i']);
      assert.match(
        fine.stdout,
        /^HTTP\/1\.1 200 OK\r\ncontent-type: text\/plain; charset=utf-8\r\n(?:.+\r\n)*\r\nok$/i,
      );
      const refused = await curl(sandbox, ['/nosuch', '--node', 'node-1', '-i']);
      assert.is(refused.code, 1);
      assert.match(refused.stdout, /^HTTP\/1\.1 404 Not Found\r\n[\s\S]*404 page not found\n$/);
    }));

  for (const header of ['Trailer: x', 'Transfer-Encoding: chunked', 'Upgrade: x'])
    test(`a header of the connection's own, ${header}, is refused`, () =>
      withSandbox({ minor: 37 }, async (sandbox) => {
        const args = ['/healthz', '--node', 'node-1', '-H', header];
        const { code, stderr } = await curl(sandbox, args);
        assert.is(code, 2);
        assert.match(stderr, /belongs to the connection/);
      }));

  test('a redirection is told, not followed', () =>
    withSandbox({ minor: 37 }, async (sandbox) => {
      const { code, stderr } = await curl(sandbox, ['/logs', '--node', 'node-1']);
      assert.is(code, 0);
      assert.match(stderr, /points to \/logs\/\n$/);
    }));

  test('data may come from a file or from standard input, and makes a POST', () =>
    withSandbox({ minor: 37 }, async (sandbox) => {
      const file = join(sandbox.directory, 'level');
      writeFileSync(file, '4');
      const args = ['/debug/flags/v', '--node', 'node-1', '--allow-unsafe', '-X', 'PUT'];
      assert.match((await curl(sandbox, [...args, '-d', `@${file}`])).stdout, /set .* to 4\n$/);
      const env = { KUBECONFIG: sandbox.kubeconfigs.admin };
      assert.match(
        (await runTool(['curl', ...args, '-d', '@-'], { env, stdin: '5' })).stdout,
        /set .* to 5\n$/,
      );
      await curl(sandbox, ['/stats/summary', '--node', 'node-1', '-d', '{}']);
      assert.is(sandbox.kubelets[0]?.requests.at(-1), 'POST /stats/summary');
    }));

  test('an unknown node is told in the words of the API server', () =>
    withSandbox({ minor: 37 }, async (sandbox) => {
      const { code, stderr } = await curl(sandbox, ['/healthz', '--node', 'nope']);
      assert.is(code, 1);
      assert.is(
        stderr,
        'Error from server (NotFound): nodes "nope" not found\nhint: kubectl get nodes\n',
      );
    }));

  test('a node without a usable address is told', () =>
    withSandbox({ minor: 37 }, async (sandbox) => {
      const { code, stderr } = await curl(sandbox, [
        '/healthz',
        '--node',
        'node-1',
        '--kubelet-preferred-address-types',
        'ExternalIP',
      ]);
      assert.is(code, 1);
      assert.match(stderr, /^error: node node-1 has no address of type ExternalIP\n/);
    }));

  for (const [title, args, expected] of [
    ['no node', ['/healthz'], /name one kubelet: --node NAME or --address HOST/],
    [
      'both a node and an address',
      ['/healthz', '--node', 'a', '--address', 'b'],
      /name one kubelet/,
    ],
    [
      'a node name with a colon, which would choose a port',
      ['/healthz', '--node', 'node-1:https', '--via', 'apiserver'],
      /"node-1:https" is not a node name/,
    ],
    [
      'a way that is none',
      ['/healthz', '--node', 'a', '--via', 'pigeon'],
      /--via "pigeon" is neither direct nor apiserver/,
    ],
    [
      'an address through the API server',
      ['/healthz', '--address', 'a', '--via', 'apiserver'],
      /cannot be used with --via apiserver/,
    ],
    [
      'a header that is none',
      ['/healthz', '--node', 'a', '-H', 'nonsense'],
      /a header must be "Name: value"/,
    ],
    ['a method that is none', ['/healthz', '--node', 'a', '-X', 'GE T'], /"GE T" is not a method/],
    [
      'a duration that is none',
      ['/healthz', '--node', 'a', '--timeout', 'soon'],
      /--timeout "soon" is not a duration/,
    ],
    [
      'a port that is none',
      ['/healthz', '--node', 'a', '--kubelet-port', '0'],
      /--kubelet-port "0" is not a port/,
    ],
    [
      'an address type that is none',
      ['/healthz', '--node', 'a', '--kubelet-preferred-address-types', 'IP'],
      /"IP" is not an address type/,
    ],
    [
      'what runs code',
      ['/run/a/b/c', '--node', 'a', '-X', 'POST'],
      /POST \/run\/a\/b\/c runs code or changes something/,
    ],
    [
      '-k through the API server',
      ['/healthz', '--node', 'a', '--via', 'apiserver', '-k'],
      /cannot be used with --via apiserver/,
    ],
    [
      'an address that is none',
      ['/healthz', '--address', 'x@127.0.0.1'],
      /is not HOST or HOST:PORT/,
    ],
    [
      'an address with a fragment',
      ['/healthz', '--address', '127.0.0.1#'],
      /is not HOST or HOST:PORT/,
    ],
    ['a tunnel', ['/healthz', '--node', 'a', '-X', 'connect'], /is not a method/],
    ['two paths', ['/healthz', '/metrics', '--node', 'a'], /too many arguments: \/metrics/],
  ] as const)
    test(`${title} is exit 2, and nothing is asked`, () =>
      withSandbox({ minor: 37 }, async (sandbox) => {
        const { code, stdout, stderr } = await curl(sandbox, args);
        assert.is(code, 2, stderr);
        assert.is(stdout, '');
        assert.match(stderr, expected);
        assert.equal(sandbox.apiServer.requests, []);
      }));
});
