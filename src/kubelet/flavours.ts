import type { Node } from '../objects.ts';

/** The usual source of kube-apiserver's access to kubelets. */
type UsualAccess =
  /** The client certificate of kube-apiserver is in group system:masters: no grant is needed. */
  | { readonly kind: 'system:masters' }
  /** The installer or a manager gives the cluster's own role by a binding with this name. */
  | { readonly kind: 'binding'; readonly binding: string }
  | ManagedAccess;

export interface ManagedAccess {
  readonly kind: 'managed';
  readonly binding: string;
  readonly manager: string;
}

/** Properties of a kind of cluster that concern access to kubelets. Sources are in docs/clusters.md. */
export interface Flavour {
  readonly title: string;
  /** Returns whether a node certainly belongs to such a cluster. */
  readonly isSign: (node: Node) => boolean;
  /** User name of kube-apiserver at kubelets; undefined if unknown. */
  readonly client?: string;
  readonly access?: UsualAccess;
  /** The reason why grants in the cluster have no effect on its kubelets; undefined if they have. */
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

/** Since 1.33.12, kubeadm binds the cluster's own role to this user, with its own binding name (kubernetes#138957). */
export const kubeadmClient = {
  userName: 'kube-apiserver-kubelet-client',
  binding: 'kubeadm:apiserver-kubelet-client',
} as const;

const kubeadm = {
  client: kubeadmClient.userName,
  access: { kind: 'binding', binding: kubeadmClient.binding },
} as const satisfies Partial<Flavour>;

/** Flavours with the most specific signs come first: kind and minikube also use kubeadm. */
const table = {
  vcluster: {
    title: 'vcluster',
    isSign: ({ status }) =>
      status?.addresses?.some(({ address }) => address.endsWith('.nodes.vcluster.com')) ?? false,
    beyondGrants:
      'a vcluster asks the kubelets of its host cluster as an account of that cluster: grant access there',
  },
  'virtual-kubelet': {
    title: 'virtual-kubelet',
    isSign: ({ metadata: { labels = {} } }) => labels['type'] === 'virtual-kubelet',
    beyondGrants: 'a virtual node has its own permissions, whatever RBAC allows',
  },
  kubeedge: {
    title: 'KubeEdge',
    isSign: hasVersion(/-kubeedge-/),
    beyondGrants:
      'cloudcore answers in place of the kubelets of KubeEdge, and checks no permission',
  },
  kind: { title: 'kind', isSign: hasProvider('kind://'), ...kubeadm },
  minikube: { title: 'minikube', isSign: hasLabel('minikube.k8s.io/'), ...kubeadm },
  kubeadm: {
    title: 'kubeadm',
    isSign: ({ metadata: { annotations = {} } }) =>
      Object.hasOwn(annotations, 'kubeadm.alpha.kubernetes.io/cri-socket'),
    ...kubeadm,
  },
  k3s: { title: 'k3s', isSign: hasVersion(/\+k3s/), client: 'system:apiserver', access: masters },
  rke2: {
    title: 'RKE2',
    isSign: hasVersion(/\+rke2/),
    client: 'system:apiserver',
    access: masters,
  },
  k0s: {
    title: 'k0s',
    isSign: hasVersion(/\+k0s/),
    client: 'apiserver-kubelet-client',
    access: masters,
  },
  microk8s: {
    title: 'microk8s',
    isSign: hasLabel('microk8s.io/'),
    client: 'kube-apiserver-kubelet-client',
    access: masters,
  },
  talos: {
    title: 'Talos',
    isSign: ({ status }) => /^Talos\b/.test(status?.nodeInfo?.osImage ?? ''),
    client: 'apiserver-kubelet-client',
    access: masters,
  },
  eks: { title: 'EKS', isSign: hasLabel('eks.amazonaws.com/') },
  gke: {
    title: 'GKE',
    isSign: hasLabel('cloud.google.com/gke-'),
    client: 'kube-apiserver',
    access: {
      kind: 'managed',
      binding: 'kube-apiserver-kubelet-api-admin',
      manager: "GKE's add-on manager",
    },
  },
  aks: { title: 'AKS', isSign: hasLabel('kubernetes.azure.com/') },
  openshift: {
    title: 'OpenShift',
    isSign: hasLabel('node.openshift.io/'),
    client: 'system:kube-apiserver',
    access: {
      kind: 'managed',
      binding: 'kube-apiserver',
      manager: "OpenShift's cluster-kube-apiserver-operator",
    },
  },
  gardener: {
    title: 'Gardener',
    isSign: hasLabel('worker.gardener.cloud/'),
    client: 'system:kube-apiserver:kubelet',
    access: {
      kind: 'managed',
      binding: 'system:apiserver:kubelet',
      manager: "Gardener's resource manager",
    },
  },
  doks: { title: 'DigitalOcean', isSign: hasLabel('doks.digitalocean.com/') },
  lke: { title: 'Linode', isSign: hasLabel('lke.linode.com/') },
  kops: { title: 'kOps', isSign: hasLabel('kops.k8s.io/'), client: 'kubelet-api' },
} as const satisfies Record<string, Flavour>;

export type FlavourName = keyof typeof table;

export const flavours: Readonly<Record<FlavourName, Flavour>> = table;

const names = Object.keys(table) as readonly FlavourName[];

/** Returns the kind of cluster that a node belongs to; undefined if the node does not show it with certainty. */
export function flavourOf(node: Node): FlavourName | undefined {
  return names.find((name) => flavours[name].isSign(node));
}

/** Returns the kind that more than half of the nodes show. One node must not decide: a kubelet writes much of its own Node object. */
export function flavourOfAll(nodes: readonly Node[]): FlavourName | undefined {
  const found = nodes.map(flavourOf);
  return names.find((name) => found.filter((each) => each === name).length > nodes.length / 2);
}

/** User names of kube-apiserver in the kubelet client certificates that installers create. */
export const kubeletClientNames: readonly string[] = [
  ...new Set([
    // Kubernetes the Hard Way has both spellings.
    ...['Kubernetes', 'kubernetes'],
    ...names.flatMap((name) => flavours[name].client ?? []),
  ]),
];
