import * as assert from 'uvu/assert';
import { makeBundle } from '../../../src/commands/certificates/bundle.ts';
import type { CertificateFacts } from '../../../src/commands/certificates/facts.ts';
import { renderNodes } from '../../../src/commands/certificates/render.ts';
import { certificateLines } from '../../../src/commands/certificates/report.ts';
import { certificatesTable, certificatesView } from '../../../src/commands/certificates/rows.ts';
import type { Cause } from '../../../src/kubelet/causes/causes.ts';
import { paintNothing } from '../../../src/text/color.ts';
import type { RowFormat } from '../../../src/text/render-rows.ts';
import { suite } from '../../kit/suite.ts';
import { defaultWidth } from '../shared/rows/default-width.ts';
import { certificate, factsOf, failing, now, reporting, showing, silent } from './given.ts';

const print = (facts: CertificateFacts, format: RowFormat) =>
  [
    ...renderNodes(certificatesTable, facts, {
      ...{ format, noHeaders: false, isFolded: false, paint: paintNothing },
      arrangement: { sortBy: undefined, limit: undefined },
    }),
  ].join('');

const linesOf = (facts: CertificateFacts) => certificateLines(facts, 30);

const request = (
  name: string,
  state: 'pending' | 'approved' | 'denied' | 'failed',
  created = '2026-11-26T07:55:00Z',
) => ({ name, state, created, asked: undefined, certificate: undefined });
const refused = (cause: Cause, words = '') => ({
  verification: { result: 'refused', cause, words } as const,
});
const selfMade = {
  name: 'node-2@1795681903',
  issuerName: 'node-2-ca@1795681903',
  authorities: [],
  ...refused('untrusted-ca'),
};

const day = 86_400;

const facts = factsOf(
  [
    reporting(showing('node-1'), {
      clientLeftSeconds: 299.5 * day,
      clientRenewalErrors: 0,
      callers: { over: 7 * day, upTo: 30 * day },
    }),
    showing('node-2', selfMade, { covered: ['node-2'], missing: ['10.0.0.1'] }),
    // Metrics may come through the API server even if the handshake fails.
    reporting(failing('node-3', 'no-serving-certificate-yet'), {
      clientLeftSeconds: -5,
      servingLeftSeconds: 9 * day,
      servingRenewalErrors: 3,
    }),
    showing('node-4', { notAfter: '2026-11-30T08:00:00Z' }, { others: ['old', '10.9.9.9'] }),
  ],
  {
    'node-3': [request('csr-a', 'pending')],
    'node-4': [request('csr-c', 'denied', ''), request('csr-b', 'approved')],
  },
);

suite('the output of certificates', (test) => {
  test('is a table', () => {
    assert.is(
      print(facts, 'table'),
      `NODE     ISSUER                 NAMES    DAYS LEFT   CLIENT   VERIFIED                     PENDING
node-1   kubernetes             all      339         299      yes                          -
node-2   node-2-ca@1795681903   1 of 2   339         -        untrusted-ca                 -
node-3   -                      -        9           -1       no-serving-certificate-yet   csr-a
node-4   kubernetes             all      4           -        yes                          csr-b
`,
    );
  });

  test('is CSV with all columns', () => {
    assert.is(
      print(facts, 'csv'),
      [
        'node,issuerCommonName,named,daysLeft,clientDaysLeft,verification,pendingRequest,renewalErrors,clientRenewalErrors,callerLeft,address,commonName,authority,selfSigned,missingNames,otherNames,request,requestState,requestProblem,requestAgeSeconds,notBefore,notAfter,key,signature,serial,subject,issuer,tlsVersion,cipher,group,fingerprint',
        'node-1,kubernetes,all,339,299,yes,,,0,7d-30d,10.0.0.1:10250,system:node:node-1,kubernetes,false,,,,,,,2026-11-01T00:00:00Z,2027-11-01T00:00:00Z,EC P-256,ecdsa-with-SHA256,1F,"CN=system:node:node-1,O=system:nodes",CN=kubernetes,TLSv1.3,TLS_AES_128_GCM_SHA256,,AB:CD',
        'node-2,node-2-ca@1795681903,1 of 2,339,,untrusted-ca,,,,,10.0.0.1:10250,node-2@1795681903,,true,10.0.0.1,,,,,,2026-11-01T00:00:00Z,2027-11-01T00:00:00Z,EC P-256,ecdsa-with-SHA256,1F,"CN=system:node:node-2,O=system:nodes",CN=kubernetes,TLSv1.3,TLS_AES_128_GCM_SHA256,,AB:CD',
        'node-3,,,9,-1,no-serving-certificate-yet,csr-a,3,,,10.0.0.1:10250,,,,,,csr-a,pending,,300,,,,,,,,,,,',
        'node-4,kubernetes,all,4,,yes,csr-b,,,,10.0.0.1:10250,system:node:node-4,kubernetes,false,,"old,10.9.9.9",csr-c,denied,,,2026-11-01T00:00:00Z,2026-11-30T08:00:00Z,EC P-256,ecdsa-with-SHA256,1F,"CN=system:node:node-4,O=system:nodes",CN=kubernetes,TLSv1.3,TLS_AES_128_GCM_SHA256,,AB:CD',
        '',
      ].join('\r\n'),
    );
  });

  test('has metrics with the node as the only label, and without samples of unknown values', () => {
    const samples = print(facts, 'prometheus')
      .split('\n')
      .filter((line) => !line.startsWith('#'));
    assert.equal(samples, [
      'kubeletaccess_certificate_expiry_timestamp_seconds{node="node-1"} 1825027200',
      'kubeletaccess_certificate_expiry_timestamp_seconds{node="node-2"} 1825027200',
      'kubeletaccess_certificate_expiry_timestamp_seconds{node="node-4"} 1796025600',
      'kubeletaccess_certificate_not_before_timestamp_seconds{node="node-1"} 1793491200',
      'kubeletaccess_certificate_not_before_timestamp_seconds{node="node-2"} 1793491200',
      'kubeletaccess_certificate_not_before_timestamp_seconds{node="node-4"} 1793491200',
      'kubeletaccess_certificate_verified{node="node-1"} 1',
      'kubeletaccess_certificate_verified{node="node-2"} 0',
      'kubeletaccess_certificate_verified{node="node-4"} 1',
      'kubeletaccess_certificate_san_match{node="node-1"} 1',
      'kubeletaccess_certificate_san_match{node="node-2"} 0',
      'kubeletaccess_certificate_san_match{node="node-4"} 1',
      'kubeletaccess_certificate_request_pending{node="node-1"} 0',
      'kubeletaccess_certificate_request_pending{node="node-2"} 0',
      'kubeletaccess_certificate_request_pending{node="node-3"} 1',
      'kubeletaccess_certificate_request_pending{node="node-4"} 1',
      'kubeletaccess_client_certificate_expiry_timestamp_seconds{node="node-1"} 1821556800',
      'kubeletaccess_client_certificate_expiry_timestamp_seconds{node="node-3"} 1795679995',
      'kubeletaccess_client_certificate_renewal_errors{node="node-1"} 0',
      'kubeletaccess_certificate_renewal_errors{node="node-3"} 3',
      '',
    ]);
    const unknown = { ...facts, requests: { unknown: 'denied' } };
    assert.not.match(print(unknown, 'prometheus'), 'pending');
  });

  test('has metrics of the same nodes as the rows of a table, in the same order', () => {
    const parts = renderNodes(certificatesTable, facts, {
      ...{ format: 'prometheus', isFolded: false, noHeaders: false, paint: paintNothing },
      arrangement: { sortBy: { key: 'notAfter' }, limit: 1 },
    });
    assert.equal(
      [...[...parts].join('').matchAll(/expiry.*\{(.*)\}/g)].map(([, label]) => label),
      ['node="node-4"'],
    );
  });

  test('is a table of at most 80 columns', () => {
    const width = defaultWidth(certificatesView, {
      node: 'ip-10-0-1-23.ec2',
      issuerCommonName: 'kubernetes-ca',
      named: '1 of 2',
      verified: 'yes',
      pendingRequest: 'csr-05ee4',
    });
    assert.ok(width <= 80, String(width));
  });
});

suite('warnings of certificates', (test) => {
  const warnings = (...given: Parameters<typeof factsOf>) => linesOf(factsOf(...given));

  test('leave out a client certificate that may belong to the caller', () => {
    const facts = factsOf([
      reporting(showing('a'), {
        clientLeftSeconds: 400 * day,
        callers: { over: 7 * day, upTo: 30 * day },
      }),
    ]);
    const lines = (ownLeftSeconds: number | undefined) =>
      linesOf({ ...facts, ownLeftSeconds }).filter((line) => line.startsWith('warning'));
    const told = [
      'warning: a: since the kubelet started, a client has shown it a certificate with 7d-30d left',
    ];
    assert.equal(lines(undefined), told);
    assert.equal(lines(300 * day), told);
    assert.equal(lines(12 * day), []);
    // This certificate may be the caller's: it had 7 to 30 days left when the kubelet counted it.
    assert.equal(lines(day), []);
  });

  test('report expired client certificates, failed renewals, and nodes whose certificate is unknown', () => {
    const lines = warnings([
      reporting(showing('a'), { clientLeftSeconds: 12.5 * day }),
      reporting(showing('b'), { clientLeftSeconds: 3 * day, clientRenewalErrors: 2 }),
      reporting(showing('c'), { clientLeftSeconds: -1, servingRenewalErrors: 1 }),
      reporting(showing('d'), {
        clientLeftSeconds: 400 * day,
        callers: { over: -Infinity, upTo: 0 },
      }),
      reporting(showing('e'), {
        clientLeftSeconds: 400 * day,
        callers: { over: 7 * day, upTo: 30 * day },
      }),
      reporting(showing('f'), {
        clientLeftSeconds: 400 * day,
        callers: { over: 360 * day, upTo: Infinity },
      }),
      reporting(showing('g'), {}),
      silent(showing('h')),
      silent(failing('i', 'connection-refused')),
    ]);
    assert.equal(lines, [
      'warning: c: the client certificate of the kubelet has expired',
      'warning: b, a: the client certificate of the kubelet expires in 3 days (first of 2)',
      'warning: b: the kubelet has failed to renew its client certificate since it started',
      'hint: kubectl get csr',
      'hint: on the node: journalctl -u kubelet -g certificate_manager',
      'warning: c: the kubelet has failed to renew its serving certificate since it started',
      'hint: kubectl get csr',
      'hint: on the node: journalctl -u kubelet -g certificate_manager',
      'warning: d: since the kubelet started, a client has shown it a certificate that had expired',
      "hint: if it is kube-apiserver's (--kubelet-client-certificate): renew it, and restart kube-apiserver",
      'warning: e: since the kubelet started, a client has shown it a certificate with 7d-30d left',
      "hint: if it is kube-apiserver's (--kubelet-client-certificate): renew it, and restart kube-apiserver",
      'note: client certificates are unknown: h: forbidden',
      'note: client certificates are unknown: g: the kubelet reports none, as without rotateCertificates',
    ]);
  });

  test('are empty if all certificates are fine', () => {
    assert.equal(warnings([showing('node-1')]), []);
  });

  test('name certificates that have expired, expire soon, or are not valid yet', () => {
    const until = (name: string, notAfter: string) => showing(name, { notAfter });
    assert.equal(
      warnings([
        until('a', '2026-11-26T08:00:00Z'),
        until('b', '2026-11-26T09:00:00Z'),
        until('c', '2026-12-26T08:00:00Z'),
        until('d', '2026-12-26T08:00:01Z'),
        showing('e', { notBefore: '2026-11-26T08:00:01Z' }),
      ]),
      [
        'warning: a: the serving certificate has expired',
        'warning: b, c: the serving certificate expires in less than a day (first of 2)',
        'warning: e: the serving certificate is not yet valid: the clock of the node or of the client is wrong',
      ],
    );
    assert.equal(warnings([until('a', '2026-11-27T08:00:00Z')]), [
      'warning: a: the serving certificate expires in 1 day',
    ]);
  });

  test('name a CA that expires soon in a single line, even if several nodes use it', () => {
    const [ca] = certificate.authorities;
    const authorities = ca ? [{ ...ca, notAfter: '2026-12-01T00:00:00Z' }] : [];
    const nodes = [...'abcdefg'].map((name) => showing(name, { authorities }));
    assert.equal(warnings(nodes), [
      'warning: a, b, c, d, e and 2 more: the CA kubernetes expires in 4 days',
    ]);
  });

  test('name a wrong fingerprint of a self-signed certificate', () => {
    const different = refused('different-certificate', 'not the one');
    const lines = warnings([showing('a', { ...selfMade, ...different })]);
    assert.equal(
      lines.filter((line) => line.includes('not the one')),
      ['warning: a: not the one'],
    );
  });

  test('name an expired intermediate CA', () => {
    assert.equal(warnings([showing('a', refused('certificate-expired'))]), [
      'warning: a: a CA of its chain has expired',
    ]);
  });

  test('name a certificate that does not contain the name of --kubelet-tls-server-name', () => {
    assert.equal(warnings([{ ...showing('a', refused('name-mismatch')), host: 'given' }]), [
      'warning: a: the serving certificate does not name given: clients that verify it refuse it there',
      'hint: by which address it verifies: kubectl kubeletaccess certificates --address-types',
    ]);
  });

  test('print the command that checks a signing request before the command that approves it', () => {
    const names = [...'abcdefg'];
    const requests = Object.fromEntries(
      names.map((name) => [name, [request(`csr-${name}`, 'pending')]]),
    );
    assert.equal(
      warnings(
        names.map((name) => failing(name, 'no-serving-certificate-yet')),
        requests,
      ),
      [
        'warning: waiting for approval: csr-a of a, 5m, csr-b of b, 5m, csr-c of c, 5m, csr-d of d, 5m, csr-e of e, 5m and 2 more',
        'hint: csr-a, csr-b, csr-c, csr-d, csr-e and 2 more: each asks only for what its kubelet wrote into its Node object (kubectl get nodes a b c d e -o wide): compare that with the machines in your cloud or inventory, then approve: kubectl certificate approve csr-a csr-b csr-c csr-d csr-e',
      ],
    );
    assert.equal(warnings([showing('a')], { a: [request('csr-evil', 'pending', '')] }), [
      'warning: waiting for approval: csr-evil of a',
      'warning: do not approve csr-evil of a: 10.9.9.9 is not an address of node-3',
      "hint: what it asks for: kubectl get csr csr-evil -o jsonpath='{.spec.request}' | base64 -d | openssl req -noout -text",
    ]);
    assert.equal(warnings([showing('a')], { a: [request('csr-a', 'approved', '')] }), [
      'warning: approved, and not signed: csr-a of a',
      'hint: kubectl describe csr csr-a',
    ]);
    assert.equal(warnings([showing('a')], { a: [request('csr-a', 'denied')] }), []);
    const without = [failing('a', 'no-serving-certificate-yet'), failing('b', 'x')];
    assert.equal(
      warnings(without, { a: [request('csr-a', 'failed')], b: [request('csr-b', 'denied')] }),
      [
        'warning: not issued: csr-a of a (failed), csr-b of b (denied)',
        'hint: why: kubectl describe csr csr-a csr-b',
      ],
    );
  });
});

suite('the text of a CA bundle', (test) => {
  const bundleOf = (nodes: Parameters<typeof makeBundle>[0], trustFirst = false) =>
    makeBundle(nodes, { trustFirst, now });

  test('has each certificate once, with a comment', () => {
    assert.is(
      bundleOf([showing('a'), showing('b')]).text,
      '# CN=kubernetes, expires 2036-11-01T00:00:00Z, for 2 nodes\n-----BEGIN CERTIFICATE-----\nY2E=\n-----END CERTIFICATE-----\n',
    );
  });

  test('lists nodes whose CA is trusted on first use', () => {
    const nobody = { authorities: [], ...refused('untrusted-ca') };
    const [ca] = certificate.authorities;
    const nodes = [
      showing('a', selfMade),
      showing('b', { ...nobody, sentRoot: ca }),
      showing('c', { ...nobody, isSelfSigned: true, isAuthority: true }),
    ];
    const { unverified, unverifiedAuthorities } = bundleOf(nodes, true);
    assert.equal(unverified, ['a', 'b', 'c']);
    assert.equal(unverifiedAuthorities, ['b', 'c']);
    assert.equal(bundleOf(nodes).unverifiedAuthorities, []);
  });

  test('shortens a long subject in its comment', () => {
    const [ca] = certificate.authorities;
    const authorities = ca ? [{ ...ca, subject: `CN=${'x'.repeat(50_000)}` }] : [];
    const [comment = ''] = bundleOf([showing('a', { authorities })]).text.split('\n');
    assert.ok(comment.length < 500, String(comment.length));
  });

  test('prints a hostile subject on one line', () => {
    const [ca] = certificate.authorities;
    const subject = 'CN=a\n-----BEGIN CERTIFICATE-----\u001b[2J';
    const authorities = ca ? [{ ...ca, subject }] : [];
    const lines = bundleOf([showing('a', { authorities })]).text.split('\n');
    assert.is(lines.filter((line) => line.startsWith('-----BEGIN')).length, 1);
    assert.is(
      lines[0],
      String.raw`# CN=a\x0a-----BEGIN CERTIFICATE-----\x1b[2J, expires 2036-11-01T00:00:00Z, for 1 node`,
    );
  });

  test('omits certificates that no bundle can verify', () => {
    for (const [more, why] of [
      [{ notAfter: '2026-11-26T08:00:00Z' }, 'its certificate has expired'],
      [{ notBefore: '2026-11-26T08:00:01Z' }, 'its certificate is not yet valid'],
      [refused('certificate-expired'), 'the CA of its certificate has expired'],
      [refused('different-certificate', 'not the one'), 'not the one'],
      [refused('certificate-not-for-servers', 'no server'), 'no server'],
      // This result is possible although the CA is known: for example, the CA may not sign certificates.
      [refused('untrusted-ca', 'not trusted'), 'not trusted'],
    ] as const)
      for (const trustFirst of [false, true]) {
        const { certificates, missing, unverified } = bundleOf([showing('a', more)], trustFirst);
        assert.equal(
          [certificates, missing, unverified],
          [0, [{ name: 'a', why, isOffered: false }], []],
        );
      }
    assert.equal(bundleOf([failing('a', 'connection-refused')]).missing, [
      { name: 'a', why: 'it showed no certificate', isOffered: false },
    ]);
  });

  test('contains the CA of a certificate that does not name the address of its node', () => {
    assert.equal(bundleOf([showing('a', refused('name-mismatch'))]).missing, []);
  });
});
