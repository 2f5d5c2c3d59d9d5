import * as assert from 'uvu/assert';
import { parseSigningRequest } from '../../../src/kube/kubelet-client/signing-request.ts';
import { judgeRequest } from '../../../src/kubelet/judge-request.ts';
import { createSigningRequest } from '../../kit/certificates.ts';
import { suite } from '../../kit/suite.ts';

const addresses = {
  'node-1': ['node-1', '10.0.0.1', 'fd00::1'],
  'node-2': ['node-2', '10.0.0.2'],
  // A kubelet can write any name and address into its Node object.
  liar: [
    ...['liar', '*.b', 'kubernetes', 'KUBERNETES.default', 'kubernetes.default.svc', 'localhost'],
    ...['a.b.svc.cluster.local', '*.svc', 'web.shop', '10.96.0.1', '10.0.0.5', '127.0.0.9', '::1'],
    ...['0.0.0.0', '169.254.169.254', 'fe80::1', '224.0.0.1', 'ff02::1', 'api.example.com'],
  ],
};
const nodesWith = (address: string) =>
  Object.entries(addresses).flatMap(([name, own]) =>
    own.includes(address.toLowerCase()) ? name : [],
  );
const owners = {
  nodesWith,
  isApiServer: (address: string) => ['10.0.0.5', 'api.example.com'].includes(address),
  serviceWith: (address: string) =>
    ({ '10.96.0.1': 'default/kubernetes', 'web.shop': 'shop/web' })[address],
};
const usual = {
  commonName: 'system:node:node-1',
  organizations: ['system:nodes'],
  dnsNames: ['node-1'],
  ips: ['10.0.0.1'],
};
const groups = ['system:nodes', 'system:authenticated'];
const usages = ['digital signature', 'server auth'];

type Asked = Parameters<typeof createSigningRequest>[0];

const encoded = async (asked: Partial<Asked>) =>
  Buffer.from(await createSigningRequest({ ...usual, ...asked })).toString('base64');

const judge = async (asked: Partial<Asked>, more: object = {}) =>
  judgeRequest(
    { requested: parseSigningRequest(await encoded(asked)), groups, usages, ...more },
    { name: 'node-1', isControlPlane: false },
    owners,
  );

suite('a certificate signing request of a kubelet', (test) => {
  test('is read as OpenSSL and Go read it', async () => {
    const requested = parseSigningRequest(
      await encoded({
        ips: ['fd00:0:0::1'],
        emails: ['a@b'],
        uris: ['spiffe://a'],
        key: 'RSA 2048',
      }),
    );
    assert.equal(requested, {
      commonNames: ['system:node:node-1'],
      organizations: ['system:nodes'],
      dnsNames: ['node-1'],
      ips: ['fd00::1'],
      otherNames: ['e-mail a@b', 'URI spiffe://a'],
      otherExtensions: [],
      key: 'RSA 2048',
    });
  });

  test('is rejected if it is huge or not a certificate signing request', () => {
    const pem = (body: string) =>
      `-----BEGIN CERTIFICATE REQUEST-----\n${body}\n-----END CERTIFICATE REQUEST-----\n`;
    for (const text of ['', 'x', pem('AAAA'), pem('MAA='), pem(`${'A'.repeat(100_000)}`)])
      assert.is(parseSigningRequest(Buffer.from(text).toString('base64')), undefined, text);
  });

  for (const [what, asked, more] of [
    ['its name and address', {}, {}],
    ['all of its addresses', { dnsNames: ['NODE-1'], ips: ['10.0.0.1', 'fd00::1'] }, {}],
    [
      'encipherment for an RSA key',
      { key: 'RSA 2048' },
      { usages: [...usages, 'key encipherment'] },
    ],
    ['only an address', { dnsNames: [] }, {}],
  ] as const)
    test(`may be approved for ${what}`, async () => assert.equal(await judge(asked, more), []));

  for (const [asked, more, ...reasons] of [
    [{ ips: ['10.0.0.9'] }, {}, '10.0.0.9 is not an address of node-1'],
    [{ dnsNames: [], ips: [] }, {}, 'it asks for no name or address'],
    [
      { ips: ['10.0.0.2'] },
      {},
      '10.0.0.2 is not an address of node-1',
      '10.0.0.2 is an address of node-2 as well',
    ],
    [{ uris: ['spiffe://a'] }, {}, 'it asks for URI spiffe://a'],
    [
      { commonName: 'system:node:node-2' },
      {},
      'its common name is system:node:node-2, not system:node:node-1',
    ],
    [
      { organizations: ['system:nodes', 'system:masters'] },
      {},
      'its organization is system:nodes, system:masters, not system:nodes',
    ],
    [{ organizations: [] }, {}, 'its organization is missing, not system:nodes'],
    [{}, { usages: ['client auth', ...usages] }, 'it asks for usage client auth'],
    [{}, { usages: ['digital signature'] }, 'it does not ask for usage server auth'],
    [{}, { groups: ['system:authenticated'] }, 'it was made by no member of system:nodes'],
    [{}, { requested: undefined }, 'its request cannot be read'],
    // Kubelets never ask for this extension.
    [{ isAuthority: true }, {}, 'it asks for the extension 2.5.29.19'],
  ] as const)
    test(`must not be approved: ${reasons.join('; ')}`, async () =>
      assert.equal(await judge(asked as Partial<Asked>, more), reasons));

  for (const [address, words] of [
    ['*.b', 'a wildcard'],
    ['*.svc', 'a wildcard'],
    ['kubernetes', 'a name of a service'],
    ['KUBERNETES.default', 'a name of a service'],
    ['kubernetes.default.svc', 'a name of a service'],
    ['a.b.svc.cluster.local', 'a name of a service'],
    ['web.shop', 'an address of the service shop/web'],
    ['10.96.0.1', 'an address of the service default/kubernetes'],
    ['10.0.0.5', 'an address of the API server'],
    ['api.example.com', 'an address of the API server'],
    ['localhost', 'a loopback address'],
    ['127.0.0.9', 'a loopback address'],
    ['::1', 'a loopback address'],
    ['0.0.0.0', 'an unspecified address'],
    ['169.254.169.254', 'a link-local address'],
    ['fe80::1', 'a link-local address'],
    ['224.0.0.1', 'a multicast address'],
    ['ff02::1', 'a multicast address'],
  ] as const)
    test(`must not be approved for ${address}, even if the Node object has it`, async () => {
      const isIp = /^[\d.]+$|:/.test(address);
      const names = isIp
        ? { dnsNames: ['liar'], ips: [address] }
        : { dnsNames: [address], ips: [] };
      const asked = await encoded({ commonName: 'system:node:liar', ...names });
      const judged = (isControlPlane: boolean) =>
        judgeRequest(
          { requested: parseSigningRequest(asked), groups, usages },
          { name: 'liar', isControlPlane },
          owners,
        );
      assert.equal(judged(false), [`${address} is ${words}`]);
      // The API server may have the address of a control plane node.
      assert.equal(judged(true), words.endsWith('API server') ? [] : judged(false));
    });

  test('must not be approved if its key is weak or of an unknown kind', async () => {
    const requested = parseSigningRequest(await encoded({}));
    for (const [key, words] of [
      ['RSA 1024', 'its key is RSA 1024'],
      ['dsa', 'its key is dsa'],
      [undefined, 'its key is of an unknown kind'],
    ] as const)
      assert.equal(await judge({}, { requested: requested && { ...requested, key } }), [words]);
  });
});
