import { randomBytes } from 'node:crypto';
import type { StoredObject } from './store.ts';

/** The pending request of a kubelet with `serverTLSBootstrap`. */
export function pendingSigningRequest(node: string): StoredObject {
  return {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { name: `csr-${randomBytes(4).toString('hex').slice(0, 5)}`, generateName: 'csr-' },
    spec: {
      signerName: 'kubernetes.io/kubelet-serving',
      username: `system:node:${node}`,
      groups: ['system:nodes', 'system:authenticated'],
      usages: ['digital signature', 'server auth'],
    },
    status: {},
  };
}
