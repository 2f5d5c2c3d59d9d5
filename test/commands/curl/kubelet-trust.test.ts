import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:tls';
import * as assert from 'uvu/assert';
import { concurrentSuite } from '../../kit/suite.ts';
import { nowhere } from '../../kit/temporary.ts';
import { withSandbox } from '../../kit/with-sandbox.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';

const nodes = ['none', 'self-signed', 'self-signed-alone', 'expired', 'wrong-name'] as const;
const healthz = (number: number, ...more: readonly string[]) => [
  'curl',
  '/healthz',
  '--node',
  `node-${number}`,
  '--via',
  'direct',
  ...more,
];

/** `SHA256:…` of the certificate that a kubelet shows. */
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
const other = `SHA256:${Array(32).fill('AB').join(':')}`;

concurrentSuite('curl --kubelet-fingerprint', (test) => {
  test('sends a token to the kubelet with that certificate, whatever is wrong with it otherwise', () =>
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
        const address = ['--address', `127.0.0.1:${port}`];
        const straight = [
          'curl',
          '/healthz',
          '--via',
          'direct',
          ...address,
          '--kubelet-fingerprint',
          fingerprint,
        ];
        assert.is((await tool(straight, 'token')).stdout, 'ok');
      }
    }));

  test('sends nothing to a kubelet with another one, although its CA is trusted, and names both', () =>
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

  test('with names is for these nodes only: others are verified as ever', () =>
    withSandbox({ nodes }, async (sandbox, tool) => {
      const fingerprint = await fingerprintOf(sandbox, 2);
      const pins = [
        '--kubelet-fingerprint',
        `node-2=${fingerprint}`,
        '--kubelet-fingerprint',
        `node-9=${other}`,
      ];
      assert.is((await tool(healthz(1, ...pins), 'token')).stdout, 'ok');
      assert.is((await tool(healthz(2, ...pins), 'token')).stdout, 'ok');
      const { code, stderr } = await tool(healthz(3, ...pins), 'token');
      assert.is(code, 1);
      assert.match(stderr, 'its certificate is self-signed\n');
      assert.equal(requestsOf(sandbox, 3), []);
    }));

  test('needs no CA, and without one nothing else is trusted', () =>
    withSandbox({ nodes }, async (sandbox, tool) => {
      const config = JSON.parse(readFileSync(sandbox.kubeconfigs.admin, 'utf8'));
      config.clusters[0].cluster = {
        server: sandbox.apiServer.url,
        'insecure-skip-tls-verify': true,
      };
      const path = join(sandbox.directory, 'no-ca');
      writeFileSync(path, JSON.stringify(config));
      const unverified = ['--kubeconfig', path];
      const pin = ['--kubelet-fingerprint', await fingerprintOf(sandbox, 1)];
      const secret = ['-H', 'X-Key: secret'];
      assert.is((await tool(healthz(1, ...unverified, ...pin, ...secret))).stdout, 'ok');
      const named = ['--kubelet-fingerprint', `node-2=${await fingerprintOf(sandbox, 2)}`];
      assert.is((await tool(healthz(2, ...unverified, ...named))).stdout, 'ok');
      const { code, stderr } = await tool(healthz(1, ...unverified, ...named));
      assert.is(code, 1);
      assert.match(stderr, 'its certificate is signed by an authority that is not trusted\n');
    }));

  for (const [title, args, words] of [
    [
      'beside -k',
      ['-k'],
      '--kubelet-fingerprint cannot be used together with --kubelet-insecure-skip-tls-verify',
    ],
    [
      'beside a CA',
      ['--kubelet-certificate-authority', 'system'],
      '--kubelet-certificate-authority cannot be used together with --kubelet-fingerprint',
    ],
    [
      'beside a trust file',
      ['--kubelet-trust', 'f'],
      '--kubelet-trust cannot be used together with --kubelet-fingerprint',
    ],
    [
      'beside --print-curl, which could not say the same',
      ['--print-curl'],
      '--kubelet-fingerprint and --print-curl cannot be used together: curl does not compare fingerprints of certificates',
    ],
    [
      'by way of the API server',
      ['--via', 'apiserver'],
      '--kubelet-* flags and -k apply to direct connections: they cannot be used with --via apiserver',
    ],
  ] as const)
    test(`is a usage error ${title}`, () =>
      withSandbox(async (sandbox, tool) => {
        const { code, stderr } = await tool(healthz(1, '--kubelet-fingerprint', other, ...args));
        assert.equal([code, stderr.split('\n')[0]], [2, `error: ${words}`]);
        assert.equal(sandbox.apiServer.requests, []);
      }));
});

concurrentSuite('curl --kubelet-trust', (test) => {
  test('refuses what is not recorded, records it once with --kubelet-trust-new, and accepts it then', () =>
    withSandbox({ nodes }, async (sandbox, tool) => {
      const path = join(sandbox.directory, 'kubelets');
      const trust = ['--kubelet-trust', path];
      const shown = await fingerprintOf(sandbox, 2);
      const before = await tool(healthz(2, ...trust), 'token');
      assert.equal([before.code, before.stdout, requestsOf(sandbox, 2)], [1, '', []]);
      for (const words of [
        `its certificate is not recorded for node-2 in ${path}: ${shown} (its certificate is self-signed)\n`,
        'hint: kubectl kubeletaccess curl /healthz --node node-2 --kubelet-trust FILE --kubelet-trust-new\n',
      ])
        assert.match(before.stderr, words);
      const first = await tool(healthz(2, ...trust, '--kubelet-trust-new'), 'token');
      assert.equal(
        [first.code, first.stdout, first.stderr],
        [0, 'ok', `note: recorded the certificate of kubelet node-2: ${shown}\n`],
      );
      for (const more of [[], ['--kubelet-trust-new']]) {
        const later = await tool(healthz(2, ...trust, ...more), 'token');
        assert.equal([later.code, later.stdout, later.stderr], [0, 'ok', '']);
      }
    }));

  test('refuses a certificate that differs from its record, and names file, line and fingerprints', () =>
    withSandbox({ nodes }, async (sandbox, tool) => {
      const path = join(sandbox.directory, 'kubelets');
      const trust = ['--kubelet-trust', path, '--kubelet-trust-new'];
      const shown = await fingerprintOf(sandbox, 2);
      await tool(healthz(2, ...trust));
      const changed = readFileSync(path, 'utf8').replace(/SHA256:[0-9A-F:]{95}/, other);
      writeFileSync(path, changed);
      const before = requestsOf(sandbox, 2).length;
      const { code, stdout, stderr } = await tool(healthz(2, ...trust), 'token');
      assert.equal([code, stdout, requestsOf(sandbox, 2).length], [1, '', before]);
      assert.match(stderr, `${shown} shown, ${other} recorded for node-2 in ${path}, line 3\n`);
      assert.match(stderr, 'why: WARNING: ');
      assert.match(stderr, 'delete the line of the old one');
      assert.is(readFileSync(path, 'utf8'), changed);
    }));

  test('needs no record of a kubelet that the CA verifies', () =>
    withSandbox({ nodes }, async (sandbox, tool) => {
      const path = join(sandbox.directory, 'kubelets');
      for (const more of [[], ['--kubelet-trust-new']]) {
        const args = healthz(1, '--kubelet-trust', path, ...more);
        const { code, stdout, stderr } = await tool(args, 'token');
        assert.equal([code, stdout, stderr], [0, 'ok', '']);
      }
      assert.throws(() => readFileSync(path), /ENOENT/);
    }));

  test('with a CA of its own verifies by that, and the rest by the file', () =>
    withSandbox({ nodes }, async (sandbox, tool) => {
      const path = join(sandbox.directory, 'kubelets');
      const ca = ['--kubelet-certificate-authority', 'system', '--kubelet-trust', path];
      assert.is((await tool(healthz(1, ...ca))).code, 1);
      const { stderr } = await tool(healthz(1, ...ca, '--kubelet-trust-new'));
      assert.match(stderr, /^note: recorded the certificate of kubelet node-1: /);
      assert.is((await tool(healthz(1, ...ca))).stdout, 'ok');
    }));

  for (const [title, more, words] of [
    ['and says so', ['--timeout', '5s'], /\.lock exists, so .*\nhint: .*: rm \S+\.lock\n/],
    ['and stays direct at a time limit', ['--timeout', '900ms'], /: no answer within 0\.9 s\n/],
  ] as const)
    test(`waits for the lock of another process, ${title}, with --via auto as well`, () =>
      withSandbox({ nodes }, async (sandbox, tool) => {
        const path = join(sandbox.directory, 'kubelets');
        writeFileSync(`${path}.lock`, '');
        const trust = ['--kubelet-trust', path, '--kubelet-trust-new', '--via', 'auto'];
        const { code, stdout, stderr } = await tool(healthz(2, ...trust, ...more));
        assert.equal([code, stdout, requestsOf(sandbox, 2)], [1, '', []]);
        assert.match(stderr, words);
        assert.not.match(stderr, 'through the API server');
        const lines = sandbox.apiServer.requests.map(({ line }) => line);
        assert.equal(lines, ['GET /api/v1/nodes/node-2']);
      }));

  test('sends nothing where the record cannot be written', () =>
    withSandbox({ nodes }, async (sandbox, tool) => {
      const trust = ['--kubelet-trust', `${nowhere}/kubelets`, '--kubelet-trust-new'];
      const { code, stderr } = await tool(healthz(2, ...trust));
      assert.equal(
        [code, stderr, requestsOf(sandbox, 2)],
        [
          1,
          `error: unable to write kubelet trust file ${nowhere}/kubelets: no such file or directory\n`,
          [],
        ],
      );
    }));

  test('is an error with the number of the line if the file is damaged, before any request', () =>
    withSandbox({ nodes }, async (sandbox, tool) => {
      const path = join(sandbox.directory, 'kubelets');
      writeFileSync(path, '# mine\n\nnode-2\n');
      const { code, stderr } = await tool(healthz(2, '--kubelet-trust', path));
      assert.is(code, 1);
      assert.match(stderr, `error: invalid kubelet trust file ${path}, line 3: must be KUBELET `);
      assert.equal(sandbox.apiServer.requests, []);
    }));

  for (const [args, words] of [
    [
      ['--kubelet-trust', 'f', '--print-curl'],
      '--kubelet-trust and --print-curl cannot be used together: curl does not compare fingerprints of certificates',
    ],
    [['--kubelet-trust-new'], '--kubelet-trust-new needs --kubelet-trust FILE'],
    [
      ['--kubelet-trust', 'f', '-k'],
      '--kubelet-trust cannot be used together with --kubelet-insecure-skip-tls-verify',
    ],
  ] as const)
    test(`is a usage error: ${args.join(' ')}`, () =>
      withSandbox(async (_, tool) => {
        const { code, stderr } = await tool(healthz(1, ...args));
        assert.equal([code, stderr.split('\n')[0]], [2, `error: ${words}`]);
      }));
});

concurrentSuite('status with fingerprints', (test) => {
  test('records all kubelets at once, and then reaches each of them', () =>
    withSandbox({ nodes }, async (sandbox, tool) => {
      const path = join(sandbox.directory, 'kubelets');
      const report = async (...more: readonly string[]) => {
        const { stdout } = await tool(['status', '-o', 'json', '--kubelet-trust', path, ...more]);
        const { nodes: rows } = JSON.parse(stdout) as {
          nodes: readonly { direct: { result: string } }[];
        };
        return rows.map(({ direct }) => direct.result);
      };
      assert.equal(await report(), ['ok', ...Array(4).fill('certificate not recorded')]);
      assert.equal(await report('--kubelet-trust-new'), Array(5).fill('ok'));
      assert.equal(await report(), Array(5).fill('ok'));
      writeFileSync(path, readFileSync(path, 'utf8').replaceAll(/SHA256:[0-9A-F:]{95}/g, other));
      assert.equal(await report(), ['ok', ...Array(4).fill('different certificate')]);
    }));

  test('is an error for more than one node without their names', () =>
    withSandbox(async (sandbox, tool) => {
      const { code, stderr } = await tool(['status', '--kubelet-fingerprint', other]);
      assert.is(code, 2);
      assert.match(stderr, 'without NODE= is for one kubelet, named by --node or --address\n');
      assert.equal(sandbox.apiServer.requests, []);
    }));

  test('still lets audit report that nobody else can verify them', () =>
    withSandbox({ nodes: ['self-signed'] }, async (sandbox, tool) => {
      const pin = ['--kubelet-fingerprint', `node-1=${await fingerprintOf(sandbox, 1)}`];
      const { stdout } = await tool(['audit', ...pin]);
      assert.match(stdout, /KA203/);
      // The configuration, which takes a credential, is read straight from the kubelet.
      assert.ok(requestsOf(sandbox, 1).includes('GET /configz'));
    }));
});
