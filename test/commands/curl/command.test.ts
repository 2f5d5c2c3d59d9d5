import { createPrivateKey } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { createAuthority } from '../../kit/certificates.ts';
import { fc } from '../../kit/fast-check.ts';
import { runs } from '../../kit/random.ts';
import { withScriptedKubelet } from '../../kit/scripted-kubelet.ts';
import { suite } from '../../kit/suite.ts';
import { type CommandLine, checkFailure, runTool } from '../../kit/tool.ts';
import { withSandbox } from '../../kit/with-sandbox.ts';
import { withListener } from '../../sandbox/listen.ts';
import { type Sandbox, sandboxToken } from '../../sandbox/sandbox.ts';

const curl = (sandbox: Sandbox, args: CommandLine, who: 'admin' | 'dev' | 'token' = 'admin') =>
  runTool(typeof args === 'string' ? `curl ${args}` : ['curl', ...args], {
    env: { KUBECONFIG: sandbox.kubeconfigs[who], KUBELETACCESS_VIA: 'direct' },
  });

const healthz = ['/healthz', '--node', 'node-1'];

suite('curl: the error for a kubelet', (test) => {
  test('says that the connection was refused', () =>
    withSandbox(async (sandbox) => {
      await sandbox.kubelets[0]?.stop();
      const { code, stderr } = await curl(sandbox, healthz);
      assert.is(code, 1);
      assert.match(
        stderr,
        /^error: cannot reach the kubelet of node-1 at 127\.0\.0\.1:\d+: connection refused\nwhy: the client reached the host at \S+, but the connection was refused: [^\n]+\nremedy: [^\n]+\nhint: through [^\n]+\nhint: ssh node-1 journalctl -u kubelet -n 100 --no-pager \| kubectl kubeletaccess explain -\nhint: kubectl kubeletaccess status\n$/,
      );
      const proxied = await curl(sandbox, [...healthz, '--via', 'apiserver']);
      assert.match(
        proxied.stderr,
        /^Error from server \(ServiceUnavailable\): error trying to reach service: dial tcp \S+ connect: connection refused\nwhy: kube-apiserver reached the host at \S+, but the connection was refused: /,
      );
    }));
});

suite('curl: credentials', (test) => {
  for (const flag of ['-k', '--kubelet-insecure-skip-tls-verify'])
    test(`curl ${flag} rejects a token, and sends no request`, () =>
      withSandbox({ nodes: ['wrong-name'] }, async (sandbox) => {
        const { code, stderr } = await curl(sandbox, [...healthz, flag], 'token');
        assert.is(code, 1);
        assert.match(
          stderr,
          /^error: a token is never sent to a kubelet whose certificate is not verified\n/,
        );
        assert.equal(sandbox.kubelets[0]?.requests, []);
        assert.not.match(stderr, sandboxToken);
      }));

  const harmless = [
    ...['Accept', 'accept-encoding', 'Accept-Language', 'Cache-Control', 'Content-Type', 'Host'],
    ...['If-None-Match', 'if-modified-since', 'Range', 'User-Agent'],
  ];
  test('curl -k sends no header that may be secret', () =>
    withSandbox({ nodes: ['wrong-name'] }, (sandbox) =>
      fc.assert(
        fc.asyncProperty(
          fc.oneof(
            fc.stringMatching(/^[A-Za-z][A-Za-z0-9_.!~-]{0,20}$/),
            fc.constantFrom('Authorization', 'cookie', 'X-Auth-Token', 'Api-Key', 'Private-Token'),
            fc.constantFrom(...harmless).map((name) => `X-${name}`),
          ),
          async (name) => {
            fc.pre(!harmless.some((each) => each.toLowerCase() === name.toLowerCase()));
            fc.pre(!/^(?:te|content-length|trailer|upgrade|connection|if-.*)$/i.test(name));
            const args = [...healthz, '-k', '-H', `${name}: s3cret-value`];
            const { code, stderr } = await curl(sandbox, args);
            assert.is(code, 1);
            assert.match(
              stderr,
              `error: header ${name.toLowerCase()}, which may hold a secret, is never`,
            );
            assert.not.match(stderr, 's3cret-value');
            assert.equal(sandbox.kubelets[0]?.requests, []);
          },
        ),
        runs(200, 4000),
      ),
    ));

  test('curl -k sends headers that are never secret', () =>
    withSandbox({ nodes: ['wrong-name'] }, async (sandbox) => {
      for (const name of harmless) {
        const args = [...healthz, '-k', '-H', `${name}: bytes=0-1`];
        const { code, stderr } = await curl(sandbox, args);
        assert.is(code, 0, stderr);
      }
    }));

  test('trusts only the CA of --kubelet-certificate-authority', () =>
    withSandbox(async (sandbox) => {
      const ca = join(sandbox.directory, 'other.pem');
      writeFileSync(ca, (await createAuthority('sandbox-ca')).cert);
      checkFailure(
        await curl(sandbox, [...healthz, '--kubelet-certificate-authority', ca]),
        /its certificate is signed by an authority that is not trusted\nwhy: [^\n]+\nremedy: .*--kubelet-certificate-authority FILE/,
      );
    }));

  test('rejects impersonation on the direct path, and sends it through the API server', () =>
    withSandbox(async (sandbox) => {
      const direct = await curl(sandbox, [...healthz, '--as', 'jane']);
      assert.is(direct.code, 2);
      assert.match(direct.stderr, /^error: impersonation does not work with kubelets/);
      const proxied = await curl(sandbox, [
        ...[...healthz, '--via', 'apiserver', '--as', 'jane', '--as-group', 'g'],
      ]);
      assert.match(proxied.stderr, /User "jane" cannot get resource "nodes\/proxy"/);
      const seen = sandbox.apiServer.requests.at(-1)?.headers;
      assert.equal([seen?.['impersonate-user'], seen?.['impersonate-group']], ['jane', 'g']);
    }));
});

suite('curl: TLS', (test) => {
  /** Runs a server that has a certificate with these names from the sandbox's authority. */
  async function withImpostor(
    names: { readonly dnsNames?: readonly string[]; readonly commonName?: string },
    use: (sandbox: Sandbox, address: string, seen: () => number) => Promise<void>,
  ): Promise<void> {
    await withSandbox({ nodes: [] }, async (sandbox) => {
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
      await withListener(server, (port) => use(sandbox, `127.0.0.1:${port}`, () => requests));
    });
  }

  test('verifies the address, not the Host header', () =>
    withImpostor({ dnsNames: ['other.example'] }, async (sandbox, address, seen) => {
      checkFailure(
        await curl(
          sandbox,
          ['/healthz', '--kubelet-address', address, '-H', 'Host: other.example', '--show-token'],
          'token',
        ),
        /its certificate is for another name/,
      );
      assert.is(seen(), 0);
    }));

  test('ignores the common name of a certificate', () =>
    withImpostor({ commonName: '127.0.0.1' }, async (sandbox, address, seen) => {
      checkFailure(
        await curl(sandbox, ['/healthz', '--kubelet-address', address, '--show-token'], 'token'),
        /its certificate is for another name \(not valid for any names, but wanted to match 127\.0\.0\.1\)/,
      );
      assert.is(seen(), 0);
    }));

  test('verifies --kubelet-tls-server-name instead of the address', () =>
    withImpostor({ dnsNames: ['node.example'] }, async (sandbox, address) => {
      const args = ['/healthz', '--kubelet-address', address, '--kubelet-tls-server-name'];
      assert.is((await curl(sandbox, [...args, 'node.example'])).stdout, 'secret');
      assert.is((await curl(sandbox, [...args, 'other.example'])).code, 1);
      assert.is((await curl(sandbox, [...args, '10.0.0.1'])).code, 1);
    }));

  test('uses the valid certificates of a bundle that also has invalid certificates', () =>
    withSandbox(async (sandbox) => {
      const ca = join(sandbox.directory, 'ca.pem');
      const garbage = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
      const args = [...healthz, '--kubelet-certificate-authority', ca];
      writeFileSync(ca, garbage + sandbox.authority.cert);
      assert.is((await curl(sandbox, args)).stdout, 'ok');
      for (const text of [garbage, 'nonsense', '']) {
        writeFileSync(ca, text);
        checkFailure(
          await curl(sandbox, args),
          /^error: unable to load root certificates for the kubelet: no valid PEM certificate found/,
        );
      }
    }));

  test('reports an unusable client certificate or key in one sentence', () =>
    withSandbox(async (sandbox) => {
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
        [mine.cert, other.key, /private key does not match public key/],
        [mine.cert, encrypted, /private key is encrypted/],
        // A wrong password is accepted once in 256 times, but then the decrypted bytes are not a key.
        [mine.cert, encrypted.replace(/\n.{20}/, '\nAAAA'), /private key is encrypted/],
        [mine.cert, 'nonsense', /is not valid PEM/],
        [
          'nonsense',
          mine.key,
          /invalid client certificate for the kubelet: failed to find any PEM data in certificate input/,
        ],
      ] as const) {
        writeFileSync(cert, certText);
        writeFileSync(key, keyText);
        const args = ['--kubelet-client-certificate', cert, '--kubelet-client-key', key];
        const { code, stderr } = await curl(sandbox, [...healthz, ...args]);
        assert.is(code, 1, stderr);
        assert.match(stderr, expected);
      }
    }));
});

suite('curl: the request', (test) => {
  test('is not sent if an interrupt comes before the start; the exit code is 130', () =>
    withSandbox(async (sandbox, tool) => {
      const signal = AbortSignal.abort();
      const { code } = await tool('curl /healthz --node node-1', 'admin', { signal });
      assert.is(code, 130);
      assert.equal(sandbox.apiServer.requests, []);
    }));

  test('can contain impersonated names in UTF-8; names that a header cannot contain are rejected', () =>
    withSandbox(async (sandbox) => {
      const args = [...healthz, '--via', 'apiserver', '--as'];
      await curl(sandbox, [...args, 'jürgen']);
      const seen = String(sandbox.apiServer.requests.at(-1)?.headers['impersonate-user']);
      assert.is(Buffer.from(seen, 'latin1').toString('utf8'), 'jürgen');
      const { code, stderr } = await curl(sandbox, [...args, 'a\nb']);
      assert.is(code, 2);
      assert.match(stderr, /characters not allowed in an HTTP header/);
    }));

  test('-i prints status line, headers and body, even for an error', () =>
    withSandbox(async (sandbox) => {
      const fine = await curl(sandbox, [...healthz, '-i']);
      assert.match(
        fine.stdout,
        /^HTTP\/1\.1 200 OK\r\ncontent-type: text\/plain; charset=utf-8\r\n(?:.+\r\n)*\r\nok$/i,
      );
      const refused = await curl(sandbox, ['/nosuch', '--node', 'node-1', '-i']);
      assert.is(refused.code, 1);
      assert.match(refused.stdout, /^HTTP\/1\.1 404 Not Found\r\n[\s\S]*404 page not found\n$/);
    }));

  test('-i escapes control characters in headers', () =>
    withScriptedKubelet(
      (_, response) => response.writeHead(200, { 'x-note': '\x9b31mred' }).end('ok'),
      async ({ curl }) => {
        const { stdout } = await curl([...healthz, '-i']);
        assert.match(stdout, '\r\nx-note: \\x9b31mred\r\n');
      },
    ));

  test('can have a short name of a path, with a query', () =>
    withSandbox(async (sandbox) => {
      const short = 'healthz?verbose';
      const { code } = await curl(sandbox, [short, '--node', 'node-1']);
      const summary = await curl(sandbox, ['summary', '--node', 'node-1']);
      assert.equal([code, summary.code], [0, 0]);
      assert.equal(sandbox.kubelets[0]?.requests, ['GET /healthz?verbose', 'GET /stats/summary']);
    }));
});

suite('curl: an interrupt', (test) => {
  test('ends a request to one node with exit code 130, without an error', () => {
    const interruption = new AbortController();
    return withScriptedKubelet(
      () => interruption.abort(new Error('interrupted')),
      async ({ curl }) => {
        const result = await curl(healthz, { signal: interruption.signal });
        assert.equal([result.code, result.stdout, result.stderr], [130, '', '']);
      },
    );
  });
});
