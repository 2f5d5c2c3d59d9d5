import { X509Certificate } from 'node:crypto';
import * as assert from 'uvu/assert';
import { formatFingerprint, parseFingerprint } from '../../src/kubelet/fingerprint.ts';
import { createSelfSigned } from '../kit/certificates.ts';
import { suite } from '../kit/suite.ts';

const pairs = Array.from({ length: 32 }, (_, byte) =>
  (byte * 7 + 1).toString(16).padStart(2, '0').slice(-2),
);
const plain = pairs.join('');
const shown = pairs.join(':').toUpperCase();

suite('fingerprints', (test) => {
  for (const text of [
    plain,
    plain.toUpperCase(),
    shown,
    shown.toLowerCase(),
    `sha256:${plain}`,
    `SHA256:${shown}`,
    `sha256 Fingerprint=${shown}`,
    `SHA256 Fingerprint=${shown}`,
    formatFingerprint(shown),
  ])
    test(`are read from ${text.slice(0, 30)}…`, () => assert.is(parseFingerprint(text), shown));

  for (const [title, text] of [
    ['nothing', ''],
    ['no digits', 'sha256:'],
    ['a digit too few', plain.slice(1)],
    ['a pair too few', shown.slice(3)],
    ['a pair too many', `${shown}:00`],
    ['colons in other places', plain.replace(/^(...)/, '$1:')],
    ['other letters', plain.replace(/^../, 'gg')],
    ['SHA-1', `sha1:${plain}`],
    ['base64, as ssh prints it', 'SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU'],
    ['a second line', `${plain}\n`],
  ] as const)
    test(`are invalid: ${title}`, () => assert.is(parseFingerprint(text), undefined));

  test('are equal to the fingerprints that Node.js computes', async () => {
    const { cert } = await createSelfSigned({ commonName: 'node-1', usage: 'server' });
    const { fingerprint256 } = new X509Certificate(cert);
    assert.is(parseFingerprint(formatFingerprint(fingerprint256)), fingerprint256);
  });
});
