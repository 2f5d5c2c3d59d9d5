import { X509Certificate } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { root } from '../../scripts/paths.ts';
import { run } from '../../scripts/tools/shell.ts';
import { dayMs } from '../../src/text/duration.ts';
import { openApi } from '../kit/api-client.ts';
import { createSigningRequest } from '../kit/certificates.ts';
import { schemaErrors } from '../kit/json-schema.ts';
import { suite } from '../kit/suite.ts';
import { type Result, runProcess } from '../kit/tool.ts';
import { waitFor } from '../kit/wait-for.ts';
import { signer, withControllers } from './controllers.ts';
import { currentCluster } from './current.ts';
import { withFault } from './faults.ts';
import { bridgeAddress, nodeAddress } from './network.ts';
import { kubeconfigPath, nodeIdentity, writeKubeconfig, writePair } from './pki.ts';
import { toolOf } from './world.ts';

type Row = Readonly<Record<string, unknown>>;

const cluster = await currentCluster();
const tool = toolOf(cluster);
const certificates = (...args: readonly string[]) =>
  tool(['certificates', '--timeout', '5s', ...args]);
const env = { KUBECONFIG: cluster.kubeconfigs.admin, HOME: cluster.directory };
const kubectl = (...args: readonly string[]) => run(cluster.kubectl, args, { env });

const rowsOf = ({ stdout }: Result): readonly Row[] => {
  const list = JSON.parse(stdout) as { readonly items: readonly Row[] };
  assert.equal(
    schemaErrors(join(root, 'docs/schemas/KubeletCertificateList.schema.json'), list),
    [],
  );
  return list.items;
};
const rowOf = async (node: string, ...args: readonly string[]) => {
  const result = await certificates('-o', 'json', ...args);
  return { ...result, row: rowsOf(result).find((each) => each['node'] === node) };
};

/** Returns 'ok' if kubectl verifies the kubelet with this bundle, else its error. */
async function verifies(bundle: string, number: number, name?: string): Promise<string> {
  const { stdout, stderr } = await runProcess(
    cluster.kubectl,
    [
      ...['get', '--raw', '/healthz', '--kubeconfig', '/dev/null'],
      ...['--server', `https://${nodeAddress(number)}:10250`, '--certificate-authority', bundle],
      ...['--client-certificate', join(cluster.pki, 'admin.crt')],
      ...['--client-key', join(cluster.pki, 'admin.key')],
      ...(name === undefined ? [] : ['--tls-server-name', name]),
    ],
    { env: { HOME: cluster.directory } },
  );
  return stdout || stderr;
}

/** Returns how many errors in TLS handshakes kubelets have logged. Kubelets log an error if a client breaks off a handshake. */
const complaints = () =>
  readdirSync(join(cluster.directory, 'log'))
    .filter((name) => name.startsWith('kubelet-'))
    .flatMap((name) => [
      ...readFileSync(join(cluster.directory, 'log', name), 'utf8').matchAll(
        /TLS handshake error/g,
      ),
    ]).length;

async function requestAs(
  number: number,
  name: string,
  asked: Pick<Parameters<typeof createSigningRequest>[0], 'dnsNames' | 'ips'>,
): Promise<void> {
  const pem = await createSigningRequest({ ...nodeIdentity(number), ...asked });
  const request = {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { name },
    spec: {
      request: Buffer.from(pem).toString('base64'),
      signerName: 'kubernetes.io/kubelet-serving',
      usages: ['digital signature', 'server auth'],
    },
  };
  const created = await runProcess(
    cluster.kubectl,
    ['create', '-f', '-', '--as', `system:node:node-${number}`, '--as-group', 'system:nodes'],
    { env, stdin: JSON.stringify(request) },
  );
  assert.is(created.code, 0, created.stderr);
}

suite(`certificates, ${cluster.version}`, (test) => {
  test('prints the certificates of the files, and a bundle that verifies them', async () => {
    const before = complaints();
    const bundle = join(cluster.directory, 'bundle.pem');
    const result = await certificates('-o', 'json', '--ca-bundle', bundle);
    assert.is(result.code, 0, result.stderr);
    const rows = rowsOf(result);
    assert.equal(
      rows.map(({ node }) => node),
      cluster.nodes,
    );
    for (const [index, row] of rows.entries()) {
      const file = readFileSync(join(cluster.pki, `serving-${index + 1}.crt`));
      const { serialNumber, fingerprint256, validToDate } = new X509Certificate(file);
      assert.equal(
        [row['serial'], row['fingerprint'], Date.parse(String(row['notAfter']))],
        [serialNumber, fingerprint256, validToDate.getTime()],
      );
      assert.equal(
        [row['verification'], row['named'], row['authority']],
        ['yes', 'all', 'kubernetes'],
      );
      // Both kubelets were compiled by a Go with this key exchange.
      assert.equal([row['tlsVersion'], row['group']], ['TLSv1.3', 'X25519MLKEM768']);
      assert.match(String(row['cipher']), /^TLS_/);
      assert.is(await verifies(bundle, index + 1), 'ok');
    }
    assert.is(complaints(), before, 'kubelets log handshakes that break off');
  });

  test('--trust-on-first-use writes a bundle that verifies self-signed certificates', () =>
    withFault(cluster, 'node-1', 'self-signed', async () => {
      const bundle = join(cluster.directory, 'believed.pem');
      const { row, code } = await rowOf('node-1', '--ca-bundle', bundle);
      assert.is(code, 4);
      assert.equal([row?.['selfSigned'], row?.['named']], [true, '1 of 2']);
      assert.match(String(row?.['issuerCommonName']), /^node-1-ca@\d+$/);
      assert.match(await verifies(bundle, 1, 'node-1'), /certificate signed by unknown authority/);
      const believing = await certificates('--ca-bundle', bundle, '--trust-on-first-use');
      assert.is(believing.code, 0, believing.stderr);
      assert.match(believing.stderr, /warning: node-1: the serving certificate does not name /);
      assert.is(await verifies(bundle, 1, 'node-1'), 'ok');
      assert.is(await verifies(bundle, 2), 'ok');
      // The bundle does not contain the CA that the kubelet created.
      assert.match(readFileSync(bundle, 'utf8'), /^# CN=node-1@\d+, expires .*, for 1 node$/m);
      assert.not.match(readFileSync(bundle, 'utf8'), /node-1-ca@/);
    }));

  test('reports a requested certificate as pending, then as approved, then as verified', async () => {
    const own = join(cluster.directory, 'node-1/var/lib/kubelet/pki');
    try {
      await withFault(cluster, 'node-1', 'no-certificate', async () => {
        const waiting = await rowOf('node-1');
        const request = String(waiting.row?.['pendingRequest']);
        assert.is(waiting.code, 4);
        assert.match(request, /^csr-\w{5}$/);
        assert.equal(
          [waiting.row?.['verification'], waiting.row?.['requestState']],
          ['no-serving-certificate-yet', 'pending'],
        );
        const age = Number(waiting.row?.['requestAgeSeconds']);
        assert.ok(age >= 0 && age < 60, String(age));
        assert.is(waiting.row?.['requestProblem'], undefined);
        assert.match(
          waiting.stderr,
          `hint: ${request}: asks only for what its kubelet wrote into its Node object (kubectl get nodes node-1 -o wide): compare that with the machine in your cloud or inventory, then approve: kubectl certificate approve ${request}\n`,
        );
        await kubectl('certificate', 'approve', request);

        const approved = await rowOf('node-1');
        assert.equal(
          [approved.row?.['pendingRequest'], approved.row?.['requestState']],
          [request, 'approved'],
        );
        assert.match(approved.stderr, `warning: approved, and not signed: ${request} of node-1`);

        await withControllers(
          cluster,
          () =>
            waitFor(
              'the serving certificate of node-1',
              60_000,
              async () => (await rowOf('node-1')).row?.['verification'] === 'yes',
            ),
          [signer],
        );
        const issued = await rowOf('node-1');
        assert.is(issued.code, 0, issued.stderr);
        assert.equal(
          [issued.row?.['named'], issued.row?.['pendingRequest'], issued.row?.['subject']],
          ['all', undefined, 'CN=system:node:node-1,O=system:nodes'],
        );
      });
    } finally {
      // With these files, the kubelet would request no certificate at its next start.
      for (const name of readdirSync(own).filter((each) => each.startsWith('kubelet-server-')))
        rmSync(join(own, name));
    }
  });

  test('reports client certificates of kubelets before, during and after a failed renewal', async () => {
    const path = kubeconfigPath(cluster.directory, 'node-1');
    const usual = readFileSync(path, 'utf8');
    const own = join(cluster.directory, 'node-1/var/lib/kubelet/pki');
    const signing = '--field-selector=spec.signerName=kubernetes.io/kube-apiserver-client-kubelet';
    const requests = async () =>
      (await kubectl('get', 'csr', signing, '-o', 'name')).split('\n').filter(Boolean);
    const unreported = await rowOf('node-1', '--expires-within', '14d');
    assert.is(unreported.row?.['clientDaysLeft'], undefined);
    assert.match(
      unreported.stderr,
      'note: client certificates are unknown: node-1, node-2: the kubelet reports none, as without rotateCertificates\n',
    );
    assert.is(unreported.code, 4);
    const serving = await rowOf('node-1', '--expires-within', '14d', '--serving-only');
    assert.is(serving.code, 0, serving.stderr);
    // A certificate that the kubelet should renew at once.
    const pair = await cluster.authority.issue({
      ...nodeIdentity(1),
      usage: 'client',
      notBefore: new Date(Date.now() - 90 * dayMs),
      notAfter: new Date(Date.now() + 3.5 * dayMs),
    });
    const encoded = (text: string) => Buffer.from(text).toString('base64');
    try {
      await writeKubeconfig(cluster.directory, 'node-1', {
        'client-certificate-data': encoded(pair.cert),
        'client-key-data': encoded(pair.key),
      });
      await cluster.restartKubelet('node-1', (settings) => ({
        ...settings,
        rotateCertificates: true,
      }));
      await waitFor(
        'a request of node-1 for a client certificate',
        60_000,
        async () => (await requests()).length > 0,
      );
      const near = await rowOf('node-1', '--expires-within', '14d');
      assert.is(near.row?.['clientDaysLeft'], 3, near.stderr);
      assert.is(near.code, 3);
      assert.match(
        near.stderr,
        'warning: node-1: the client certificate of the kubelet expires in 3 days\n',
      );

      for (const name of await requests()) await kubectl('certificate', 'deny', name);
      await waitFor(
        'node-1 to fail to renew its client certificate',
        60_000,
        async () => Number((await rowOf('node-1')).row?.['clientRenewalErrors']) > 0,
      );
      assert.match(
        (await rowOf('node-1')).stderr,
        'warning: node-1: the kubelet has failed to renew its client certificate since it started\n',
      );

      // The kubelet sends another request once the denied one is deleted.
      await kubectl('delete', 'csr', signing);
      await withControllers(
        cluster,
        () =>
          waitFor('node-1 to have its client certificate renewed', 120_000, async () => {
            const names = await requests();
            if (names.length > 0) await kubectl('certificate', 'approve', ...names);
            return Number((await rowOf('node-1')).row?.['clientDaysLeft']) > 300;
          }),
        [signer],
      );
      // The kubelet counts certificates of clients, also those that it rejects.
      const expired = await cluster.authority.issue({
        ...{ commonName: 'kube-apiserver-kubelet-client', usage: 'client' },
        notAfter: new Date(Date.now() - dayMs),
      });
      const ca = readFileSync(join(cluster.pki, 'ca.crt'), 'utf8');
      const ask = openApi(`https://${nodeAddress(1)}:10250`, { ...expired, ca });
      assert.is((await ask('GET', '/healthz')).status, 401);
      const called = await rowOf('node-1', '--expires-within', '14d', '-v=1');
      assert.is(called.row?.['callerLeft'], 'expired');
      assert.is(called.code, 3);
      assert.match(
        called.stderr,
        'warning: node-1: since the kubelet started, a client has shown it a certificate that had expired\n',
      );
    } finally {
      writeFileSync(path, usual);
      for (const name of readdirSync(own).filter((each) => each.startsWith('kubelet-client-')))
        rmSync(join(own, name));
      await cluster.restartKubelet('node-1');
    }
  });

  test('does not report a denied request as pending', () =>
    withFault(cluster, 'node-2', 'no-certificate', async () => {
      const request = String((await rowOf('node-2')).row?.['pendingRequest']);
      await kubectl('certificate', 'deny', request);
      const { row, stdout } = await rowOf('node-2', '--node', 'node-2');
      assert.equal([row?.['requestState'], row?.['pendingRequest']], ['denied', undefined], stdout);
    }));

  test('warns against approval of a request for names of other hosts', async () => {
    await requestAs(2, 'csr-foreign', {
      dnsNames: ['node-2', 'kubernetes.default.svc'],
      ips: [nodeAddress(1)],
    });
    const { row, stderr } = await rowOf('node-2');
    await kubectl('delete', 'csr', 'csr-foreign');
    const problem = `kubernetes.default.svc is a name of a service; ${nodeAddress(1)} is not an address of node-2; ${nodeAddress(1)} is an address of node-1 as well`;
    assert.is(row?.['requestProblem'], problem, stderr);
    assert.match(stderr, `warning: do not approve csr-foreign of node-2: ${problem}\n`);
    assert.not.match(stderr, 'kubectl certificate approve');
    const [, command = ''] = /hint: what it asks for: (.*)/.exec(stderr) ?? [];
    assert.match(
      command,
      /^kubectl get csr csr-foreign -o jsonpath=.* \| openssl req -noout -text$/,
    );
  });

  test('warns against approval of a request for names of others that a node has put into its Node object', async () => {
    const asked = { dnsNames: ['node-9', 'kubernetes.default'], ips: ['10.96.0.1', bridgeAddress] };
    const addresses = [...asked.dnsNames, ...asked.ips].map((address) => ({
      type: isIP(address) ? 'InternalIP' : 'Hostname',
      address,
    }));
    const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'node-9' } };
    const create = ['create', '-f', '-', '--as', 'system:node:node-9', '--as-group'];
    const created = await runProcess(cluster.kubectl, [...create, 'system:nodes'], {
      ...{ env, stdin: JSON.stringify({ ...node, status: { addresses } }) },
    });
    assert.is(created.code, 0, created.stderr);
    await requestAs(9, 'csr-liar', asked);
    try {
      for (const args of [[], ['--node', 'node-9']]) {
        const { row, stderr } = await rowOf('node-9', ...args);
        assert.is(
          row?.['requestProblem'],
          `kubernetes.default is a name of a service; 10.96.0.1 is an address of the service default/kubernetes; ${bridgeAddress} is an address of the API server`,
          stderr,
        );
        assert.not.match(stderr, 'kubectl certificate approve');
      }
    } finally {
      await kubectl('delete', 'csr', 'csr-liar');
      await kubectl('delete', 'node', 'node-9');
    }
  });

  test('reports an issued certificate that the kubelet does not use', async () => {
    await requestAs(2, 'csr-unused', { dnsNames: ['node-2'], ips: [nodeAddress(2)] });
    try {
      await kubectl('certificate', 'approve', 'csr-unused');
      await withControllers(
        cluster,
        () =>
          waitFor('csr-unused to be issued', 60_000, async () =>
            /warning: issued, and not in use: csr-unused of node-2: the kubelet serves another certificate\n/.test(
              (await rowOf('node-2')).stderr,
            ),
          ),
        [signer],
      );
    } finally {
      await kubectl('delete', 'csr', 'csr-unused');
    }
  });

  test('status reports an expired client certificate of kube-apiserver until kube-apiserver has a new one', async () => {
    const files = ['kubelet-client.crt', 'kubelet-client.key'].map((name) =>
      join(cluster.pki, name),
    );
    const usual = files.map((file) => readFileSync(file, 'utf8'));
    const restore = () => {
      for (const [index, file] of files.entries()) writeFileSync(file, usual[index] ?? '');
    };
    const restart = async () => {
      await cluster.stopApiServer();
      await cluster.startApiServer();
    };
    const status = async () => {
      const result = await tool('status');
      const words =
        "* node-1 and node-2: kube-apiserver's client certificate for kubelets has expired: they refuse its login (401); your own login is not involved\n";
      return { ...result, isNamed: result.stdout.includes(words) };
    };
    const before = await status();
    assert.not(before.isNamed, before.stdout);
    const expired = await cluster.authority.issue({
      ...{ commonName: 'Kubernetes', usage: 'client' },
      notBefore: new Date(Date.now() - 2 * dayMs),
      notAfter: new Date(Date.now() - dayMs),
    });
    try {
      await writePair(cluster.directory, 'kubelet-client', expired);
      await restart();
      const found = await status();
      assert.ok(found.isNamed, found.stdout);
      assert.match(
        found.stdout,
        'remedy: renew the certificate of --kubelet-client-certificate, and restart kube-apiserver, which keeps the old one until then\n',
      );
      // kube-apiserver uses the certificate that it read at its start.
      restore();
      const renewed = await status();
      assert.ok(renewed.isNamed, renewed.stdout);
    } finally {
      restore();
      await restart();
    }
    const after = await status();
    assert.not(after.isNamed, after.stdout);
    assert.not.match(after.stdout, 'no-credential-accepted');
  });

  test('reports the issuer of a certificate of another CA', () =>
    withFault(cluster, 'node-2', 'other-authority', async () => {
      const { row, code } = await rowOf('node-2');
      assert.is(code, 0);
      assert.equal(
        [row?.['verification'], row?.['issuerCommonName']],
        ['untrusted-ca', 'another-ca'],
      );
      const bundle = await certificates('--ca-bundle', '-', '--trust-on-first-use');
      assert.is(bundle.code, 4);
      assert.match(bundle.stderr, 'does not verify node-2: its issuer another-ca is not at hand');
    }));
});
