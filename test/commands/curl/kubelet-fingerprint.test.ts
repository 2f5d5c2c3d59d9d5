import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:tls';
import * as assert from 'uvu/assert';
import { concurrentSuite } from '../../kit/suite.ts';
import { checkFailure } from '../../kit/tool.ts';
import { withSandbox } from '../../kit/with-sandbox.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';

const nodes = ['none', 'self-signed', 'self-signed-alone', 'expired', 'wrong-name'] as const;
const direct = ['curl', '/healthz', '--via', 'direct', '--show-token'];
const healthz = (number: number, ...more: readonly string[]) => [
  ...[...direct, '--node', `node-${number}`, ...more],
];

/** Returns `SHA256:…` of a kubelet's certificate. */
function fingerprintOf({ kubelets }: Sandbox, number: number): Promise<string> {
  const { host = '', port = 0 } = kubelets[number - 1] ?? {};
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, rejectUnauthorized: false }, () => {
      resolve(`SHA256:${socket.getPeerCertificate().fingerprint256}`);
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

const requestsOf = ({ kubelets }: Sandbox, number: number) => kubelets[number - 1]?.requests ?? [];
const pin = (fingerprint: string) => ['--kubelet-fingerprint', fingerprint];
const other = `SHA256:${Array(32).fill('AB').join(':')}`;

concurrentSuite('curl --kubelet-fingerprint', (test) => {
  test('sends a token to a kubelet with this fingerprint, even if its certificate has other faults', () =>
    withSandbox({ nodes }, async (sandbox, tool) => {
      for (const number of [1, 2, 3, 4, 5]) {
        const fingerprint = await fingerprintOf(sandbox, number);
        const forms = [
          fingerprint,
          `sha256:${fingerprint.slice(7).replaceAll(':', '').toLowerCase()}`,
        ];
        for (const form of forms) {
          const args = healthz(number, '--kubelet-fingerprint', form, '-H', 'X-Key: secret');
          const { code, stdout, stderr } = await tool(args, 'token');
          assert.equal([code, stdout, stderr], [0, 'ok', ''], `node-${number} ${form}`);
        }
        const { port } = sandbox.kubelets[number - 1] ?? {};
        const address = ['--kubelet-address', `127.0.0.1:${port}`];
        const straight = [...direct, ...address, '--kubelet-fingerprint', fingerprint];
        assert.is((await tool(straight, 'token')).stdout, 'ok');
      }
    }));

  test('names both fingerprints and sends nothing if a certificate differs, even if its CA is trusted', () =>
    withSandbox({ nodes }, async (sandbox, tool) => {
      for (const number of [1, 2]) {
        const args = healthz(number, '--kubelet-fingerprint', other);
        const { code, stdout, stderr } = await tool(args, 'token');
        const shown = await fingerprintOf(sandbox, number);
        assert.equal([code, stdout], [1, '']);
        assert.match(
          stderr,
          `its certificate is not the expected one: ${shown} shown, ${other} given with --kubelet-fingerprint\n`,
        );
        assert.match(stderr, 'why: WARNING: the kubelet at 127.0.0.1:');
        assert.match(stderr, 'openssl x509 -noout -fingerprint -sha256');
        assert.equal(requestsOf(sandbox, number), []);
      }
    }));

  test('needs no CA', () =>
    withSandbox({ nodes }, async (sandbox, tool) => {
      const config = JSON.parse(readFileSync(sandbox.kubeconfigs.admin, 'utf8'));
      config.clusters[0].cluster = {
        server: sandbox.apiServer.url,
        'insecure-skip-tls-verify': true,
      };
      const path = join(sandbox.directory, 'no-ca');
      writeFileSync(path, JSON.stringify(config));
      const unverified = ['--kubeconfig', path];
      const only = pin(await fingerprintOf(sandbox, 1));
      const secret = ['-H', 'X-Key: secret'];
      assert.is((await tool(healthz(1, ...unverified, ...only, ...secret))).stdout, 'ok');
      const named = pin(`node-2=${await fingerprintOf(sandbox, 2)}`);
      assert.is((await tool(healthz(2, ...unverified, ...named))).stdout, 'ok');
      checkFailure(
        await tool(healthz(1, ...unverified, ...named)),
        'its certificate is signed by an authority that is not trusted\n',
      );
    }));
});

concurrentSuite('--kubelet-fingerprint @FILE', (test) => {
  test('trusts only the certificates whose fingerprints `certificates -o fingerprints` printed', () =>
    withSandbox({ nodes }, async (sandbox, tool) => {
      const path = join(sandbox.directory, 'kubelets');
      const printed = await tool(['certificates', '-o', 'fingerprints']);
      const lines = await Promise.all(
        nodes.map(
          async (_, index) => `node-${index + 1}=${await fingerprintOf(sandbox, index + 1)}`,
        ),
      );
      assert.equal(printed.stdout.trimEnd().split('\n').sort(), lines);
      writeFileSync(path, `# kept\n\n${printed.stdout}`);
      const report = async () => {
        const args = ['status', '-o', 'json', '--kubelet-fingerprint', `@${path}`];
        const { nodes: rows } = JSON.parse((await tool(args)).stdout) as {
          nodes: readonly { direct: { result: string; cause?: string } }[];
        };
        return rows.map(({ direct }) => direct.cause ?? direct.result);
      };
      assert.equal(await report(), Array(5).fill('ok'));
      writeFileSync(path, readFileSync(path, 'utf8').replaceAll(/SHA256:[0-9A-F:]{95}/g, other));
      assert.equal(await report(), Array(5).fill('different-certificate'));
    }));

  test('names the line of the file with the expected fingerprint if a certificate differs', () =>
    withSandbox({ nodes }, async (sandbox, tool) => {
      writeFileSync(join(sandbox.directory, 'kubelets'), `# old\nnode-2=${other}\n`);
      const path = join(sandbox.directory, 'kubelets');
      const args = healthz(2, '--kubelet-fingerprint', `@${path}`);
      const { code, stdout, stderr } = await tool(args, 'token');
      assert.equal([code, stdout, requestsOf(sandbox, 2)], [1, '', []]);
      assert.match(
        stderr,
        `${await fingerprintOf(sandbox, 2)} shown, ${other} given in ${path}, line 2\n`,
      );
      assert.match(stderr, 'why: WARNING: ');
    }));

  for (const command of ['curl /healthz', 'status', 'get configz', 'exec web --allow-exec'])
    test(`applies to a kubelet that is called by its address: ${command}`, () =>
      withSandbox({ nodes }, async (sandbox, tool) => {
        const path = join(sandbox.directory, 'kubelets');
        const { stdout } = await tool('certificates -o fingerprints');
        const at = ['--kubelet-address', `127.0.0.1:${sandbox.kubelets[1]?.port}`];
        const words = [...command.split(' '), ...at, ...pin(`@${path}`)];
        const call = () => tool(command.startsWith('exec') ? [...words, '--', 'date'] : words);
        writeFileSync(path, stdout);
        await call();
        const before = requestsOf(sandbox, 2).length;
        assert.ok(before > 0);
        writeFileSync(path, `node-1=${other}\n`);
        const { code, stdout: out, stderr } = await call();
        assert.is(code, 1);
        const missing = `shown, none of those given for node-1 in ${path}`;
        assert.match(out + stderr, missing);
        assert.is(requestsOf(sandbox, 2).length, before);
      }));

  for (const [title, text, words] of [
    [
      'a damaged line',
      '# mine\n\nnode-2\n',
      'invalid file of --kubelet-fingerprint PATH, line 3: must be NODE=SHA256:… once for each kubelet',
    ],
    ['a line without a node', `${other}\n`, 'invalid file of --kubelet-fingerprint PATH, line 1: '],
    [
      'a node twice',
      `node-2=${other}\nnode-2=${other}\n`,
      'invalid file of --kubelet-fingerprint PATH, line 2: ',
    ],
    ['no line', '# none\n', 'file of --kubelet-fingerprint PATH has no fingerprints'],
    [
      'a node that another --kubelet-fingerprint names, too',
      `node-1=${other}\n`,
      '--kubelet-fingerprint for node-1 is given twice: given in PATH, line 1, and before',
    ],
  ] as const)
    test(`fails before any request for a file with ${title}`, () =>
      withSandbox({ nodes }, async (sandbox, tool) => {
        const path = join(sandbox.directory, 'kubelets');
        writeFileSync(path, text);
        const pins = [`@${path}`, `node-1=${other}`].flatMap(pin);
        checkFailure(await tool(healthz(2, ...pins)), `error: ${words.replace('PATH', path)}`);
        assert.equal(sandbox.apiServer.requests, []);
      }));
});

concurrentSuite('audit with fingerprints', (test) => {
  test('still reports that other clients cannot verify the certificates', () =>
    withSandbox({ nodes: ['self-signed'] }, async (sandbox, tool) => {
      const pins = pin(`node-1=${await fingerprintOf(sandbox, 1)}`);
      const { stdout } = await tool(['audit', ...pins]);
      assert.match(stdout, /KA203/);
      // audit has read the configuration directly from the kubelet, although this request needs a credential.
      assert.ok(requestsOf(sandbox, 1).includes('GET /configz'));
    }));
});
