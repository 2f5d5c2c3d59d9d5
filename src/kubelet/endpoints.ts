import { command as line } from '../text/command.ts';

/** The subresources of nodes that kubelets check, in the order in which this program probes them. */
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

export function isSubresource(name: string): name is NodeSubresource {
  return (nodeSubresources as readonly string[]).includes(name);
}

/**
 * Kinds of access to a kubelet, the strongest first. `exec` runs commands in every container. For `exec`, the verb get is enough:
 * /exec and /attach accept GET, and kubelets derive the verb from the HTTP method. `checkpoint` writes the memory of containers to
 * the node's disk. `logs` reads logs. `log-level` changes the kubelet's log level. `read` shows pods and configuration. `metrics` shows
 * numbers and health.
 */
export const strengths = ['exec', 'checkpoint', 'logs', 'log-level', 'read', 'metrics'] as const;

export type Strength = (typeof strengths)[number];

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface KubeletEndpoint {
  /** Path on the kubelet; `{…}` is a placeholder. */
  readonly path: string;
  /** Path for which the short name stands, if it is not `path`. */
  readonly shortPath?: string;
  readonly methods: readonly Method[] | 'any';
  /** The first minor version that serves the path by default; absent if every supported version does. */
  readonly sinceMinor?: number;
  /**
   * Subresources that a kubelet checks in order until one is allowed. Each key is the first minor version that checks these
   * subresources. All paths with the same first segment have the same checks.
   */
  readonly checks: Checks;
  /** Path for a cheap GET that changes nothing and needs the same permission as `path`. */
  readonly probe?: string;
  /** `acts`: any method may run code or write to the node. `sets`: any method except GET and HEAD may change settings. */
  readonly effect: 'none' | 'acts' | 'sets';
  readonly worth: Strength;
  readonly returns: string;
  /** The command of this program to use instead of a plain request. */
  readonly command?: string;
}

type Checks = Readonly<Record<number, readonly NodeSubresource[]>>;

/** The first minor version in which KubeletFineGrainedAuthz is on by default (KEP-2862). */
export const fineGrainedSince = 33;

const always = (subresource: NodeSubresource): Checks => ({ 0: [subresource] });
const fineGrained = (subresource: NodeSubresource): Checks => ({
  0: ['proxy'],
  [fineGrainedSince]: [subresource, 'proxy'],
});

const showsNumbers = { methods: 'any', effect: 'none', worth: 'metrics' } as const;
const ofMetrics = { ...showsNumbers, checks: always('metrics') };
const ofHealth = { ...showsNumbers, checks: fineGrained('healthz') };
const ofConfiguration = { methods: 'any', effect: 'none', worth: 'read' } as const;
const ofPods = { ...ofConfiguration, methods: ['GET'], checks: fineGrained('pods') } as const;
const runsCommands = { effect: 'acts', worth: 'exec', checks: always('proxy') } as const;

function streamOf(name: string) {
  const command = line`kubectl kubeletaccess ${name}`;
  return {
    ...runsCommands,
    methods: ['GET', 'POST'],
    returns: `stream: use ${command}`,
    command,
  } as const;
}

/**
 * All endpoints of kubelets, the weakest access first. The key of an entry is the endpoint's short name. Kubernetes registers paths
 * and methods in `pkg/kubelet/server/server.go`. `checks` repeats `GetRequestAttributes` in `pkg/kubelet/server/auth.go`. Observed
 * on v1.31.14 and v1.37.2.
 */
export const kubeletEndpoints = {
  metrics: { ...ofMetrics, path: '/metrics', returns: "the kubelet's own metrics" },
  cadvisor: {
    ...ofMetrics,
    path: '/metrics/cadvisor',
    returns: 'metrics of containers and machine',
  },
  resource: { ...ofMetrics, path: '/metrics/resource', returns: 'what metrics-server reads' },
  probes: {
    ...ofMetrics,
    path: '/metrics/probes',
    probe: '/metrics/probes',
    returns: 'results of probes',
  },
  slis: { ...ofMetrics, path: '/metrics/slis', returns: 'health checks as metrics' },
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
    ...ofHealth,
    path: '/healthz',
    probe: '/healthz',
    returns: 'health of the kubelet (?verbose)',
  },
  healthCheck: {
    ...ofHealth,
    path: '/healthz/{check}',
    returns: 'one health check: ping, log or syncloop',
  },
  statusz: {
    ...showsNumbers,
    path: '/statusz',
    sinceMinor: 36,
    checks: { ...fineGrained('statusz'), 36: ['statusz'] },
    probe: '/statusz',
    returns: 'version, uptime and paths',
  },
  configz: {
    ...ofConfiguration,
    path: '/configz',
    checks: fineGrained('configz'),
    probe: '/configz',
    returns: 'the configuration in force, JSON',
  },
  flagz: {
    ...ofConfiguration,
    path: '/flagz',
    sinceMinor: 36,
    checks: { 0: ['proxy'], 36: ['configz'] },
    returns: 'command-line flags, not the configuration in force',
  },
  pods: {
    ...ofPods,
    path: '/pods',
    probe: '/pods/kubeletaccess',
    returns: 'pods assigned to the node, JSON',
  },
  runningpods: {
    ...ofPods,
    path: '/runningpods/',
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
    path: '/containerLogs/{ns}/{pod}/{container}',
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
    worth: 'log-level',
    returns: 'sets the log level to the body',
  },
  checkpoint: {
    path: '/checkpoint/{ns}/{pod}/{container}',
    methods: ['POST'],
    checks: always('checkpoint'),
    // A probe by GET has no effect, because a checkpoint needs POST: an authorized GET gets 405.
    probe: '/checkpoint/kubeletaccess/probe/probe',
    effect: 'acts',
    worth: 'checkpoint',
    returns: 'writes a checkpoint to the node',
  },
  run: {
    path: '/run/{ns}/{pod}/{container}',
    ...runsCommands,
    methods: ['POST'],
    returns: 'runs ?cmd= and prints its output',
  },
  exec: { ...streamOf('exec'), path: '/exec/{ns}/{pod}/{container}' },
  attach: { ...streamOf('attach'), path: '/attach/{ns}/{pod}/{container}' },
  portForward: { ...streamOf('port-forward'), path: '/portForward/{ns}/{pod}' },
} satisfies Readonly<Record<string, KubeletEndpoint>>;

/**
 * All endpoints with their names. Users of `curl` may write the short name instead of the path, if the path has no placeholders.
 */
export const endpointList: readonly (KubeletEndpoint & {
  readonly name: string;
  readonly shortName: string | undefined;
})[] = Object.entries<KubeletEndpoint>(kubeletEndpoints).map(([name, endpoint]) => ({
  ...endpoint,
  name,
  shortName: endpoint.shortPath || !endpoint.path.includes('{') ? name : undefined,
}));

/** Returns the first version that serves the path by default: `since 1.36`; undefined if every supported version does. */
export function servedSince({ sinceMinor }: KubeletEndpoint): string | undefined {
  return sinceMinor === undefined ? undefined : `since 1.${sinceMinor}`;
}

export function isServed({ sinceMinor = 0 }: KubeletEndpoint, minor: number): boolean {
  return minor >= sinceMinor;
}
