import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer } from 'node:tls';
import * as assert from 'uvu/assert';
import {
  chainSentWith,
  findAuthorities,
  isSelfSigned,
} from '../../../src/kube/transport/find-authorities.ts';
import {
  type Authority,
  createAuthority,
  createSelfSigned,
  type KeyPair,
} from '../../kit/certificates.ts';
import { suite } from '../../kit/suite.ts';
import { listen } from '../../sandbox/listen.ts';

/** Returns the certificate as a client gets it, with the chain that the server sends. */
async function shown({ cert, key }: KeyPair): Promise<X509Certificate> {
  const { port, stop } = await listen(createServer({ cert, key }), '127.0.0.1');
  const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const certificate = socket.getPeerX509Certificate();
  socket.destroy();
  await stop();
  if (!certificate) throw new Error('no certificate');
  return certificate;
}

const request = { commonName: 'node-1', usage: 'server', dnsNames: ['node-1'] } as const;

async function chain(
  leaf: KeyPair,
  ...authorities: readonly Authority[]
): Promise<X509Certificate> {
  const cert = [leaf.cert, ...authorities.map((each) => each.cert)].join('\n');
  return shown({ cert, key: leaf.key });
}

const parsed = (authorities: readonly Authority[]) =>
  authorities.map(({ cert }) => new X509Certificate(cert));

suite('the CAs of a certificate', (test) => {
  const names = (
    certificate: X509Certificate,
    trusted: readonly Authority[],
  ): readonly [trusted: string, sentRoot: string | undefined] => {
    const found = findAuthorities(certificate, parsed(trusted));
    return [found.trusted.map(({ subject }) => subject).join(), found.sentRoot?.subject];
  };

  test('include the CA that signed it', async () => {
    const ca = await createAuthority('ca');
    const leaf = await chain(await ca.issue(request));
    assert.equal(names(leaf, [await createAuthority('other'), ca]), ['CN=ca', undefined]);
    assert.is(isSelfSigned(leaf), false);
  });

  test('do not include another CA of the same name', async () => {
    const leaf = await chain(await (await createAuthority('ca')).issue(request));
    assert.equal(names(leaf, [await createAuthority('ca')]), ['', undefined]);
  });

  test('do not include a CA with the name of a self-signed certificate', async () => {
    const leaf = await chain(await createSelfSigned({ ...request, commonName: 'ca' }));
    const ca = await createAuthority('ca');
    assert.is(leaf.checkIssued(new X509Certificate(ca.cert)), true);
    assert.equal(names(leaf, [ca]), ['', undefined]);
  });

  test('include the valid certificate of a renewed CA', async () => {
    const days = (count: number) => new Date(Date.now() + count * 86_400_000);
    const old = await createAuthority('ca', { notBefore: days(-9), notAfter: days(-1) });
    const ca = await old.renew({ notBefore: days(-2) });
    const later = await old.renew({ notBefore: days(1), notAfter: days(9999) });
    const leaf = await chain(await old.issue(request));
    for (const order of [
      [old, ca, later],
      [later, ca, old],
    ]) {
      const found = findAuthorities(leaf, parsed(order)).trusted.map(String);
      assert.equal(found, [String(new X509Certificate(ca.cert))]);
    }
  });

  test('include the root above intermediates that the server sends', async () => {
    const root = await createAuthority('root');
    const inner = await (await root.createIntermediate('outer')).createIntermediate('inner');
    const outer = await root.createIntermediate('outer');
    const lower = await outer.createIntermediate('lower');
    assert.equal(names(await chain(await lower.issue(request), lower, outer), [root]), [
      'CN=root',
      undefined,
    ]);
    // The server does not send the intermediate certificate.
    assert.equal(names(await chain(await inner.issue(request), inner), [root]), ['', undefined]);
  });

  test('are found in any order of the sent certificates, even if some are repeated', async () => {
    const root = await createAuthority('root');
    const outer = await root.createIntermediate('outer');
    const lower = await outer.createIntermediate('lower');
    const leaf = await chain(await lower.issue(request), outer, root, outer, lower, root);
    assert.equal(names(leaf, [root]), ['CN=root', undefined]);
    assert.equal(names(leaf, []), ['', 'CN=root']);
  });

  test('include a trusted intermediate, and the trusted CAs above it', async () => {
    const root = await createAuthority('root');
    const inner = await root.createIntermediate('inner');
    const leaf = await chain(await inner.issue(request));
    assert.equal(names(leaf, [inner]), ['CN=inner', undefined]);
    assert.equal(names(leaf, [root, inner]), ['CN=inner,CN=root', undefined]);
    assert.equal(names(leaf, [root]), ['', undefined]);
  });

  test('do not include an untrusted root that the server sends', async () => {
    const ca = await createAuthority('ca');
    const leaf = await chain(await ca.issue(request), ca);
    assert.equal(names(leaf, [await createAuthority('other')]), ['', 'CN=ca']);
  });

  test('do not include a sent root that did not sign it', async () => {
    const [ca, other] = [await createAuthority('ca'), await createAuthority('other')];
    assert.equal(names(await chain(await ca.issue(request), other), []), ['', undefined]);
  });

  for (const key of ['P-256', 'P-384', 'RSA 2048', 'Ed25519'] as const)
    test(`include a self-signed certificate itself: ${key}`, async () => {
      const own = await createSelfSigned({ ...request, key });
      const leaf = await chain(own);
      assert.is(isSelfSigned(leaf), true);
      assert.equal(names(leaf, []), ['', undefined]);
      assert.equal(names(leaf, [{ ...(await createAuthority('x')), cert: own.cert }]), [
        'CN=node-1',
        undefined,
      ]);
    });

  test('do not include the certificate itself only because its issuer has the same name', async () => {
    const ca = await createAuthority('node-1');
    const leaf = await chain(await ca.issue(request));
    assert.is(leaf.subject, leaf.issuer);
    assert.is(isSelfSigned(leaf), false);
  });

  test('are read from the first 32 sent certificates', async () => {
    let last = await createAuthority('root');
    const all = [last];
    for (let index = 0; index < 40; index += 1) {
      last = await last.createIntermediate(`ca-${index}`);
      all.unshift(last);
    }
    const leaf = await chain(await last.issue(request), ...all);
    assert.is(chainSentWith(leaf).length, 32);
    assert.equal(names(leaf, all.slice(-1)), ['', undefined]);
  });
});
