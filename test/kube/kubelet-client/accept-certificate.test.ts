import type { X509Certificate } from 'node:crypto';
import * as assert from 'uvu/assert';
import {
  acceptPinned,
  acceptVerified,
} from '../../../src/kube/kubelet-client/accept-certificate.ts';
import type { KubeletAccess } from '../../../src/kube/kubelet-client/kubelet-access.ts';
import { namesNodes, namingNode } from '../../../src/kube/kubelet-client/open-cached.ts';
import type { Pin } from '../../../src/kubelet/fingerprint.ts';
import { suite } from '../../kit/suite.ts';

const fingerprint = Array(32).fill('AB').join(':');
const other = Array(32).fill('CD').join(':');
const shown = (fingerprint256: string) => ({ fingerprint256 }) as X509Certificate;
const problem = Object.assign(new Error('x'), { code: 'CERT_HAS_EXPIRED' });
const name = { node: 'node-1', host: '10.0.0.1', authority: '10.0.0.1:10250' };

suite('a certificate with a pin', (test) => {
  const accept = acceptPinned([{ kubelet: undefined, fingerprint, source: '' }], name);

  test('is accepted if its fingerprint is pinned, whether it is verified or not', async () => {
    for (const each of [problem, undefined])
      assert.is(await accept?.(shown(fingerprint), each), undefined);
  });

  for (const place of [0, 47, 94])
    test(`is rejected if one digit differs: ${place}`, async () => {
      const other = `${fingerprint.slice(0, place)}0${fingerprint.slice(place + 1)}`;
      for (const each of [problem, undefined])
        assert.is((await accept?.(shown(other), each))?.code, 'ERR_KUBELET_CERTIFICATE_DIFFERENT');
    });

  for (const kubelet of ['node-1', '10.0.0.1', '10.0.0.1:10250'])
    test(`is checked if the pin names the kubelet: ${kubelet}`, () =>
      assert.ok(acceptPinned([{ kubelet, fingerprint, source: '' }], name)));

  for (const kubelet of ['node-10', 'node', '10.0.0.1:10255', ''])
    test(`is not checked if the pin names another kubelet: ${kubelet}`, () =>
      assert.is(acceptPinned([{ kubelet, fingerprint, source: '' }], name), undefined));

  test('is compared with the pin of its node before the pins of its address', async () => {
    const pins = [
      { kubelet: 'node-1', fingerprint, source: '' },
      { kubelet: 'node-9', fingerprint: other, source: '' },
    ];
    const thief = { node: 'node-9', host: 'node-1', authority: 'node-1:10250' };
    const acceptOf = acceptPinned(pins, thief);
    assert.is(await acceptOf?.(shown(other), problem), undefined);
    assert.is(
      (await acceptOf?.(shown(fingerprint), problem))?.code,
      'ERR_KUBELET_CERTIFICATE_DIFFERENT',
    );
  });

  const file = ['node-1', 'node-2'].map((kubelet, index) => ({
    ...{ kubelet, fingerprint: index === 0 ? other : fingerprint, source: 'kubelets.txt' },
    line: index + 1,
  }));
  const addressed = (pins: readonly Pin[]) => acceptPinned(pins, { ...name, node: undefined });

  test('is accepted at an address that no pin names if any pin has its fingerprint, or if it is verified', async () => {
    assert.is(await addressed(file)?.(shown(fingerprint), problem), undefined);
    const unknown = shown(Array(32).fill('EF').join(':'));
    assert.is(await addressed(file)?.(unknown, undefined), undefined);
    const rejection = await addressed(file)?.(unknown, problem);
    assert.is(rejection?.code, 'ERR_KUBELET_CERTIFICATE_DIFFERENT');
    assert.match(
      rejection?.message ?? '',
      'none of those given for node-1, node-2 in kubelets.txt',
    );
  });

  test('is compared at an address only with the pin that names the address', async () => {
    const pins = [...file, { kubelet: '10.0.0.1', fingerprint: other, source: '' }];
    for (const each of [problem, undefined])
      assert.match((await addressed(pins)?.(shown(fingerprint), each))?.message ?? '', other);
  });

  test('is rejected without a pin if it is not verified', async () =>
    assert.is(await acceptVerified(shown(fingerprint), problem), problem));
});

const access = (verify: boolean) =>
  ({ trust: { ca: undefined, serverName: undefined, verify } }) as unknown as KubeletAccess;

suite('a certificate at a cached address', (test) => {
  const accept = namingNode(access(true), 'node-1').acceptorFor?.(name);
  const certificate = (subject: string, subjectAltName?: string) =>
    ({ subject, subjectAltName }) as X509Certificate;
  const own = [
    certificate('O=system:nodes\nCN=system:node:node-1'),
    certificate('CN=x', 'DNS:node-1'),
  ];

  test('is accepted if it is verified and names the node', async () => {
    for (const each of own) assert.is(await accept?.(each, undefined), undefined);
    const other = await accept?.(certificate('CN=system:node:node-10', 'DNS:node-10'), undefined);
    assert.is(other?.code, 'another node');
  });

  test('is rejected if it is not verified, even if it names the node', async () => {
    for (const each of own) assert.is(await accept?.(each, problem), problem);
  });

  test('does not prove the name of its node if it is accepted without verification or by its fingerprint', () => {
    assert.is(namesNodes(access(true)), true);
    assert.is(namesNodes(access(false)), false);
    assert.is(namesNodes({ ...access(true), acceptorFor: () => acceptVerified }), false);
  });
});
