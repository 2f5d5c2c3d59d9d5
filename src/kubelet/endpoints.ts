/** One row of what a kubelet serves on its HTTPS port. */
export interface KubeletEndpoint {
  readonly methods: readonly string[];
  readonly path: string;
  /** First minor version that serves it; undefined if every supported one does. */
  readonly sinceMinor?: number;
  readonly returns: string;
}

/** Registered in kubernetes `pkg/kubelet/server/server.go`; seen on v1.31.14 and v1.37.2. */
export const kubeletEndpoints: readonly KubeletEndpoint[] = [
  { methods: ['GET'], path: '/healthz', returns: 'health of the kubelet (?verbose)' },
  { methods: ['GET'], path: '/pods', returns: 'pods assigned to the node, JSON' },
  {
    methods: ['GET'],
    path: '/runningpods/',
    returns: 'pods that the container runtime runs, JSON',
  },
  {
    methods: ['GET'],
    path: '/stats/summary',
    returns: 'CPU, memory, file systems and network of node and pods, JSON',
  },
  { methods: ['GET'], path: '/metrics', returns: "the kubelet's own metrics" },
  { methods: ['GET'], path: '/metrics/cadvisor', returns: 'metrics of containers and machine' },
  { methods: ['GET'], path: '/metrics/resource', returns: 'what metrics-server reads' },
  { methods: ['GET'], path: '/metrics/probes', returns: 'results of probes' },
  { methods: ['GET'], path: '/metrics/slis', returns: 'health checks as metrics' },
  { methods: ['GET'], path: '/configz', returns: 'the configuration in force, JSON' },
  {
    methods: ['GET'],
    path: '/logs/{path}',
    returns: 'files under /var/log (?query= asks a service, if switched on)',
  },
  {
    methods: ['GET'],
    path: '/containerLogs/{namespace}/{pod}/{container}',
    returns: 'log of a container (?follow ?tailLines)',
  },
  {
    methods: ['GET'],
    path: '/debug/pprof/{profile}',
    returns: 'heap, goroutine, profile?seconds=30, cmdline, …',
  },
  { methods: ['GET'], path: '/statusz', sinceMinor: 36, returns: 'version, uptime and paths' },
  {
    methods: ['GET'],
    path: '/flagz',
    sinceMinor: 36,
    returns: 'command-line flags, not the configuration in force',
  },
  { methods: ['PUT'], path: '/debug/flags/v', returns: 'sets the log level to the body' },
  {
    methods: ['POST'],
    path: '/checkpoint/{namespace}/{pod}/{container}',
    returns: 'writes a checkpoint to the node',
  },
  {
    methods: ['POST'],
    path: '/run/{namespace}/{pod}/{container}',
    returns: 'runs ?cmd= and prints what it printed',
  },
  {
    methods: ['GET', 'POST'],
    path: '/exec/{namespace}/{pod}/{container}',
    returns: 'stream: use kubectl exec',
  },
  {
    methods: ['GET', 'POST'],
    path: '/attach/{namespace}/{pod}/{container}',
    returns: 'stream: use kubectl attach',
  },
  {
    methods: ['GET', 'POST'],
    path: '/portForward/{namespace}/{pod}',
    returns: 'stream: use kubectl port-forward',
  },
];

const unsafeRoots = ['/run', '/exec', '/attach', '/portForward', '/checkpoint'];

/** True for a request that runs code or changes something on the node: one must mean it. */
export function isUnsafe(method: string, path: string): boolean {
  const pathname = decodedPathname(path);
  if (unsafeRoots.some((root) => pathname === root || pathname.startsWith(`${root}/`))) return true;
  return pathname === '/debug/flags/v' && method !== 'GET' && method !== 'HEAD';
}

/** As the kubelet's router may see it in the end: `/%65xec//` is `/exec/`, and the API server's proxy decodes once more. */
function decodedPathname(path: string): string {
  const url = new URL('http://kubelet');
  url.pathname = (path.split('?', 1)[0] ?? '').replaceAll(
    /%(?:25)*([0-9A-Fa-f]{2})/g,
    (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return url.pathname.replaceAll(/\/{2,}/g, '/');
}
