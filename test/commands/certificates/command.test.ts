import { existsSync, lstatSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { root } from '../../../scripts/paths.ts';
import { run } from '../../../src/run.ts';
import { createAuthority, createSelfSigned } from '../../kit/certificates.ts';
import { schemaErrors } from '../../kit/json-schema.ts';
import { sweeps } from '../../kit/random.ts';
import { rule } from '../../kit/rbac.ts';
import { suite } from '../../kit/suite.ts';
import { runProcess } from '../../kit/tool.ts';
import { inVirtualTime } from '../../kit/virtual-time.ts';
import { allow, withSandbox } from '../../kit/with-sandbox.ts';
import { listen } from '../../sandbox/listen.ts';
import { pendingSigningRequest } from '../../sandbox/signing-request.ts';
import { withTlsKubelets } from './tls-kubelets.ts';

inVirtualTime();

interface List {
  readonly items: readonly Readonly<Record<string, unknown>>[];
}

const items = (stdout: string) => (JSON.parse(stdout) as List).items;
/** Returns the values of VERIFIED, in the order of rows. */
const verdicts = (stdout: string) => items(stdout).map(({ verification: verified }) => verified);
const lines = (text: string) => text.trimEnd().split('\n');
const plain = (text: string) =>
  text
    .replaceAll(/\d{9,}/g, 'N')
    .replaceAll(/csr-\w+/g, 'csr-x')
    .replaceAll(/, \d+s$/gm, ', AGE');

const faulty = [
  'none',
  'wrong-name',
  'other-authority',
  'self-signed',
  'self-signed-alone',
  'expired',
  'not-yet-valid',
  'not-for-servers',
  'no-certificate',
] as const;

suite('certificates', (test) => {
  test('prints a row for each node, even if the node has a fault', () =>
    withSandbox({ nodes: faulty }, async (_, tool) => {
      const { code, stdout, stderr } = await tool(['certificates']);
      assert.is(code, 4);
      assert.equal(lines(plain(stdout).replaceAll(/ +/g, ' ')), [
        'NODE ISSUER NAMES DAYS LEFT CLIENT VERIFIED PENDING',
        'node-6 sandbox-ca all -2 - certificate-expired -',
        'node-7 sandbox-ca all 2 - certificate-not-yet-valid -',
        'node-1 sandbox-ca all 364 300 yes -',
        'node-2 sandbox-ca none 364 - name-mismatch -',
        'node-3 another-ca all 364 - untrusted-ca -',
        'node-4 node-4-ca@N 1 of 2 364 - self-signed-certificate -',
        'node-5 system:node:node-5 all 364 - self-signed-certificate -',
        'node-8 sandbox-ca all 364 - certificate-not-for-servers -',
        'node-9 - - - - no-serving-certificate-yet csr-x',
      ]);
      assert.equal(
        lines(plain(stderr)).filter((line) => /^(?:warning|error|note)|answered/.test(line)),
        [
          'error: node-9: no-serving-certificate-yet (kubectl get csr --field-selector spec.signerName=kubernetes.io/kubelet-serving)',
          'warning: node-6: the serving certificate has expired',
          'warning: node-7: the serving certificate expires in 2 days',
          'warning: node-7: the serving certificate is not yet valid: the clock of the node or of the client is wrong',
          'note: client certificates are unknown: node-2, node-3, node-4, node-5, node-6 and 2 more: the serving certificate does not verify (kubectl kubeletaccess help trust)',
          'warning: node-4, node-5: the serving certificate is self-signed: a kube-apiserver with --kubelet-certificate-authority refuses it, and logs and exec fail',
          'warning: node-3: the serving certificate is signed by another-ca, which is not trusted: pass its CA with --kubelet-certificate-authority FILE',
          'warning: node-8: its certificate is not meant for servers',
          'warning: node-2, node-4: the serving certificate does not name the address of the node (such as 127.0.0.1): clients that verify it refuse it there',
          'warning: waiting for approval: csr-x of node-9, AGE',
          'warning: do not approve csr-x of node-9: 127.0.0.1 is a loopback address; 127.0.0.1 is an address of node-1, node-2, node-3 and 5 more as well',
          '8 of 9 nodes answered, 1 failed (no-serving-certificate-yet); -v=1 says why',
        ],
      );
    }));

  test('prints a list that fits its schema with -o json', () =>
    withSandbox({ nodes: faulty }, async (_, tool) => {
      const { stdout } = await tool(['certificates', '--sort-by', 'node', '-o', 'json']);
      const schema = join(root, 'docs/schemas/KubeletCertificateList.schema.json');
      assert.equal(schemaErrors(schema, JSON.parse(stdout)), []);
      const [good, misnamed, , selfMade] = items(stdout);
      assert.is(good?.['subject'], 'CN=system:node:node-1,O=system:nodes');
      assert.is(good?.['key'], 'EC P-256');
      assert.is(good?.['signature'], 'ecdsa-with-SHA256');
      assert.match(String(good?.['fingerprint']), /^[0-9A-F]{2}(?::[0-9A-F]{2}){31}$/);
      assert.is(misnamed?.['missingNames'], '127.0.0.1,node-2');
      assert.is(misnamed?.['otherNames'], 'elsewhere,10.0.0.1');
      assert.is(selfMade?.['selfSigned'], true);
      assert.is(selfMade?.['authority'], undefined);
    }));

  test('--serving-only sends kubelets neither a credential nor a request', () =>
    withSandbox({ nodes: [] }, async (sandbox, tool) => {
      const pair = await sandbox.authority.issue({
        commonName: 'a',
        usage: 'server',
        ips: ['127.0.0.1'],
      });
      await withTlsKubelets(sandbox, { a: pair }, async ([kubelet]) => {
        const { code, stderr } = await tool(['certificates', '--serving-only']);
        assert.is(code, 0, stderr);
        // Wait, because the server completes the handshake later than the client.
        for (let turn = 0; turn < 500 && kubelet?.handshakes() === 0; turn += 1) await sleep(10);
        await sleep(100);
        assert.equal(
          [kubelet?.handshakes(), kubelet?.identified(), kubelet?.received(), kubelet?.errors],
          [1, 0, 0, []],
        );
      });
    }));

  test('--expires-within checks serving and client certificates', () =>
    withSandbox(async (_, tool) => {
      const { code, stdout, stderr } = await tool(['certificates', '--expires-within', '299d']);
      assert.is(code, 0, stderr);
      assert.match(stdout, /^node-1 +sandbox-ca +all +364 +300 +yes +-$/m);
      const near = await tool(['certificates', '--expires-within', '301d']);
      assert.is(near.code, 3);
      assert.match(
        near.stderr,
        /^warning: node-1, node-2: the client certificate of the kubelet expires in 300 days \(first of 2\)\n2 of 2/,
      );
      const serving = await tool(['certificates', '--expires-within', '301d', '--serving-only']);
      assert.is(serving.code, 0, serving.stderr);
      assert.match(serving.stdout, /^node-1 +sandbox-ca +all +364 +- +yes +-$/m);
    }));

  test('--expires-within exits with 3 for a certificate that does not verify', () =>
    withSandbox({ nodes: ['none', 'wrong-name'] }, async (_, tool) => {
      assert.is((await tool('certificates --serving-only --expires-within 1d')).code, 3);
    }));

  test('needs no API server with --kubelet-address', () =>
    withSandbox(async (sandbox, tool) => {
      await sandbox.apiServer.stop();
      const addresses = sandbox.kubelets.map(({ port }) => `127.0.0.1:${port}`);
      const args = addresses.flatMap((address) => ['--kubelet-address', address]);
      const { code, stdout, stderr } = await tool(['certificates', ...args, '-o', 'csv']);
      assert.is(code, 0, stderr);
      assert.equal(
        lines(stdout)
          .slice(1)
          .map((line) => line.split(',').slice(0, 6).join()),
        addresses.map((address) => `${address},sandbox-ca,all,364,300,yes`),
      );
      const named = await tool([
        ...['certificates', ...args, '--kubelet-tls-server-name', 'node-1', '-o', 'json'],
      ]);
      assert.equal(
        items(named.stdout).map(({ named: each }) => each),
        ['all', 'none'],
      );
    }));

  test('prints a pending signing request only if the kubelet itself made it', () =>
    withSandbox(async (sandbox, tool) => {
      const put = async (name: string, username: string, node: string, asked: object = {}) => {
        const { metadata, spec, ...rest } = await pendingSigningRequest(node, '127.0.0.1', asked);
        sandbox.store.put('certificatesigningrequests', {
          ...rest,
          metadata: { ...metadata, name },
          spec: { ...(spec as object), username },
        });
      };
      for (const [index, { name }] of sandbox.kubelets.entries()) {
        const node = sandbox.store.get('nodes', name);
        assert.ok(node);
        const addresses = [
          { type: 'InternalIP', address: '127.0.0.1' },
          { type: 'Hostname', address: name },
          { type: 'ExternalIP', address: `fd00:0:0::${index + 1}` },
        ];
        const status = { ...(node['status'] as object), addresses };
        sandbox.store.put('nodes', { ...node, metadata: { name }, status });
      }
      await put('csr-own', 'system:node:node-1', 'node-1', { ips: ['fd00::1'] });
      await put('csr-foreign', 'node-2', 'node-2');
      await put('csr-admin', 'admin', 'node-2');
      await put('csr-evil', 'system:node:node-2', 'node-2', { dnsNames: ['kube'], ips: [] });
      const { stdout, stderr } = await tool(['certificates', '--serving-only', '-o', 'json']);
      assert.equal(
        items(stdout).map(({ pendingRequest, requestState, requestProblem }) => [
          pendingRequest,
          requestState,
          requestProblem,
        ]),
        [
          ['csr-own', 'pending', undefined],
          ['csr-evil', 'pending', 'kube is not an address of node-2'],
        ],
      );
      const notes = lines(stderr).filter((line) => /csr/.test(line));
      assert.equal(
        notes.map((line) => line.replaceAll(/, \d+s/g, '')),
        [
          'warning: waiting for approval: csr-own of node-1, csr-evil of node-2',
          'warning: do not approve csr-evil of node-2: kube is not an address of node-2',
          "hint: what it asks for: kubectl get csr csr-evil -o jsonpath='{.spec.request}' | base64 -d | openssl req -noout -text",
          'hint: csr-own: asks only for what its kubelet wrote into its Node object (kubectl get nodes node-1 -o wide): compare that with the machine in your cloud or inventory, then approve: kubectl certificate approve csr-own',
        ],
      );
    }));

  test('compares a signing request with all nodes, services and the API server, whatever nodes are chosen', () =>
    withSandbox(async (sandbox, tool) => {
      const { store } = sandbox;
      const put = async (node: string, ...addresses: readonly string[]) => {
        const object = store.get('nodes', node);
        assert.ok(object);
        const own = addresses.map((address) => ({ type: 'InternalIP', address }));
        const status = { ...(object['status'] as object), addresses: own };
        store.put('nodes', { ...object, metadata: { name: node }, status });
      };
      const request = async (...ips: readonly string[]) => {
        await put('node-1', 'node-1', ...ips);
        const { metadata, ...rest } = await pendingSigningRequest('node-1', '', { ips: [...ips] });
        const named = { ...rest, metadata: { ...metadata, name: 'csr-a' } };
        store.put('certificatesigningrequests', named);
      };
      const problemsOf = async (caller?: 'dev') => {
        const { stderr } = await tool('certificates node-1 --serving-only', caller);
        const [, problem] = /warning: do not approve csr-a of node-1: (.*)/.exec(stderr) ?? [];
        assert.is(stderr.includes('kubectl certificate approve csr-a'), problem === undefined);
        const [, uncompared] = /note: pending .* were not compared with (.*)/.exec(stderr) ?? [];
        return [problem, uncompared];
      };
      await put('node-2', '10.0.0.2');
      await request('10.0.0.1');
      assert.equal(await problemsOf(), [undefined, undefined]);
      await request('10.0.0.2', '10.96.0.1');
      assert.equal(await problemsOf(), [
        '10.96.0.1 is an address of the service default/kubernetes; 10.0.0.2 is an address of node-2 as well',
        undefined,
      ]);
      const csrs = rule('certificatesigningrequests', 'list', {
        apiGroups: ['certificates.k8s.io'],
      });
      allow(sandbox, 'dev', [rule('nodes', 'get'), csrs]);
      const [problem = ''] = await problemsOf('dev');
      assert.match(problem, /^it was not compared with all nodes: .* \(needs list nodes\)$/);
      await request('10.0.0.1', '10.96.0.1');
      allow(sandbox, 'dev', [rule('nodes', 'get,list'), csrs]);
      const [, uncompared = ''] = await problemsOf('dev');
      assert.match(uncompared, /^services: .* \(needs list services\)$/);
      allow(sandbox, 'dev', [rule('nodes', 'get,list'), rule('services', 'get'), csrs]);
      const [own, others = ''] = await problemsOf('dev');
      assert.is(own, '10.96.0.1 is an address of the service default/kubernetes');
      assert.match(others, /^other services: .* \(needs list services\)$/);
    }));

  test('fails with a hint about --kubelet-address while the API server is down', () =>
    withSandbox(async (sandbox, tool) => {
      await sandbox.apiServer.stop();
      const { code, stderr } = await tool(['certificates']);
      assert.is(code, 1);
      assert.match(
        stderr,
        'hint: without the API server: kubectl kubeletaccess certificates --kubelet-address HOST\n',
      );
    }));

  test('prints that signing requests and client certificates are unknown if the caller may only list nodes', () =>
    withSandbox(async (sandbox, tool) => {
      const denied = await tool(['certificates'], 'dev');
      assert.is(denied.code, 1);
      assert.match(denied.stderr, /cannot list resource "nodes"/);
      assert.match(denied.stderr, /missing: .*nodes/);
      assert.match(denied.stderr, /hint: .*--kubelet-address HOST/);
      allow(sandbox, 'dev', [rule('nodes', 'list')]);
      const { code, stdout, stderr } = await tool(['certificates', '-o', 'prometheus'], 'dev');
      assert.is(code, 0);
      assert.match(
        stderr,
        /^note: client certificates are unknown: node-1, node-2: forbidden \(.+\)\nnote: pending certificate signing requests are unknown: caller -> API server: .*User "dev" cannot list .* \(needs list certificatesigningrequests\)\n2 of 2/,
      );
      assert.match(stdout, /certificate_verified\{node="node-1"\} 1\n/);
      assert.not.match(stdout, /pending|client|renewal/);
      const [expected, found] = [4, await tool(['certificates', '--expires-within', '1d'], 'dev')];
      assert.is(found.code, expected, found.stderr);
      assert.is(
        (await tool(['certificates', '--expires-within', '1d', '--serving-only'], 'dev')).code,
        0,
      );
    }));

  test('reads certificates only through the proxy of --kubelet-proxy-url', () =>
    withSandbox(async (_, tool) => {
      const targets: string[] = [];
      const server = createServer();
      server.on('connect', (request, socket) => {
        targets.push(request.url ?? '');
        const [host = '', port] = (request.url ?? '').split(':');
        const far = connect(Number(port), host, () => {
          socket.write('HTTP/1.1 200 OK\r\n\r\n');
          far.pipe(socket).pipe(far);
        });
        for (const each of [far, socket]) each.on('error', () => far.destroy());
      });
      const { port, stop } = await listen(server, '127.0.0.1');
      const proxy = `http://user:s3cret@127.0.0.1:${port}`;
      const through = await tool(['certificates', '--kubelet-proxy-url', proxy]);
      assert.is(through.code, 0, through.stderr);
      // For each of the two nodes: one handshake and one request.
      assert.is(targets.length, 4);
      await stop();
      const without = await tool(['certificates', '--kubelet-proxy-url', proxy, '-v=1']);
      assert.is(without.code, 1);
      assert.match(
        without.stderr,
        /through the proxy http:\/\/127\.0\.0\.1:\d+: the proxy cannot be reached/,
      );
      const json = await tool(['certificates', '--kubelet-proxy-url', proxy, '-o', 'json']);
      assert.is(JSON.parse(json.stdout).failed.length, 2);
      assert.not.match(without.stderr + json.stdout + json.stderr, /s3cret/);
    }));

  test('prints "not-checked" in tables, and no verification metric, if certificates are not verified', () =>
    withSandbox(async (_, tool) => {
      const { code, stdout, stderr } = await tool(
        'certificates --kubelet-insecure-skip-tls-verify -o json',
      );
      assert.is(code, 0);
      assert.equal(verdicts(stdout), ['not-checked', 'not-checked']);
      assert.match(stderr, /^note: certificates are not verified: /);
      // Without --kubelet-insecure-skip-tls-verify, but also without a CA.
      const without = await tool('certificates --insecure-skip-tls-verify -o json');
      assert.equal(verdicts(without.stdout), ['not-checked', 'not-checked']);
      const metrics = await tool('certificates -o prometheus --kubelet-insecure-skip-tls-verify');
      assert.not.match(metrics.stdout, /certificate_verified/);
      const kept = await tool('certificates -o fingerprints -k');
      assert.match(kept.stdout, /^node-1=SHA256:/);
      assert.match(
        kept.stderr,
        'warning: no CA verifies node-1, node-2: compare the fingerprints with the nodes before you trust them',
      );
      assert.not.match((await tool('certificates -o fingerprints')).stderr, 'no CA verifies');
    }));

  test('prints "fingerprint" for certificates that --kubelet-fingerprint trusts', () =>
    withSandbox({ nodes: ['self-signed', 'self-signed'] }, async (_, tool) => {
      const { stdout } = await tool(['certificates', '-o', 'json']);
      const [first, second] = items(stdout).map(({ fingerprint }) => String(fingerprint));
      const pins = [
        ...['--kubelet-fingerprint', `node-1=SHA256:${first}`],
        ...['--kubelet-fingerprint', `node-2=SHA256:${first}`],
      ];
      const pinned = await tool(['certificates', ...pins, '-o', 'json']);
      assert.equal(verdicts(pinned.stdout), ['fingerprint', 'different-certificate']);
      assert.match(pinned.stderr, String(second));
      const bundle = await tool(['certificates', ...pins, '--ca-bundle', '-', '--node', 'node-1']);
      assert.is(bundle.code, 0, bundle.stderr);
      assert.match(bundle.stdout, /^# CN=node-1@\d+, expires .*, for 1 node\n/);
    }));

  test('prints hostile names without control characters', () =>
    withSandbox({ nodes: [] }, async (sandbox, tool) => {
      const names = [
        '\u001b[2Jevil',
        'a\nerror: b',
        'a\u202eb',
        'Zürich-東京',
        'x, CN=system:node:a',
        ' ',
      ];
      const pairs = await Promise.all(
        names.map((commonName) =>
          sandbox.authority.issue({ commonName, usage: 'server', ips: ['127.0.0.1'] }),
        ),
      );
      const certificates = Object.fromEntries(pairs.map((pair, index) => [`node-${index}`, pair]));
      await withTlsKubelets(sandbox, certificates, async () => {
        for (const format of ['table', 'wide', 'json', 'yaml', 'csv', 'name', 'prometheus']) {
          const { code, stdout, stderr } = await tool(`certificates --serving-only -o ${format}`);
          assert.is(code, 0, stderr);
          assert.not.match(
            stdout + stderr,
            /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u202e]|^error: b/m,
          );
        }
        const { stdout } = await tool('certificates --serving-only -o wide');
        assert.is(lines(stdout).length, names.length + 1);
        assert.match(stdout, 'Zürich-東京');
        const bundle = await tool(['certificates', '--ca-bundle', '-']);
        assert.is(lines(bundle.stdout).filter((line) => line.startsWith('-----BEGIN')).length, 1);
      });
    }));

  test('prints key types, and warns about a CA that expires soon and a certificate of another node', () =>
    withSandbox({ nodes: [] }, async (sandbox, tool) => {
      const soon = new Date(Date.now() + 3.5 * 86_400_000);
      const old = new Date(Date.now() - 1000);
      const [ending, ended] = [
        await createAuthority('ending', { notAfter: soon }),
        await createAuthority('ended', { notAfter: old }),
      ];
      const request = {
        usage: 'server',
        dnsNames: ['*.x', 'A', 'b'],
        ips: ['127.0.0.1', 'fd00::1'],
      } as const;
      const issue = (
        name: string,
        key: 'Ed25519' | 'RSA 2048' | 'P-384',
        authority = sandbox.authority,
      ) => authority.issue({ ...request, commonName: `system:node:${name}`, key });
      const certificates = {
        a: await issue('a', 'Ed25519'),
        b: await issue('a', 'RSA 2048', ending),
        c: await issue('c', 'P-384', ended),
      };
      const ca = join(sandbox.directory, 'ca.pem');
      writeFileSync(ca, [sandbox.authority, ending, ended].map(({ cert }) => cert).join('\n'));
      await withTlsKubelets(sandbox, certificates, async () => {
        const args = ['certificates', '--serving-only', '--kubelet-certificate-authority', ca];
        const { code, stdout, stderr } = await tool([...args, '-o', 'json']);
        assert.is(code, 0);
        assert.equal(
          items(stdout).map(({ key, named, otherNames, verification: verified }) => [
            key,
            named,
            otherNames,
            verified,
          ]),
          [
            ['Ed25519', 'all', '*.x,b,fd00::1', 'yes'],
            ['RSA 2048', 'all', '*.x,A,fd00::1', 'yes'],
            ['EC P-384', '1 of 2', '*.x,A,b,fd00::1', 'certificate-expired'],
          ],
        );
        assert.equal(lines(stderr), [
          'warning: b: the CA ending expires in 3 days',
          'warning: c: the CA ended has expired',
          'warning: b: the serving certificate belongs to system:node:a',
          '3 of 3 nodes answered',
        ]);
      });
    }));

  const many = sweeps ? 1000 : 200;
  test(`prints one table for ${many} nodes, and a line for each kind of failure`, () =>
    withSandbox({ fleet: { nodes: many, blackHoles: 3 } }, async (_, tool) => {
      const { code, stdout, stderr } = await tool(
        'certificates --timeout 6s --sort-by node --no-headers',
      );
      assert.is(code, 4);
      assert.is(lines(stdout).length, many);
      assert.is(lines(stderr).length, 3, stderr);
      const tally = `${many - 3} of ${many} nodes answered, 3 failed (timed out); -v=1 says why`;
      assert.match(stderr, `\n${tally}\n`);
      const folded = await tool(['certificates', '--timeout', '6s', '--no-headers']);
      assert.match(folded.stdout, new RegExp(`^${many - 3} nodes +`, 'm'));
      assert.is(lines(folded.stdout).length, 4, folded.stdout);
    }));

  test('sorts and limits rows', () =>
    withSandbox({ nodes: ['none', 'expired', 'self-signed-alone'] }, async (_, tool) => {
      const names = async (...args: readonly string[]) =>
        (await tool(['certificates', '-o', 'name', ...args])).stdout;
      assert.is(await names(), 'node/node-2\nnode/node-1\nnode/node-3\n');
      assert.is(await names('--reverse', '--limit', '2'), 'node/node-1\nnode/node-3\n');
      assert.match(await names('--sort-by', 'not after', '--reverse'), /\nnode\/node-2\n$/);
    }));

  test('prints certificates that were read before an interrupt, and writes no bundle', () =>
    withSandbox({ nodes: ['none', 'silent'] }, async (sandbox, tool) => {
      const file = join(sandbox.directory, 'bundle.pem');
      const args = ['certificates', '-o', 'json', '--ca-bundle', file, '--timeout', '1h'];
      const signal = AbortSignal.timeout(6000);
      const { code, stdout, stderr } = await tool(args, 'admin', { signal });
      assert.is(code, 130);
      assert.equal(verdicts(stdout), ['yes', 'interrupted']);
      assert.match(
        stderr,
        /^1 of 2 nodes answered, 1 interrupted\nerror: no bundle is written: interrupted\n$/,
      );
      assert.is(statSync(file, { throwIfNoEntry: false }), undefined);
    }));
});

suite('certificates --address-types', (test) => {
  const settings = (stderr: string) => lines(stderr).filter((line) => line.startsWith('hint: '));

  test('prints the address types by which all certificates verify, and settings for programs that call kubelets', () =>
    withSandbox(async (_, tool) => {
      const { code, stdout, stderr } = await tool(['certificates', '--address-types']);
      assert.is(code, 0);
      assert.equal(lines(stdout.replaceAll(/ +/g, ' ')), [
        'NODE CHAIN INTERNALIP HOSTNAME CN',
        'node-1 yes yes yes yes',
        'node-2 yes yes yes yes',
      ]);
      assert.match(
        stderr,
        /^note: certificates verify by InternalIP, Hostname or the node name on all 2 nodes\n/,
      );
      const all = settings(stderr);
      assert.is(all.length, 7);
      assert.is(
        all[0],
        'hint: kube-apiserver: --kubelet-certificate-authority=FILE --kubelet-preferred-address-types=InternalIP',
      );
      assert.is(all[6], 'hint: to write FILE: kubectl kubeletaccess certificates --ca-bundle FILE');
      assert.match(
        stderr,
        /^note: KubeletCertCNValidation of kube-apiserver would deny none of these certificates: each has the CN system:node:NAME\n/m,
      );
    }));

  test('prints settings that name a CA file if pods do not have the CA', () =>
    withSandbox(async (sandbox, tool) => {
      const file = join(sandbox.directory, 'kubelets.pem');
      sandbox.store.put('configmaps', {
        ...{ apiVersion: 'v1', kind: 'ConfigMap' },
        metadata: { name: 'kube-root-ca.crt', namespace: 'kube-system' },
        data: { 'ca.crt': (await createAuthority('another')).cert },
      });
      const { stderr } = await tool(['certificates', '--address-types', '--ca-bundle', file]);
      const [server, metrics, prometheus] = settings(stderr);
      for (const setting of [server, metrics])
        assert.match(String(setting), `--kubelet-certificate-authority=${file} `);
      assert.match(String(prometheus), `ca_file: ${file} }`);
      assert.match(stderr, /^note: kube-prometheus-stack cannot be set to verify all of them$/m);
      assert.not.match(stderr, 'to write FILE');
      sandbox.store.delete('configmaps', 'kube-system/kube-root-ca.crt');
      const unknown = await tool(['certificates', '--address-types']);
      assert.match(
        unknown.stderr,
        /^note: whether the CA that pods have verifies kubelets is unknown: kube-system has no ConfigMap kube-root-ca\.crt/m,
      );
      assert.match(unknown.stderr, 'metrics-server: --kubelet-certificate-authority=FILE ');
    }));

  test('prints a remedy if there is no address type by which all certificates verify', () =>
    withSandbox({ nodes: ['none', 'wrong-name', 'self-signed', 'stopped'] }, async (_, tool) => {
      const { code, stdout, stderr } = await tool('certificates --address-types -o json');
      assert.is(code, 4);
      const file = join(root, 'docs/schemas/KubeletAddressTypeList.schema.json');
      assert.equal(schemaErrors(file, JSON.parse(stdout)), []);
      assert.equal(items(stdout).slice(1, 3), [
        {
          ...{ node: 'node-2', chain: 'yes', internalIP: 'no', hostname: 'no', name: 'no' },
          commonName: 'yes',
        },
        {
          ...{ node: 'node-3', chain: 'self-signed-certificate', internalIP: 'no' },
          ...{ hostname: 'no', name: 'no', commonName: 'no' },
        },
      ]);
      assert.equal(
        lines(plain(stderr)).filter((line) => /^(?:warning|hint|note)/.test(line)),
        [
          'warning: no address type verifies on all 3 nodes: InternalIP on 1 (not node-2, node-3), Hostname on 1 (not node-2, node-3); unknown of node-4',
          'hint: on node-2, node-3: set serverTLSBootstrap: true in the KubeletConfiguration, and restart the kubelet',
          'hint: then approve its request, as Kubernetes approves none by itself: kubectl kubeletaccess certificates node-2 node-3',
          'note: KubeletCertCNValidation of kube-apiserver would deny node-3 (CN node-3@N): the CN is not system:node:NAME',
        ],
      );
    }));
});

suite('the file of certificates --ca-bundle', (test) => {
  test('contains only the CA of the context by default', () =>
    withSandbox(
      { nodes: ['none', 'none', 'self-signed', 'other-authority'] },
      async (sandbox, tool) => {
        const { code, stdout, stderr } = await tool(['certificates', '--ca-bundle', '-']);
        assert.is(code, 4);
        assert.match(
          stdout,
          /^# CN=sandbox-ca, expires \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ, for 2 nodes\n-----BEGIN CERTIFICATE-----\n[^#]*-----END CERTIFICATE-----\n$/,
        );
        assert.is(
          sandbox.authority.cert.replaceAll(/\s/g, ''),
          stdout.replace(/^#.*\n/, '').replaceAll(/\s/g, ''),
        );
        for (const words of [
          'error: the bundle does not verify node-3: nothing vouches for it but the kubelet itself\n',
          'error: the bundle does not verify node-4: its issuer another-ca is not at hand\n',
          'hint: to trust what these kubelets show now: --trust-on-first-use\n',
        ])
          assert.match(stderr, words);
      },
    ));

  test('is not written if it would be empty', () =>
    withSandbox({ nodes: ['self-signed'] }, async (sandbox, tool) => {
      const file = join(sandbox.directory, 'bundle.pem');
      const { code, stdout, stderr } = await tool(['certificates', '--ca-bundle', file]);
      assert.is(code, 1);
      assert.match(stdout, /^NODE /);
      assert.match(stderr, 'error: no bundle is written: it would be empty');
      assert.is(statSync(file, { throwIfNoEntry: false }), undefined);
    }));

  test('is written before the table, because the reader of the table may close the pipe', () =>
    withSandbox(async (sandbox) => {
      const file = join(sandbox.directory, 'bundle.pem');
      const seen: boolean[] = [];
      const stdout = new Writable({
        write: (_chunk, _encoding, done) => {
          seen.push(existsSync(file));
          done();
        },
      });
      const stdin = new PassThrough();
      stdin.end();
      const code = await run(['certificates', '--ca-bundle', file], {
        ...{ env: { KUBECONFIG: sandbox.kubeconfigs.admin }, stdin, stdout, cwd: '/' },
        ...{ stderr: new PassThrough().resume(), colorDepth: 1 },
        signal: new AbortController().signal,
      });
      assert.is(code, 0);
      assert.equal(seen, [true]);
    }));

  test('is readable by all users, and is written in addition to the table', () =>
    withSandbox(async (sandbox, tool) => {
      const file = join(sandbox.directory, 'bundle.pem');
      for (let time = 0; time < 2; time += 1) {
        const { code, stdout, stderr } = await tool(['certificates', '--ca-bundle', file]);
        assert.is(code, 0, stderr);
        assert.match(stdout, /^NODE /);
        assert.match(stderr, `wrote ${file}: 1 certificate\n`);
        if (process.platform !== 'win32') assert.is(statSync(file).mode & 0o777, 0o644);
      }
      const failed = await tool(['certificates', '--ca-bundle', sandbox.directory]);
      assert.is(failed.code, 1);
      assert.match(
        failed.stderr,
        /error: unable to write .*: not a regular file\nhint: write to stdout: -\n/,
      );
      const missing = await tool(['certificates', '--ca-bundle', join(file, 'x')]);
      assert.is(missing.code, 1);
      assert.match(missing.stderr, /^2 of 2 nodes answered\nerror: unable to write /);
      if (process.platform === 'win32') return;
      const link = join(sandbox.directory, 'link.pem');
      symlinkSync('bundle.pem', link);
      writeFileSync(file, '');
      const linked = await tool(['certificates', '--ca-bundle', link]);
      assert.is(linked.code, 0, linked.stderr);
      assert.ok(lstatSync(link).isSymbolicLink());
      assert.match(readFileSync(file, 'utf8'), '# CN=sandbox-ca');
    }));

  test('contains trusted roots of intermediate CAs, and with --trust-on-first-use roots that a kubelet sends', () =>
    withSandbox({ nodes: [] }, async (sandbox, tool) => {
      const far = await createAuthority('far-root');
      const inner = await far.createIntermediate('far-inner');
      const mine = await sandbox.authority.createIntermediate('mine');
      const request = { usage: 'server', ips: ['127.0.0.1'] } as const;
      const leaf = await inner.issue({ ...request, commonName: 'far' });
      const own = await mine.issue({ ...request, commonName: 'own' });
      const alone = await createSelfSigned({ ...request, commonName: 'alone', key: 'Ed25519' });
      const certificates = {
        alone,
        far: { ...leaf, cert: [leaf.cert, inner.cert, far.cert].join('\n') },
        half: { ...leaf, cert: [leaf.cert, inner.cert].join('\n') },
        own: { ...own, cert: [own.cert, mine.cert].join('\n') },
      };
      await withTlsKubelets(sandbox, certificates, async () => {
        const subjects = (text: string) =>
          [...text.matchAll(/^# (.*?),/gm)].map(([, subject]) => subject);
        const usual = await tool(['certificates', '--ca-bundle', '-']);
        assert.equal(subjects(usual.stdout), ['CN=sandbox-ca']);
        const trusting = await tool(['certificates', '--ca-bundle', '-', '--trust-on-first-use']);
        assert.is(trusting.code, 4);
        assert.equal(subjects(trusting.stdout), ['CN=alone', 'CN=far-root', 'CN=sandbox-ca']);
        for (const words of [
          'warning: far: a CA is trusted on first use: it can vouch for every other kubelet as well',
          'error: the bundle does not verify half: its issuer far-inner is not at hand',
        ])
          assert.match(trusting.stderr, words);
      });
    }));

  test('lets openssl verify every kubelet; without the file, openssl verifies no kubelet', () =>
    withSandbox(
      { nodes: ['none', 'self-signed', 'self-signed-alone', 'ipv6-only', 'windows'] },
      async (sandbox, tool) => {
        const file = join(sandbox.directory, 'bundle.pem');
        const other = join(sandbox.directory, 'other.pem');
        writeFileSync(other, (await createAuthority('sandbox-ca')).cert);
        const { code, stderr } = await tool([
          ...['certificates', '--ca-bundle', file, '--trust-on-first-use'],
        ]);
        assert.is(code, 0, stderr);
        for (const { name, host, port } of sandbox.kubelets)
          for (const [trusted, expected] of [
            [file, 0],
            [other, 1],
          ] as const) {
            const target = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
            // -partial_chain, because Go, curl and Python also accept a trusted certificate that is not a root.
            const verifying = ['-partial_chain', '-verify_return_error', '-verify_hostname', name];
            const result = await runProcess(
              'openssl',
              ['s_client', '-connect', target, '-CAfile', trusted, ...verifying],
              { stdin: '' },
            );
            assert.is(result.code, expected, `${name}: ${result.stdout}${result.stderr}`);
          }
      },
    ));

  test('verifies the kubelets that were trusted on first use', () =>
    withSandbox({ nodes: ['none', 'self-signed', 'self-signed-alone'] }, async (sandbox, tool) => {
      const file = join(sandbox.directory, 'bundle.pem');
      const written = await tool(['certificates', '--ca-bundle', file, '--trust-on-first-use']);
      assert.is(written.code, 0, written.stderr);
      assert.match(
        written.stderr,
        'warning: trusted on first use: node-2, node-3: no CA has verified them',
      );
      // node-2 made its own CA, which could sign certificates of other kubelets.
      assert.not.match(readFileSync(file, 'utf8'), 'node-2-ca');
      const trusting = ['--kubelet-certificate-authority', file];
      const { stdout, stderr } = await tool(['certificates', ...trusting, '-o', 'json']);
      assert.not.match(stderr, 'self-signed');
      assert.equal(
        // node-2 does not verify, because a certificate that a kubelet makes itself names no address.
        verdicts(stdout),
        ['yes', 'name-mismatch', 'yes'],
      );
      const again = await tool(['certificates', ...trusting, '--ca-bundle', '-']);
      assert.is(again.code, 0, again.stderr);
      assert.is(again.stdout, readFileSync(file, 'utf8'));
    }));
});
