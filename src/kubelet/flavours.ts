import type { Node } from '../objects.ts';
import { kubeadmClient } from '../rbac/names.ts';

/** How kube-apiserver usually gets its access to kubelets. */
type UsualAccess =
  /** kube-apiserver's client certificate is in group system:masters, so no grant is needed. */
  | { readonly kind: 'system:masters' }
  /**
   * The installer, or a tool that manages the cluster, binds kube-apiserver's user to an existing ClusterRole. The binding has this
   * name.
   */
  | { readonly kind: 'binding'; readonly binding: string }
  | ManagedAccess;

export interface ManagedAccess {
  readonly kind: 'managed';
  readonly binding: string;
  readonly manager: string;
}

/** Properties of a kind of cluster. They determine how kube-apiserver gets access to kubelets. Sources are in docs/developing/sources.md. */
export interface Flavour {
  readonly title: string;
  /** Whether a node certainly belongs to a cluster of this kind. */
  readonly matches: (node: Node) => boolean;
  /** User name of kube-apiserver at kubelets; undefined if unknown. */
  readonly client?: string;
  readonly access?: UsualAccess;
  /** Why grants in this cluster have no effect on its kubelets; undefined if they have an effect. */
  readonly beyondGrants?: string;
}

const hasLabel =
  (start: string) =>
  ({ metadata: { labels = {} } }: Node): boolean =>
    Object.keys(labels).some((key) => key.startsWith(start));
const hasVersion =
  (pattern: RegExp) =>
  ({ status }: Node): boolean =>
    pattern.test(status?.nodeInfo?.kubeletVersion ?? '');
const hasProvider =
  (start: string) =>
  ({ spec }: Node): boolean =>
    spec?.providerID?.startsWith(start) ?? false;

const masters = { kind: 'system:masters' } as const;

const kubeadm = {
  client: kubeadmClient.userName,
  access: { kind: 'binding', binding: kubeadmClient.binding },
} as const satisfies Partial<Flavour>;

/** The most specific flavours come first: kind and minikube before kubeadm, which they use. */
const table = {
  vcluster: {
    title: 'vcluster',
    matches: ({ status }) =>
      status?.addresses?.some(({ address }) => address.endsWith('.nodes.vcluster.com')) ?? false,
    beyondGrants:
      'a vcluster asks the kubelets of its host cluster as an account of that cluster: grant access there',
  },
  'virtual-kubelet': {
    title: 'virtual-kubelet',
    matches: ({ metadata: { labels = {} } }) => labels['type'] === 'virtual-kubelet',
    beyondGrants: 'a virtual node has its own permissions, whatever RBAC allows',
  },
  kubeedge: {
    title: 'KubeEdge',
    matches: hasVersion(/-kubeedge-/),
    beyondGrants:
      'cloudcore answers in place of the kubelets of KubeEdge, and checks no permission',
  },
  kind: { title: 'kind', matches: hasProvider('kind://'), ...kubeadm },
  minikube: { title: 'minikube', matches: hasLabel('minikube.k8s.io/'), ...kubeadm },
  kubeadm: {
    title: 'kubeadm',
    matches: ({ metadata: { annotations = {} } }) =>
      Object.hasOwn(annotations, 'kubeadm.alpha.kubernetes.io/cri-socket'),
    ...kubeadm,
  },
  k3s: { title: 'k3s', matches: hasVersion(/\+k3s/), client: 'system:apiserver', access: masters },
  rke2: {
    title: 'RKE2',
    matches: hasVersion(/\+rke2/),
    client: 'system:apiserver',
    access: masters,
  },
  k0s: {
    title: 'k0s',
    matches: hasVersion(/\+k0s/),
    client: 'apiserver-kubelet-client',
    access: masters,
  },
  microk8s: {
    title: 'microk8s',
    matches: hasLabel('microk8s.io/'),
    client: 'kube-apiserver-kubelet-client',
    access: masters,
  },
  talos: {
    title: 'Talos',
    matches: ({ status }) => /^Talos\b/.test(status?.nodeInfo?.osImage ?? ''),
    client: 'apiserver-kubelet-client',
    access: masters,
  },
  eks: { title: 'EKS', matches: hasLabel('eks.amazonaws.com/') },
  gke: {
    title: 'GKE',
    matches: hasLabel('cloud.google.com/gke-'),
    client: 'kube-apiserver',
    access: {
      kind: 'managed',
      binding: 'kube-apiserver-kubelet-api-admin',
      manager: "GKE's add-on manager",
    },
  },
  aks: { title: 'AKS', matches: hasLabel('kubernetes.azure.com/') },
  openshift: {
    title: 'OpenShift',
    matches: hasLabel('node.openshift.io/'),
    client: 'system:kube-apiserver',
    access: {
      kind: 'managed',
      binding: 'kube-apiserver',
      manager: "OpenShift's cluster-kube-apiserver-operator",
    },
  },
  gardener: {
    title: 'Gardener',
    matches: hasLabel('worker.gardener.cloud/'),
    client: 'system:kube-apiserver:kubelet',
    access: {
      kind: 'managed',
      binding: 'system:apiserver:kubelet',
      manager: "Gardener's resource manager",
    },
  },
  doks: { title: 'DigitalOcean', matches: hasLabel('doks.digitalocean.com/') },
  lke: { title: 'Linode', matches: hasLabel('lke.linode.com/') },
  kops: { title: 'kOps', matches: hasLabel('kops.k8s.io/'), client: 'kubelet-api' },
} as const satisfies Record<string, Flavour>;

export type FlavourName = keyof typeof table;

export const flavours: Readonly<Record<FlavourName, Flavour>> = table;

const names = Object.keys(table) as readonly FlavourName[];

/** Returns the kind of cluster to which a node belongs; undefined if the node does not show it with certainty. */
export function flavourOf(node: Node): FlavourName | undefined {
  return names.find((name) => flavours[name].matches(node));
}

/**
 * Returns the kind of cluster that more than half of the nodes show. A single node must not decide, because kubelets write much of
 * their own Node objects.
 */
export function flavourOfAll(nodes: readonly Node[]): FlavourName | undefined {
  const found = nodes.map(flavourOf);
  return names.find((name) => found.filter((each) => each === name).length > nodes.length / 2);
}

/** User names of kube-apiserver in the kubelet client certificates that installers create. */
export const kubeletClientNames: readonly string[] = [
  ...new Set([
    // Kubernetes the Hard Way has used both spellings.
    ...['Kubernetes', 'kubernetes'],
    ...names.flatMap((name) => flavours[name].client ?? []),
  ]),
];
