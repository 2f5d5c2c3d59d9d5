import { randomBytes } from 'node:crypto';
import { createSigningRequest } from '../kit/certificates.ts';
import type { StoredObject } from './store.ts';

/** The pending CertificateSigningRequest of a kubelet with `serverTLSBootstrap`, whose node has this address. */
export async function pendingSigningRequest(
  node: string,
  address: string,
  asked: Partial<Parameters<typeof createSigningRequest>[0]> = {},
): Promise<StoredObject> {
  const pem = await createSigningRequest({
    commonName: `system:node:${node}`,
    organizations: ['system:nodes'],
    dnsNames: [node],
    ips: [address],
    ...asked,
  });
  return {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { name: `csr-${randomBytes(4).toString('hex').slice(0, 5)}`, generateName: 'csr-' },
    spec: {
      request: Buffer.from(pem).toString('base64'),
      signerName: 'kubernetes.io/kubelet-serving',
      username: `system:node:${node}`,
      groups: ['system:nodes', 'system:authenticated'],
      usages: ['digital signature', 'server auth'],
    },
    status: {},
  };
}
