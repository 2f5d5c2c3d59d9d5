/** The subresources of nodes that kubelets check, in the order in which they are probed. */
export const nodeSubresources = [
  'proxy',
  'stats',
  'metrics',
  'log',
  'healthz',
  'pods',
  'configz',
  'statusz',
  'checkpoint',
] as const;

export type NodeSubresource = (typeof nodeSubresources)[number];

/**
 * What access to a kubelet is worth, the strongest first. `exec` runs commands in every container: exec and attach accept
 * GET, and a kubelet checks the method alone. `checkpoint` writes the memory of containers to the node's disk, `logs` reads
 * logs, `log level` changes that of the kubelet, `read` shows pods and configuration, `metrics` numbers and health.
 */
export const strengths = ['exec', 'checkpoint', 'logs', 'log level', 'read', 'metrics'] as const;

export type Strength = (typeof strengths)[number];

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** One path that a kubelet serves on its HTTPS port. */
export interface KubeletEndpoint {
  /** `{…}` stands for a part that the caller fills in. */
  readonly path: string;
  /** What the short name stands for, where that is not `path` itself. */
  readonly shortPath?: string;
  readonly methods: readonly Method[] | 'any';
  /** The first minor version that serves it by default; absent if every supported one does. */
  readonly sinceMinor?: number;
  /**
   * The subresources that a kubelet checks in order until one is allowed, by the first minor version that does so. They hold
   * for everything below the first segment of `path`.
   */
  readonly checks: Checks;
  /** A GET without effect and next to no cost that a kubelet authorizes as it does `path`. */
  readonly probe?: string;
  /** `acts`: any method may run code or write to the node; `sets`: any method but GET and HEAD may. */
  readonly effect: 'none' | 'acts' | 'sets';
  readonly worth: Strength;
  readonly returns: string;
  /** What does it better than a plain request. */
  readonly command?: string;
}

type Checks = Readonly<Record<number, readonly NodeSubresource[]>>;

/** Since this minor version KubeletFineGrainedAuthz is on by default (KEP-2862). */
export const fineGrainedSince = 33;

/** What is served as a stream, and by which command it is reached. */
function streamOf(name: string) {
  const command = `kubectl kubeletaccess ${name}`;
  return { returns: `stream: use ${command}`, command };
}

const always = (subresource: NodeSubresource): Checks => ({ 0: [subresource] });
const fineGrained = (subresource: NodeSubresource): Checks => ({
  0: ['proxy'],
  [fineGrainedSince]: [subresource, 'proxy'],
});

/**
 * All that kubelets serve, the least worth first; the key of an entry is its short name. Paths and methods are registered in
 * kubernetes `pkg/kubelet/server/server.go`, `checks` mirrors `GetRequestAttributes` in `pkg/kubelet/server/auth.go`. Seen on
 * v1.31.14 and v1.37.2.
 */
export const kubeletEndpoints = {
  metrics: {
    path: '/metrics',
    methods: 'any',
    checks: always('metrics'),
    effect: 'none',
    worth: 'metrics',
    returns: "the kubelet's own metrics",
  },
  cadvisor: {
    path: '/metrics/cadvisor',
    methods: 'any',
    checks: always('metrics'),
    effect: 'none',
    worth: 'metrics',
    returns: 'metrics of containers and machine',
  },
  resource: {
    path: '/metrics/resource',
    methods: 'any',
    checks: always('metrics'),
    effect: 'none',
    worth: 'metrics',
    returns: 'what metrics-server reads',
  },
  probes: {
    path: '/metrics/probes',
    methods: 'any',
    checks: always('metrics'),
    probe: '/metrics/probes',
    effect: 'none',
    worth: 'metrics',
    returns: 'results of probes',
  },
  slis: {
    path: '/metrics/slis',
    methods: 'any',
    checks: always('metrics'),
    effect: 'none',
    worth: 'metrics',
    returns: 'health checks as metrics',
  },
  summary: {
    path: '/stats/summary',
    methods: ['GET', 'POST'],
    checks: always('stats'),
    probe: '/stats/',
    effect: 'none',
    worth: 'metrics',
    returns: 'CPU, memory, file systems and network of node and pods, JSON',
  },
  healthz: {
    path: '/healthz',
    methods: 'any',
    checks: fineGrained('healthz'),
    probe: '/healthz',
    effect: 'none',
    worth: 'metrics',
    returns: 'health of the kubelet (?verbose)',
  },
  healthCheck: {
    path: '/healthz/{check}',
    methods: 'any',
    checks: fineGrained('healthz'),
    effect: 'none',
    worth: 'metrics',
    returns: 'one health check: ping, log or syncloop',
  },
  statusz: {
    path: '/statusz',
    methods: 'any',
    sinceMinor: 36,
    checks: { ...fineGrained('statusz'), 36: ['statusz'] },
    probe: '/statusz',
    effect: 'none',
    worth: 'metrics',
    returns: 'version, uptime and paths',
  },
  configz: {
    path: '/configz',
    methods: 'any',
    checks: fineGrained('configz'),
    probe: '/configz',
    effect: 'none',
    worth: 'read',
    returns: 'the configuration in force, JSON',
  },
  flagz: {
    path: '/flagz',
    methods: 'any',
    sinceMinor: 36,
    checks: { 0: ['proxy'], 36: ['configz'] },
    effect: 'none',
    worth: 'read',
    returns: 'command-line flags, not the configuration in force',
  },
  pods: {
    path: '/pods',
    methods: ['GET'],
    checks: fineGrained('pods'),
    probe: '/pods/kubeletaccess',
    effect: 'none',
    worth: 'read',
    returns: 'pods assigned to the node, JSON',
  },
  runningpods: {
    path: '/runningpods/',
    methods: ['GET'],
    checks: fineGrained('pods'),
    effect: 'none',
    worth: 'read',
    returns: 'pods that the container runtime runs, JSON',
  },
  pprof: {
    path: '/debug/pprof/{profile}',
    methods: ['GET'],
    checks: always('proxy'),
    effect: 'none',
    worth: 'read',
    returns: 'heap, goroutine, profile?seconds=30, cmdline, …',
  },
  logs: {
    path: '/logs/{path}',
    shortPath: '/logs/',
    methods: ['GET'],
    checks: always('log'),
    probe: '/logs/',
    effect: 'none',
    worth: 'logs',
    returns: 'files under /var/log (?query= asks a service, if switched on)',
  },
  containerLogs: {
    path: '/containerLogs/{namespace}/{pod}/{container}',
    methods: ['GET'],
    checks: always('proxy'),
    probe: '/containerLogs/kubeletaccess/probe/probe',
    effect: 'none',
    worth: 'logs',
    returns: 'log of a container (?follow ?tailLines)',
  },
  loglevel: {
    path: '/debug/flags/v',
    methods: ['PUT'],
    checks: always('proxy'),
    effect: 'sets',
    worth: 'log level',
    returns: 'sets the log level to the body',
  },
  checkpoint: {
    path: '/checkpoint/{namespace}/{pod}/{container}',
    methods: ['POST'],
    checks: always('checkpoint'),
    // GET is no checkpoint method: if allowed, it is a 405.
    probe: '/checkpoint/kubeletaccess/probe/probe',
    effect: 'acts',
    worth: 'checkpoint',
    returns: 'writes a checkpoint to the node',
  },
  run: {
    path: '/run/{namespace}/{pod}/{container}',
    methods: ['POST'],
    checks: always('proxy'),
    effect: 'acts',
    worth: 'exec',
    returns: 'runs ?cmd= and prints its output',
  },
  exec: {
    path: '/exec/{namespace}/{pod}/{container}',
    methods: ['GET', 'POST'],
    checks: always('proxy'),
    effect: 'acts',
    worth: 'exec',
    ...streamOf('exec'),
  },
  attach: {
    path: '/attach/{namespace}/{pod}/{container}',
    methods: ['GET', 'POST'],
    checks: always('proxy'),
    effect: 'acts',
    worth: 'exec',
    ...streamOf('attach'),
  },
  portForward: {
    path: '/portForward/{namespace}/{pod}',
    methods: ['GET', 'POST'],
    checks: always('proxy'),
    effect: 'acts',
    worth: 'exec',
    ...streamOf('port-forward'),
  },
} satisfies Readonly<Record<string, KubeletEndpoint>>;

/** All of them, with their names. The short name is the word that `curl` takes for a path which needs nothing filled in. */
export const endpointList: readonly (KubeletEndpoint & {
  readonly name: string;
  readonly shortName: string | undefined;
})[] = Object.entries<KubeletEndpoint>(kubeletEndpoints).map(([name, endpoint]) => ({
  ...endpoint,
  name,
  shortName: endpoint.shortPath || !endpoint.path.includes('{') ? name : undefined,
}));

/** Whether a kubelet of a minor version serves an endpoint by default. */
export function isServed({ sinceMinor = 0 }: KubeletEndpoint, minor: number): boolean {
  return minor >= sinceMinor;
}
