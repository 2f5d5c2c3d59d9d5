import type {
  CertificateFacts,
  NodeCertificate,
} from '../../../src/commands/certificates/facts.ts';
import { Failure } from '../../../src/errors.ts';
import type { NameComparison, ShownCertificate } from '../../../src/kubelet/certificate.ts';
import type { CertificateMetrics } from '../../../src/kubelet/certificate-metrics.ts';
import type { ServingCsr } from '../../../src/kubelet/serving-requests.ts';

export const now = Date.parse('2026-11-26T08:00:00Z');

export const certificate: ShownCertificate = {
  name: 'system:node:node-1',
  subject: 'CN=system:node:node-1,O=system:nodes',
  issuerName: 'kubernetes',
  issuer: 'CN=kubernetes',
  names: ['DNS:node-1', 'IP Address:10.0.0.1'],
  notBefore: '2026-11-01T00:00:00Z',
  notAfter: '2027-11-01T00:00:00Z',
  fingerprint: 'AB:CD',
  serial: '1F',
  key: 'EC P-256',
  signature: 'ecdsa-with-SHA256',
  pem: '-----BEGIN CERTIFICATE-----\nbGVhZg==\n-----END CERTIFICATE-----\n',
  isSelfSigned: false,
  isAuthority: false,
  verification: { result: 'verified' },
  authorities: [
    {
      name: 'kubernetes',
      subject: 'CN=kubernetes',
      notAfter: '2036-11-01T00:00:00Z',
      fingerprint: 'CA',
      pem: '-----BEGIN CERTIFICATE-----\nY2E=\n-----END CERTIFICATE-----\n',
    },
  ],
  sentRoot: undefined,
};

const addresses = [{ type: 'InternalIP', address: '10.0.0.1' }];

export function showing(
  node: string,
  more: Partial<ShownCertificate> = {},
  names: Partial<NameComparison> = {},
): NodeCertificate {
  const own = { name: `system:node:${node}`, subject: `CN=system:node:${node},O=system:nodes` };
  return {
    ...{ name: node, node, host: '10.0.0.1', address: '10.0.0.1:10250', failed: undefined },
    ...{ addresses, reported: undefined },
    shown: {
      namesNode: true,
      certificate: { ...certificate, ...own, ...more },
      names: { covered: ['10.0.0.1', node], missing: [], others: [], ...names },
      handshake: { version: 'TLSv1.3', cipher: 'TLS_AES_128_GCM_SHA256', group: undefined },
    },
  };
}

export function failing(node: string, cause: string): NodeCertificate {
  const address = '10.0.0.1:10250';
  const failure = new Failure(`cannot reach the kubelet of ${node}`);
  return {
    ...{ name: node, node, host: '10.0.0.1', address, addresses, shown: undefined },
    failed: { name: node, address, via: 'direct', cause, timedOut: false, failure },
    reported: undefined,
  };
}

export function factsOf(
  nodes: readonly NodeCertificate[],
  requests: Readonly<Record<string, readonly ServingCsr[]>> = {},
): CertificateFacts {
  const found = new Map(Object.entries(requests));
  const names = Object.values(requests).flatMap((each) => each.map(({ name }) => name));
  const problems = new Map(
    names.map((name) => [
      name,
      name === 'csr-evil' ? ['10.9.9.9 is not an address of node-3'] : [],
    ]),
  );
  return {
    now,
    nodes,
    requests: { found },
    problems,
    uncompared: [],
    unfetched: [],
    leftOut: undefined,
    ownLeftSeconds: undefined,
  };
}

export function reporting(
  node: NodeCertificate,
  metrics: Partial<CertificateMetrics>,
): NodeCertificate {
  const nothing = {
    clientLeftSeconds: undefined,
    servingLeftSeconds: undefined,
    clientRenewalErrors: undefined,
    servingRenewalErrors: undefined,
    expiredShown: undefined,
    callers: undefined,
  };
  return { ...node, reported: { found: { ...nothing, ...metrics } } };
}

export function silent(node: NodeCertificate): NodeCertificate {
  const { name, address } = node;
  const failure = new Failure('the kubelet denies it');
  const reported = {
    name,
    address,
    via: 'direct',
    cause: 'forbidden',
    timedOut: false,
    failure,
  } as const;
  return { ...node, reported };
}
