import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { usualConfiguration } from './configz.ts';
import type { KubeletAnswer } from './kubelet-answer.ts';
import { serveLogs } from './log-query.ts';
import type { NodeLogs } from './node-logs.ts';
import { refuseStream } from './stream-refusal.ts';
import { healthChecks, zPage } from './z-pages.ts';

export interface KubeletRequest {
  readonly method: string;
  readonly pathname: string;
  readonly query: URLSearchParams;
  readonly body: string;
  readonly node: string;
  readonly minor: number;
  readonly isWindows: boolean;
  /** Whether it reaches the streaming server of its container runtime. */
  readonly streams: boolean;
  readonly settings: KubeletSettings;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly logs: NodeLogs;
}

/** The fields of KubeletConfiguration that faults change in `/configz`. */
export interface KubeletSettings {
  readonly authentication: { readonly anonymous: { readonly enabled: boolean } };
  readonly authorization: { readonly mode: 'Webhook' | 'AlwaysAllow' };
  readonly enableDebuggingHandlers: boolean;
}

const text = 'text/plain; charset=utf-8';
const json = 'application/json';

/** The answer of a kubelet to an allowed request. */
export function kubeletBody(request: KubeletRequest): KubeletAnswer {
  const { method, pathname, query, body, node, minor, isWindows, settings, headers, logs } =
    request;
  const ok = (contentType: string, content: string | Buffer): KubeletAnswer => ({
    status: 200,
    headers: { 'content-type': contentType },
    body: content,
  });
  const fail = (
    status: number,
    words: string,
    headers: Record<string, string> = {},
  ): KubeletAnswer => ({
    status,
    headers: { 'content-type': text, ...headers },
    body: words,
  });
  const getOnly = (answer: () => KubeletAnswer) =>
    method === 'GET' ? answer() : fail(405, '405: Method Not Allowed', { allow: 'GET' });
  const segments = pathname.split('/').filter(Boolean);

  if (pathname === '/healthz' && query.has('verbose')) return ok(text, healthChecks(minor));
  if (pathname.startsWith('/healthz')) return ok(text, 'ok');
  if (pathname.startsWith('/metrics'))
    return ok('text/plain; version=0.0.4; charset=utf-8', metrics(pathname, node, minor));
  if (pathname === '/configz') return ok(json, configz(node, minor, settings));
  if (pathname === '/pods' || pathname === '/pods/')
    return getOnly(() =>
      ok(
        json,
        JSON.stringify({ kind: 'PodList', apiVersion: 'v1', metadata: {}, items: pods(node) }),
      ),
    );
  if (pathname === '/runningpods/')
    return getOnly(() =>
      ok(
        json,
        JSON.stringify({
          kind: 'PodList',
          apiVersion: 'v1',
          metadata: {},
          items: runtimePods(node),
        }),
      ),
    );
  if (pathname === '/stats/summary') return ok(json, summary(node));
  if (pathname === '/statusz' || pathname === '/flagz') {
    const kind = pathname === '/statusz' ? 'Statusz' : 'Flagz';
    const { version, value, words } = zPage(kind, node, minor);
    const accepted = (headers['accept'] ?? '*/*').split(',').map((each) => each.trim());
    const structured = `application/json;as=${kind};v=${version};g=config.k8s.io`;
    if (accepted.includes(structured))
      return ok(`application/json;g=config.k8s.io;v=${version};as=${kind}`, JSON.stringify(value));
    if (accepted.some((each) => /^(?:\*\/\*|text\/(?:plain|\*))(?:;|$)/.test(each)))
      return ok(text, words);
    const message =
      'only the following media types are accepted: application/json, application/yaml, text/plain';
    return {
      status: 406,
      headers: { 'content-type': json },
      body: JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', message }),
    };
  }
  if (pathname === '/debug/flags/v') {
    if (method !== 'PUT') return fail(406, 'unsupported http method\n');
    return /^\d+$/.test(body)
      ? ok(text, `successfully set klog.logging.verbosity to ${body}\n`)
      : fail(400, `strconv.ParseUint: parsing "${body}": invalid syntax\n`);
  }
  if (pathname === '/debug/pprof/cmdline')
    return getOnly(() =>
      ok(text, `kubelet\0--config=/etc/kubelet.yaml\0--hostname-override=${node}`),
    );
  const [, profile] = /^\/debug\/pprof\/(heap|goroutine|profile|trace)$/.exec(pathname) ?? [];
  if (profile !== undefined)
    return getOnly(() =>
      Number(query.get('debug')) > 0
        ? ok(text, `${profile} profile: 1: 16 [2: 32] @ heap/1048576\n`)
        : {
            status: 200,
            headers: {
              'content-type': 'application/octet-stream',
              'content-disposition': `attachment; filename="${profile}"`,
            },
            body: profile === 'trace' ? Buffer.from('go 1.26 trace\0\0\0') : gzipSync(node),
          },
    );
  if (pathname.startsWith('/debug/pprof/')) return fail(404, 'Unknown profile\n');
  if (pathname === '/logs/zeros')
    return {
      status: 200,
      headers: { 'content-type': 'application/octet-stream' },
      stream: zeros(Number(query.get('bytes'))),
    };
  if (pathname.startsWith('/logs/')) {
    const path = pathname.slice('/logs/'.length);
    return getOnly(() => serveLogs(logs, { path, query, headers, minor }));
  }
  if (segments[0] === 'checkpoint') {
    if (method !== 'POST') return fail(405, '405: Method Not Allowed', { allow: 'POST' });
    const [, namespace, pod, container] = segments;
    if (pod !== 'web') return fail(404, 'pod does not exist');
    if (isWindows)
      return fail(
        500,
        `checkpointing of ${namespace}/${pod}/${container} failed (rpc error: code = Unimplemented desc = method CheckpointContainer not implemented)`,
      );
    return ok(
      json,
      JSON.stringify({
        items: [`/var/lib/kubelet/checkpoints/checkpoint-${pod}_${namespace}-${container}.tar`],
      }),
    );
  }
  if (segments[0] === 'run' && segments.length > 3) {
    if (method !== 'POST') return fail(405, '405: Method Not Allowed', { allow: 'POST' });
    const [, , pod, container] = segments;
    if (pod !== 'web') return fail(404, 'pod does not exist');
    if (container !== 'web' && container !== 'main')
      return fail(500, `container not found ("${container}")`);
    const command = query.get('cmd') ?? '';
    const [name, ...words] = command.split(' ');
    if (name === 'echo') return ok(json, `${words.join(' ')}\n`);
    if (name === 'date') return ok(json, 'Thu Jan  1 00:00:00 UTC 2026\n');
    if (name === 'bytes') return ok(json, Buffer.from([0, 255, 254, 128, 10, 27]));
    if (name === 'sleep') return { status: 200, headers: {}, stream: new Readable({ read() {} }) };
    if (name === 'warn')
      return fail(500, `command '${command}' exited with 3: ${words.join(' ')}\n`);
    if (name === 'cat') return ok(json, '127.0.0.1 localhost\n');
    return fail(500, `command '${command}' exited with 1: `);
  }
  if (segments[0] === 'containerLogs') {
    const [, , pod, container] = segments;
    if (pod !== 'web') return fail(404, `pod "${pod}" does not exist`);
    if (container !== 'web' && container !== 'main')
      return fail(404, `container "${container}" not found in pod "${pod}"`);
    return getOnly(() => logs.web.answer(pod, container, query));
  }
  if ((segments[0] === 'exec' || segments[0] === 'attach') && segments.length === 4) {
    const node = { pods: { 'default/web': ['web', 'main'] }, isReachable: request.streams };
    const refused = refuseStream({ method, segments, query, headers }, node);
    if (refused) return refused;
  }
  return fail(404, '404: Page Not Found');
}

function metrics(pathname: string, node: string, minor: number): string {
  if (pathname === '/metrics/cadvisor') return cadvisor(node);
  if (pathname === '/metrics/probes') return probes(node);
  const feature =
    minor >= 33 ? 'kubernetes_feature_enabled{name="KubeletFineGrainedAuthz",stage=""} 1\n' : '';
  return `# TYPE sandbox_requests_total counter\nsandbox_requests_total{path="${pathname}",node="${node}"} 1\n${feature}`;
}

/** Memory of the containers of pods and of their pauses. */
function cadvisor(node: string): string {
  const samples = running(node).flatMap(({ namespace, name, megabytes }) =>
    [
      ['main', 3 * megabytes],
      ['', 3 * megabytes + 1],
    ].map(
      ([container, mebibytes]) =>
        `container_memory_working_set_bytes{container="${container}",namespace="${namespace}",pod="${name}"} ${(Number(mebibytes) * 2 ** 20).toExponential()}\n`,
    ),
  );
  return `# HELP container_memory_working_set_bytes Current working set in bytes.
# TYPE container_memory_working_set_bytes gauge
${samples.join('')}`;
}

/** Node-2 is slow. */
function probes(node: string): string {
  const bounds = ['0.005', '0.01', '0.025', '0.05', '0.1', '0.25', '+Inf'];
  const counts = node === 'node-2' ? [0, 2, 8, 20, 60, 95, 100] : [40, 70, 90, 100, 100, 100, 100];
  const name = 'prober_probe_duration_seconds';
  return running(node)
    .slice(0, 1)
    .map(({ namespace, name: pod }) => {
      const labels = `namespace="${namespace}",pod="${pod}",probe_type="Liveness"`;
      const buckets = bounds.map(
        (le, at) => `${name}_bucket{${labels},le="${le}"} ${counts[at]}\n`,
      );
      return `# HELP ${name} Duration in seconds for a probe response.
# TYPE ${name} histogram
${buckets.join('')}${name}_sum{${labels}} 1.5
${name}_count{${labels}} 100
`;
    })
    .join('');
}

/** Node-2 is larger than the others. */
const largeNode = { maxPods: 250, systemReserved: { memory: '1Gi' } };

function configz(node: string, minor: number, settings: KubeletSettings): string {
  const usual = usualConfiguration(minor);
  const { authentication, authorization } = settings;
  return JSON.stringify({
    kubeletconfig: {
      ...usual,
      ...(node === 'node-2' ? largeNode : {}),
      ...settings,
      authentication: { ...(usual['authentication'] as object), ...authentication },
      authorization: { ...(usual['authorization'] as object), ...authorization },
    },
  });
}

/** The pods of a node: the second one's name differs by node, as that of a DaemonSet. */
const running = (node: string) => [
  { namespace: 'default', name: 'web', owner: 'StatefulSet', megabytes: 700, restartCount: 0 },
  {
    ...{ namespace: 'kube-system', name: `kube-proxy-${node}`, owner: 'DaemonSet' },
    ...{ megabytes: 20, restartCount: 2 },
  },
];

function pods(node: string): readonly unknown[] {
  return running(node).map(({ namespace, name, owner, restartCount }) => ({
    metadata: {
      namespace,
      name,
      uid: `${name}-uid`,
      annotations: { 'kubernetes.io/config.source': 'api' },
      ownerReferences: [{ kind: owner, name: name.replace(`-${node}`, ''), controller: true }],
    },
    spec: {
      nodeName: node,
      containers: [
        {
          name: 'main',
          resources: {
            requests: { 'ephemeral-storage': '100Mi' },
            limits: { 'ephemeral-storage': '1Gi' },
          },
        },
      ],
    },
    status: {
      phase: 'Running',
      podIP: '10.244.0.7',
      qosClass: 'BestEffort',
      containerStatuses: [
        {
          ...{ name: 'main', ready: true, started: true, restartCount },
          state: { running: { startedAt: '2026-01-01T00:00:00Z' } },
        },
      ],
    },
  }));
}

/** What the container runtime knows of them. */
function runtimePods(node: string): readonly unknown[] {
  return running(node).map(({ namespace, name }) => ({
    metadata: { name, namespace, uid: `${name}-uid` },
    spec: {
      containers: [{ name: 'main', image: `sha256:${'0'.repeat(64)}`, resources: {} }],
    },
    status: {},
  }));
}

// Indented like the real one, which pretty-prints this endpoint.
function summary(node: string): string {
  const gibibytes = (count: number) => count * 2 ** 30;
  const value = {
    node: {
      nodeName: node,
      cpu: { usageNanoCores: 73_000_000 },
      memory: { availableBytes: gibibytes(3), workingSetBytes: 402_653_184 },
      fs: {
        availableBytes: gibibytes(14),
        capacityBytes: gibibytes(50),
        usedBytes: gibibytes(36),
        inodesFree: 'HUGE',
      },
    },
    pods: running(node).map(({ namespace, name, megabytes }) => ({
      podRef: { namespace, name, uid: `${name}-uid` },
      cpu: { usageNanoCores: megabytes * 1_000_000 },
      memory: { workingSetBytes: 3 * megabytes * 2 ** 20 },
      'ephemeral-storage': { usedBytes: megabytes * 2 ** 20 },
      containers: [],
    })),
  };
  // CephFS reports so many, which JavaScript cannot represent.
  return JSON.stringify(value, null, 1).replace('"HUGE"', '18446744073709551615');
}

function zeros(bytes: number): Readable {
  const chunk = Buffer.alloc(64 * 1024);
  let left = bytes;
  return new Readable({
    read() {
      const size = Math.min(left, chunk.length);
      left -= size;
      this.push(size === 0 ? null : chunk.subarray(0, size));
    },
  });
}
