import * as assert from 'uvu/assert';
import {
  type FlavourName,
  flavourOf,
  flavourOfAll,
  flavours,
  kubeletClientNames,
} from '../../src/kubelet/flavours.ts';
import type { Node } from '../../src/objects.ts';
import { suite } from '../kit/suite.ts';

interface Given {
  readonly labels?: Record<string, string>;
  readonly annotations?: Record<string, string>;
  readonly providerID?: string;
  readonly version?: string;
  readonly osImage?: string;
  readonly addresses?: { type: string; address: string }[];
}

const node = ({ labels, annotations, providerID, version, osImage, addresses }: Given): Node => ({
  metadata: { name: 'n1', ...(labels && { labels }), ...(annotations && { annotations }) },
  ...(providerID !== undefined && { spec: { providerID } }),
  status: {
    ...(addresses && { addresses }),
    nodeInfo: {
      kubeletVersion: version ?? 'v1.37.2',
      ...(osImage !== undefined && { osImage }),
    },
  } as NonNullable<Node['status']>,
});

const kubeadmSocket = {
  'kubeadm.alpha.kubernetes.io/cri-socket': 'unix:///run/containerd/containerd.sock',
};

/** Labels and other fields by which a Node object shows its kind of cluster. Nodes of kind and minikube also have the fields of kubeadm. */
const examples: Readonly<Record<FlavourName, Given>> = {
  vcluster: { addresses: [{ type: 'Hostname', address: 'n1.nodes.vcluster.com' }] },
  'virtual-kubelet': { labels: { type: 'virtual-kubelet' } },
  kubeedge: { version: 'v1.31.12-kubeedge-v1.21.0' },
  kind: { annotations: kubeadmSocket, providerID: 'kind://docker/kind/kind-worker' },
  minikube: { annotations: kubeadmSocket, labels: { 'minikube.k8s.io/name': 'minikube' } },
  kubeadm: { annotations: kubeadmSocket },
  k3s: { version: 'v1.33.4+k3s1' },
  rke2: { version: 'v1.33.4+rke2r1' },
  k0s: { version: 'v1.33.4+k0s' },
  microk8s: { labels: { 'microk8s.io/cluster': 'true' } },
  talos: { osImage: 'Talos (v1.11.0)' },
  eks: { version: 'v1.33.1-eks-b9364f6', labels: { 'eks.amazonaws.com/nodegroup': 'a' } },
  gke: { version: 'v1.33.2-gke.100', labels: { 'cloud.google.com/gke-nodepool': 'default-pool' } },
  aks: { labels: { 'kubernetes.azure.com/cluster': 'MC_a' } },
  openshift: { labels: { 'node.openshift.io/os_id': 'rhel' } },
  gardener: { labels: { 'worker.gardener.cloud/pool': 'worker' } },
  doks: { labels: { 'doks.digitalocean.com/node-pool': 'pool' } },
  lke: { labels: { 'lke.linode.com/pool-id': '1' } },
  kops: { labels: { 'kops.k8s.io/instancegroup': 'nodes' } },
};

const names = Object.keys(flavours) as readonly FlavourName[];

suite('the kind of a cluster', (test) => {
  for (const name of names)
    test(`is ${flavours[name].title} by what its nodes show`, () => {
      assert.is(flavourOf(node(examples[name])), name);
      assert.is(flavourOfAll([node({}), node(examples[name]), node(examples[name])]), name);
    });

  test('is unknown if no node shows a kind of cluster', () => {
    for (const plain of [
      {},
      { labels: { type: 'node', 'kubernetes.io/hostname': 'n1' } },
      { labels: { 'example.com/k3s': '', 'node.kubernetes.io/instance-type': 'eks' } },
      { providerID: 'aws:///eu-1/i-1', osImage: 'Ubuntu 24.04 on Talos' },
      { addresses: [{ type: 'InternalIP', address: '10.0.0.1' }] },
      { version: 'v1.37.2+vendor' },
    ])
      assert.is(flavourOf(node(plain)), undefined);
    assert.is(flavourOf({ metadata: { name: 'n1' } }), undefined);
    assert.is(flavourOfAll([]), undefined);
    assert.is(flavourOfAll([node({})]), undefined);
  });

  test('is unknown if nodes show several kinds', () =>
    assert.is(flavourOfAll([node(examples.eks), node(examples['virtual-kubelet'])]), undefined));

  test('determines how kube-apiserver gets access to kubelets, such as by a ClusterRoleBinding or by system:masters', () => {
    const access = (name: FlavourName) => {
      const given = flavours[name].access;
      return given && ('binding' in given ? `${given.kind} ${given.binding}` : given.kind);
    };
    for (const [binding, ...those] of [
      ['binding kubeadm:apiserver-kubelet-client', 'kubeadm', 'kind', 'minikube'],
      ['system:masters', 'k3s', 'rke2', 'k0s', 'microk8s', 'talos'],
      ['managed kube-apiserver-kubelet-api-admin', 'gke'],
      ['managed kube-apiserver', 'openshift'],
      ['managed system:apiserver:kubelet', 'gardener'],
    ] as const)
      for (const name of those) assert.is(access(name), binding, name);
    const beyond = names.filter((name) => flavours[name].beyondGrants !== undefined);
    assert.equal(beyond, ['vcluster', 'virtual-kubelet', 'kubeedge']);
  });

  test('determines the user name with which kube-apiserver authenticates to kubelets', () =>
    assert.equal([...kubeletClientNames].sort(), [
      'Kubernetes',
      'apiserver-kubelet-client',
      'kube-apiserver',
      'kube-apiserver-kubelet-client',
      'kubelet-api',
      'kubernetes',
      'system:apiserver',
      'system:kube-apiserver',
      'system:kube-apiserver:kubelet',
    ]));
});
