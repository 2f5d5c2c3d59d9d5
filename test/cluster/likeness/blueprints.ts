import type { Likeness } from '../../likeness/likenesses.ts';
import { makeFault } from '../faults.ts';
import { asAutopilot } from './autopilot.ts';
import type { Blueprint } from './blueprint.ts';
import { asCloud } from './cloud.ts';
import { asKonnectivity } from './konnectivity.ts';
import { asKubeadm } from './kubeadm.ts';
import { asOpenshift } from './openshift.ts';
import { asProxied } from './proxied.ts';

/** The other suites use this cluster: kubelets are verified, and only RBAC gives kube-apiserver permissions. */
const usual: Blueprint = {
  leastNodes: 1,
  kubeletClient: { commonName: 'Kubernetes' },
  ownAuthorities: [],
  isSelfSigned: () => false,
  ownConnection: false,
  caller: 'admin',
  prepare: async () => ({}),
  furnish: async () => {},
};

/** Most installers put kube-apiserver into the group system:masters. */
const inMasters = {
  kubeletClient: { commonName: 'kube-apiserver', organizations: ['system:masters'] },
} as const;

const differences: Readonly<Record<Likeness, Partial<Blueprint>>> = {
  kubeadm: asKubeadm,
  openshift: asOpenshift,
  k3s: {
    ownAuthorities: ['client-ca'],
    kubeletClient: { commonName: 'system:apiserver', organizations: ['system:masters'] },
  },
  laptop: { ...inMasters, ownConnection: true },
  proxied: { ...inMasters, ...asProxied },
  cloud: { ...inMasters, ownConnection: true, ...asCloud },
  autopilot: { ownConnection: true, ...asAutopilot },
  konnectivity: { ...inMasters, ownConnection: true, ...asKonnectivity },
  mixed: {
    ...inMasters,
    leastNodes: 4,
    isSelfSigned: (node) => node === 2,
    prepare: async () => ({ 'kubelet-certificate-authority': undefined }),
    furnish: async (cluster) => {
      await makeFault(cluster, 'node-3', 'black-hole');
      await makeFault(cluster, 'node-4', 'not-ready');
    },
  },
};

export function blueprintOf(likeness: Likeness | undefined): Blueprint {
  return likeness === undefined ? usual : { ...usual, ...differences[likeness] };
}
