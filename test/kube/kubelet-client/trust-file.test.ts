import { X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { root } from '../../../scripts/paths.ts';
import { Failure } from '../../../src/errors.ts';
import { clusterOf, openTrustFile } from '../../../src/kube/kubelet-client/trust-file.ts';
import { parseServer } from '../../../src/kube/transport/server-address.ts';
import { parseTrustFile } from '../../../src/kubelet/trust-records.ts';
import { createSelfSigned } from '../../kit/certificates.ts';
import { suite } from '../../kit/suite.ts';
import { withFiles } from '../../kit/temporary.ts';
import { runProcess } from '../../kit/tool.ts';

const cluster = { server: 'https://10.0.0.1:6443', ca: 'none' };
const problem = Object.assign(new Error('x'), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
const nodeNamed = (node: string) => ({ node, host: '10.0.0.5', authority: '10.0.0.5:10250' });
const makeCertificate = async () =>
  new X509Certificate((await createSelfSigned({ commonName: 'node', usage: 'server' })).cert);
const colons = (byte: number) =>
  Array(32).fill(byte.toString(16).padStart(2, '0').toUpperCase()).join(':');
/** Only its fingerprint is read. */
const certificateOf = (byte: number) => ({ fingerprint256: colons(byte) }) as X509Certificate;

function open(path: string, more: { recordNew?: boolean; server?: string } = {}) {
  const notes: string[] = [];
  const file = openTrustFile({
    path,
    recordNew: more.recordNew ?? true,
    cluster: { ...cluster, ...(more.server && { server: more.server }) },
    signal: new AbortController().signal,
    recorded: (kubelet, fingerprint) => notes.push(`${kubelet} ${fingerprint}`),
  });
  return { ...file, notes };
}

suite('a trust file', (test) => {
  test('records the first certificate of a kubelet, and from then on no other', () =>
    withFiles({}, async (folder) => {
      const path = join(folder, 'f');
      const { acceptorFor, notes } = open(path);
      const accept = acceptorFor(nodeNamed('node-1'));
      assert.is(await accept(certificateOf(1), problem), undefined);
      assert.is(await accept(certificateOf(1), problem), undefined);
      const refused = await accept(certificateOf(2), problem);
      assert.is(refused?.code, 'ERR_KUBELET_CERTIFICATE_DIFFERENT');
      assert.is(
        refused?.message,
        `SHA256:${colons(2)} shown, SHA256:${colons(1)} recorded for node-1 in ${path}, line 3`,
      );
      assert.equal(notes, [`node-1 ${colons(1)}`]);
      assert.match(
        readFileSync(path, 'utf8'),
        new RegExp(`^(#.*\n){2}node-1 https://10.0.0.1:6443 ca:none SHA256:${colons(1)}\n$`),
      );
      assert.is(
        (await open(path).acceptorFor(nodeNamed('node-1'))(certificateOf(2), problem))?.code,
        refused?.code,
      );
    }));

  test('records nothing unless told to, and says what is missing', () =>
    withFiles({}, async (folder) => {
      const path = join(folder, 'f');
      const { acceptorFor } = open(path, { recordNew: false });
      const refused = await acceptorFor(nodeNamed('node-1'))(certificateOf(1), problem);
      assert.equal(
        [refused?.code, refused?.message],
        [
          'ERR_KUBELET_CERTIFICATE_UNRECORDED',
          `for node-1 in ${path}: SHA256:${colons(1)} (its certificate is self-signed)`,
        ],
      );
    }));

  test('has nothing to say about a certificate that verifies: it may be a new one', () =>
    withFiles({}, async (folder) => {
      const { acceptorFor, notes } = open(join(folder, 'f'));
      const accept = acceptorFor(nodeNamed('node-1'));
      assert.is(await accept(certificateOf(1), problem), undefined);
      assert.is(await accept(certificateOf(2), undefined), undefined);
      assert.is(notes.length, 1);
    }));

  test('tells clusters, and nodes from addresses', () =>
    withFiles({}, async (folder) => {
      const path = join(folder, 'f');
      const { acceptorFor } = open(path);
      await acceptorFor(nodeNamed('node-1'))(certificateOf(1), problem);
      const elsewhere = open(path, { server: '-' });
      assert.is(
        await elsewhere.acceptorFor(nodeNamed('node-1'))(certificateOf(2), problem),
        undefined,
      );
      const address = { node: undefined, host: '10.0.0.5', authority: '10.0.0.5:10250' };
      assert.is(await acceptorFor(address)(certificateOf(3), problem), undefined);
      // status --address knows no other name of the node.
      const named = { ...address, node: '10.0.0.5' };
      assert.is(
        await open(path, { recordNew: false }).acceptorFor(named)(certificateOf(3), problem),
        undefined,
      );
      const parsed = parseTrustFile(readFileSync(path, 'utf8'));
      assert.equal(
        'records' in parsed && parsed.records.map(({ kubelet, server }) => `${kubelet} ${server}`),
        ['node-1 https://10.0.0.1:6443', 'node-1 -', '10.0.0.5:10250 https://10.0.0.1:6443'],
      );
    }));

  test('keeps what people wrote, and accepts each of several records', () =>
    withFiles({}, async (folder) => {
      const path = join(folder, 'f');
      const own = `# mine\n\nnode-1 ${cluster.server} ca:none ${colons(1)}\nnode-1 ${cluster.server} ca:none sha256:${'02'.repeat(32)}`;
      writeFileSync(path, own);
      const { acceptorFor } = open(path);
      for (const byte of [1, 2])
        assert.is(await acceptorFor(nodeNamed('node-1'))(certificateOf(byte), problem), undefined);
      await acceptorFor(nodeNamed('node-2'))(certificateOf(3), problem);
      assert.is(
        readFileSync(path, 'utf8'),
        `${own}\nnode-2 ${cluster.server} ca:none SHA256:${colons(3)}\n`,
      );
      const refused = await acceptorFor(nodeNamed('node-2'))(certificateOf(4), problem);
      assert.match(refused?.message ?? '', /, line 5$/);
    }));

  test('is an error if it is damaged, also if that happens meanwhile', () =>
    withFiles({}, async (folder) => {
      const path = join(folder, 'f');
      const { acceptorFor } = open(path);
      writeFileSync(path, '# head\nnode-1 https://10.0.0.1\n');
      const words = `invalid kubelet trust file ${path}, line 2: must be KUBELET SERVER ca:DIGEST SHA256:FINGERPRINT`;
      const isDamaged = (error: unknown) => error instanceof Failure && error.message === words;
      assert.throws(() => open(path), isDamaged);
      const both = await Promise.allSettled(
        [1, 2].map((byte) => acceptorFor(nodeNamed(`node-${byte}`))(certificateOf(byte), problem)),
      );
      for (const each of both) assert.ok(each.status === 'rejected' && isDamaged(each.reason));
      assert.is(readFileSync(path, 'utf8'), '# head\nnode-1 https://10.0.0.1\n');
    }));

  test('lets one of two certificates win that come at once for one kubelet', () =>
    withFiles({}, async (folder) => {
      const path = join(folder, 'f');
      const { acceptorFor, notes } = open(path);
      const accept = acceptorFor(nodeNamed('node-1'));
      const results = await Promise.all(
        [1, 2, 1].map((byte) => accept(certificateOf(byte), problem)),
      );
      assert.equal(
        results.map((refused) => refused?.code),
        [undefined, 'ERR_KUBELET_CERTIFICATE_DIFFERENT', undefined],
      );
      assert.is(notes.length, 1);
      // And of two programs.
      const { acceptorFor: other } = open(path);
      writeFileSync(path, readFileSync(path, 'utf8').replace('node-1 ', 'node-2 '));
      assert.is(
        (await other(nodeNamed('node-2'))(certificateOf(9), problem))?.code,
        'ERR_KUBELET_CERTIFICATE_DIFFERENT',
      );
    }));

  test('loses nothing where several processes record at once', () =>
    withFiles({}, async (folder) => {
      const path = join(folder, 'f');
      const script = `
        const { openTrustFile } = await import(${JSON.stringify(join(root, 'src/kube/kubelet-client/trust-file.ts'))});
        const [path, own] = process.argv.slice(-2);
        const { acceptorFor } = openTrustFile({ path, recordNew: true, cluster: ${JSON.stringify(cluster)},
          signal: new AbortController().signal, recorded: () => {} });
        const problem = Object.assign(new Error(), { code: 'X' });
        for (let round = 0; round < 10; round += 1)
          await Promise.all(Array.from({ length: 10 }, async (_, index) => {
            const node = \`node-\${own}-\${round}-\${index}\`;
            const fingerprint256 = ${JSON.stringify(colons(7))};
            const refused = await acceptorFor({ node, host: '', authority: '' })({ fingerprint256 }, problem);
            if (refused) throw refused;
          }));`;
      const runs = await Promise.all(
        ['a', 'b', 'c'].map((own) =>
          runProcess(process.execPath, ['--input-type=module', '-e', script, path, own]),
        ),
      );
      assert.equal(
        runs.map(({ code, stderr }) => [code, stderr]),
        Array(3).fill([0, '']),
      );
      const parsed = parseTrustFile(readFileSync(path, 'utf8'));
      assert.ok('records' in parsed);
      assert.is(new Set(parsed.records.map(({ kubelet }) => kubelet)).size, 300);
      assert.is(parsed.records.length, 300);
    }));

  test('names a cluster by its URL and the certificates that it is verified with', async () => {
    const address = parseServer('https://10.0.0.1:6443');
    const { raw } = await makeCertificate();
    const pem = `-----BEGIN CERTIFICATE-----\n${raw.toString('base64')}\n-----END CERTIFICATE-----`;
    const of = (ca: string | undefined, more: object = {}) =>
      clusterOf({
        address,
        server: 'https://10.0.0.1:6443',
        tls: { ca, verify: true },
        origin: undefined,
        ...more,
      } as never);
    assert.match(of(pem).ca, /^[0-9a-f]{64}$/);
    assert.equal(of(`${pem}\r\n`), of(pem));
    assert.is.not(of(pem.replace('A', 'B')).ca, of(pem).ca);
    assert.equal(of(undefined), { server: 'https://10.0.0.1:6443', ca: 'none' });
    assert.is(of(pem, { tls: { ca: pem, verify: false } }).ca, 'none');
    assert.is(of(pem, { address: parseServer('http://10.0.0.1:8080') }).ca, 'none');
    assert.is(of(pem, { origin: 'no kubeconfig' }).server, '-');
    assert.is(of(pem, { server: 'https://10.0.0.1/a b' }).server, 'https://10.0.0.1/a%20b');
  });
});
