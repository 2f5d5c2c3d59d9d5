// Pods of the demo. Responses of kubelets and the API server are derived from them.

import { klogTime } from '../klog-time.ts';

export const mebibyte: number = 2 ** 20;

export interface SceneContainer {
  readonly name: string;
  readonly image: string;
  readonly args?: readonly string[];
  readonly cpuMillis: number;
  readonly memoryMebibytes: number;
  /** The size of its writable layer, in MiB. */
  readonly diskMebibytes?: number;
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  /** Returns the next line of the log. @param isReady whether the pod is ready */
  readonly says?: (count: number, isReady: boolean) => string;
  /** Whether the main process is a shell on a terminal, to attach to. */
  readonly isShell?: true;
  /** Log of the previous instance. */
  readonly before?: readonly string[];
}

interface SceneVolume {
  readonly name: string;
  /** The source of a v1.Volume. */
  readonly source: Readonly<Record<string, object>>;
  readonly usedBytes: number;
  readonly capacityBytes: number;
}

export interface ScenePod {
  readonly namespace: string;
  readonly name: string;
  readonly node: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly owner?: { readonly kind: string; readonly name: string };
  readonly serviceAccount?: string;
  /** `orphan`: the API server does not have the pod. `static`: the pod is from a file of the node. */
  readonly source?: 'orphan' | 'static';
  readonly containers: readonly SceneContainer[];
  readonly volumes?: readonly SceneVolume[];
}

export const gibibytes = (count: number): number => Math.round(count * 1024) * mebibyte;

function volume(
  name: string,
  source: SceneVolume['source'],
  usedBytes: number,
  capacityBytes: number,
): SceneVolume {
  return { name, source, usedBytes, capacityBytes };
}

const requestLine = (count: number) =>
  `10.244.0.${(count % 7) + 2} "GET /${['', 'about', 'style.css'][count % 3]} HTTP/1.1" ${count % 11 === 10 ? 404 : 200} ${612 + (count % 5)}`;

/** Source: measurements of metrics-server 0.8.1. */
const scrapes = (_count: number, isReady: boolean) => {
  const time = klogTime(new Date());
  return isReady
    ? `I${time}       1 server.go:191] "Scraping metrics" nodes=5`
    : `E${time}       1 scraper.go:149] "Failed to scrape node" err="request failed, status: \\"403 Forbidden\\"" node="node-1"`;
};

const web: SceneContainer = {
  name: 'web',
  image: 'nginx:1.29',
  cpuMillis: 700,
  memoryMebibytes: 210,
  diskMebibytes: 700,
  ports: [{ name: 'http', containerPort: 80 }],
  says: requestLine,
  before: ['hello from web', 'open /usr/share/nginx/html/index.html: no such file or directory'],
};

const projected = volume(
  'kube-api-access-x7k2p',
  { projected: { sources: [] } },
  12_288,
  gibibytes(4),
);

/** The pods of every node. */
function daemonPods(node: string): readonly ScenePod[] {
  return [
    {
      namespace: 'kube-system',
      name: `kube-proxy-${node}`,
      node,
      labels: { 'k8s-app': 'kube-proxy' },
      owner: { kind: 'DaemonSet', name: 'kube-proxy' },
      containers: [
        {
          name: 'kube-proxy',
          image: 'registry.k8s.io/kube-proxy:v1.37.2',
          cpuMillis: 20,
          memoryMebibytes: 28,
          says: (count) =>
            `I${klogTime(new Date())}       1 proxier.go:828] "SyncProxyRules complete" elapsed="${20 + (count % 9)}ms"`,
        },
      ],
      volumes: [
        volume('kube-proxy', { configMap: { name: 'kube-proxy' } }, 8192, gibibytes(50)),
        projected,
      ],
    },
  ];
}

export const scenePods: readonly ScenePod[] = [
  ...['node-1', 'node-2'].map(
    (node): ScenePod => ({
      namespace: 'default',
      name: node === 'node-1' ? 'web' : 'web-2',
      node,
      labels: { app: 'web' },
      owner: { kind: 'StatefulSet', name: 'web' },
      containers: [web],
      volumes: [
        volume('html', { emptyDir: {} }, 41 * mebibyte, gibibytes(50)),
        volume('scratch', { emptyDir: { medium: 'Memory' } }, 3 * mebibyte, 64 * mebibyte),
        volume('settings', { configMap: { name: 'web' } }, 4096, gibibytes(50)),
        volume('labels', { downwardAPI: { items: [] } }, 4096, gibibytes(50)),
        projected,
      ],
    }),
  ),
  {
    namespace: 'default',
    name: 'toolbox',
    node: 'node-1',
    containers: [
      {
        name: 'toolbox',
        image: 'busybox:1.37',
        args: ['sh'],
        cpuMillis: 1,
        memoryMebibytes: 4,
        isShell: true,
      },
    ],
    volumes: [projected],
  },
  {
    namespace: 'kube-system',
    name: 'kube-apiserver-node-1',
    node: 'node-1',
    source: 'static',
    labels: { component: 'kube-apiserver' },
    owner: { kind: 'Node', name: 'node-1' },
    containers: [
      {
        name: 'kube-apiserver',
        image: 'registry.k8s.io/kube-apiserver:v1.37.2',
        cpuMillis: 90,
        memoryMebibytes: 380,
        says: () =>
          `I${klogTime(new Date())}       1 handler.go:288] Adding GroupVersion metrics.k8s.io v1beta1 to ResourceManager`,
      },
    ],
    volumes: [volume('ca-certs', { hostPath: { path: '/etc/ssl/certs' } }, 0, 0)],
  },
  {
    namespace: 'kube-system',
    name: 'coredns-x7k2p',
    node: 'node-1',
    labels: { 'k8s-app': 'kube-dns' },
    owner: { kind: 'ReplicaSet', name: 'coredns' },
    containers: [
      {
        name: 'coredns',
        image: 'registry.k8s.io/coredns/coredns:v1.13.1',
        cpuMillis: 8,
        memoryMebibytes: 24,
        says: (count) =>
          `[INFO] 10.244.0.7:${41_000 + count} - "A IN web.default.svc.cluster.local. udp 51" NOERROR 0.0001s`,
      },
    ],
    volumes: [
      volume('config-volume', { configMap: { name: 'coredns' } }, 4096, gibibytes(50)),
      projected,
    ],
  },
  {
    namespace: 'kube-system',
    name: 'metrics-server-6d94bc8694-x7k2p',
    node: 'node-1',
    labels: { 'k8s-app': 'metrics-server' },
    owner: { kind: 'ReplicaSet', name: 'metrics-server-6d94bc8694' },
    serviceAccount: 'metrics-server',
    containers: [
      {
        name: 'metrics-server',
        image: 'registry.k8s.io/metrics-server/metrics-server:v0.8.1',
        args: [
          '--cert-dir=/tmp',
          '--secure-port=10250',
          '--kubelet-preferred-address-types=InternalIP',
        ],
        cpuMillis: 5,
        memoryMebibytes: 22,
        says: scrapes,
      },
    ],
    volumes: [volume('tmp-dir', { emptyDir: {} }, 8192, gibibytes(50)), projected],
  },
  {
    namespace: 'shop',
    name: 'cart-7c9d8f6b5-4nq2z',
    node: 'node-2',
    labels: { app: 'cart' },
    owner: { kind: 'ReplicaSet', name: 'cart-7c9d8f6b5' },
    containers: [
      {
        name: 'cart',
        image: 'example.com/shop/cart:1.4.2',
        cpuMillis: 130,
        memoryMebibytes: 300,
        ports: [{ name: 'http', containerPort: 80 }],
        says: (count) => `level=info msg="order stored" order=${1000 + count}`,
        before: [
          'level=info msg="listening" port=80',
          'level=error msg="no space left on device" file=/var/cache/cart/orders.db',
          'panic: cannot store order 981',
        ],
      },
      {
        name: 'proxy',
        image: 'envoyproxy/envoy:v1.36.0',
        cpuMillis: 15,
        memoryMebibytes: 40,
      },
    ],
    volumes: [
      volume('cache', { emptyDir: { sizeLimit: '1Gi' } }, 960 * mebibyte, gibibytes(1)),
      projected,
    ],
  },
  {
    namespace: 'shop',
    name: 'db-0',
    node: 'node-2',
    labels: { app: 'db' },
    owner: { kind: 'StatefulSet', name: 'db' },
    containers: [
      {
        name: 'postgres',
        image: 'postgres:18',
        cpuMillis: 240,
        memoryMebibytes: 900,
        says: (count) => `LOG:  checkpoint complete: wrote ${40 + (count % 17)} buffers`,
      },
    ],
    volumes: [
      volume(
        'data',
        { persistentVolumeClaim: { claimName: 'data-db-0' } },
        gibibytes(9.3),
        gibibytes(10),
      ),
      volume('password', { secret: { secretName: 'db' } }, 4096, 2 * mebibyte),
      volume('certificates', { csi: { driver: 'csi.cert-manager.io' } }, 12_288, 2 * mebibyte),
    ],
  },
  {
    namespace: 'shop',
    name: 'import-29400180-m5w8d',
    node: 'node-2',
    source: 'orphan',
    owner: { kind: 'Job', name: 'import-29400180' },
    containers: [
      {
        name: 'import',
        image: 'example.com/shop/import:1.4.1',
        cpuMillis: 400,
        memoryMebibytes: 512,
      },
    ],
  },
  {
    namespace: 'monitoring',
    name: 'prometheus-0',
    node: 'node-4',
    labels: { 'app.kubernetes.io/name': 'prometheus' },
    owner: { kind: 'StatefulSet', name: 'prometheus' },
    serviceAccount: 'prometheus',
    containers: [
      {
        name: 'prometheus',
        image: 'quay.io/prometheus/prometheus:v3.5.0',
        args: ['--config.file=/etc/prometheus/prometheus.yml'],
        cpuMillis: 110,
        memoryMebibytes: 760,
        ports: [{ name: 'web', containerPort: 9090 }],
      },
    ],
    volumes: [
      volume('db', { ephemeral: { volumeClaimTemplate: {} } }, gibibytes(3.1), gibibytes(20)),
      projected,
    ],
  },
];

/** The pods of a node. */
export function podsOn(node: string): readonly ScenePod[] {
  return [...scenePods.filter((pod) => pod.node === node), ...daemonPods(node)];
}

export const uidOf = ({ namespace, name }: Pick<ScenePod, 'namespace' | 'name'>) =>
  `${namespace}-${name}-uid`;

/** A distinct address for each pod. */
export function podIpOf({ node, name }: ScenePod): string {
  const sum = [...name].reduce((total, letter) => total + letter.charCodeAt(0), 0);
  return `10.244.${Number(node.replace(/\D/g, '')) % 250}.${2 + (sum % 250)}`;
}
