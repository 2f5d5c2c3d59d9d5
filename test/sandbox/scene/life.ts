import { appendFileSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { ContainerLog } from '../container-log.ts';
import { klogTime } from '../klog-time.ts';
import { type Listener, listen } from '../listen.ts';
import type { ContainerPlace } from '../node-contents.ts';
import type { NodeLogs } from '../node-logs.ts';
import { logCall } from '../request-log.ts';
import { podIpOf, podsOn, type ScenePod, scenePods, uidOf } from './pods.ts';

/** The time between two lines of a log, in ms. */
const beatMs = 1000;
/** The number of beats between rotations of /var/log/syslog. */
const beatsToRotation = 15;
/** The number of beats between scrapes by Prometheus and metrics-server. */
const beatsToScrape = 5;

/** Writes the logs of a node. */
export interface Life {
  logOf(place: ContainerPlace, previous: boolean): ContainerLog | undefined;
  beat(): void;
}

/** Begins container logs, the journal and files in /var/log, with entries of the last hour. */
export function beginLife(node: string, logs: NodeLogs, isReady: (pod: ScenePod) => boolean): Life {
  const containers = podsOn(node).flatMap((pod) =>
    pod.containers.map((container) => ({
      pod,
      container,
      key: keyOf({ namespace: pod.namespace, pod: pod.name, container: container.name }),
      file: join(logs.folder, 'pods', `${pod.namespace}_${pod.name}_${uidOf(pod)}`, container.name),
    })),
  );
  const now = new Map<string, ContainerLog>();
  const before = new Map<string, ContainerLog>();
  for (const { container, key, file } of containers) {
    now.set(
      key,
      new ContainerLog(container.name === 'web' ? 'hello from web' : `${container.name} started`),
    );
    if (container.before) before.set(key, new ContainerLog(...container.before));
    mkdirSync(file, { recursive: true });
    writeFileSync(join(file, '0.log'), '');
  }
  const syslog = join(logs.folder, 'syslog');
  writeFileSync(syslog, '');
  let count = 0;
  const entry = (at: number) => {
    count += 1;
    const [unit = '', message = ''] = journalLine(node, count, new Date(at));
    logs.journal.push({ atUs: at * 1000, unit, message, hostname: node });
    appendFileSync(syslog, `${new Date(at).toISOString()} ${node} ${unit}: ${message}\n`);
  };
  for (let at = Date.now() - 3_600_000; at < Date.now(); at += 20_000) entry(at);
  return {
    logOf: (place, previous) => (previous ? before : now).get(keyOf(place)),
    beat: () => {
      // Rotates the file before a new line, so that it is never empty.
      if (count % beatsToRotation === 0) {
        renameSync(syslog, `${syslog}.1`);
        writeFileSync(syslog, '');
      }
      entry(Date.now());
      if (count % beatsToScrape === 0) logScrapes(node, logs, isReady);
      for (const { pod, container, key, file } of containers) {
        const line = container.says?.(count, isReady(pod));
        if (line === undefined) continue;
        now.get(key)?.append(line);
        appendFileSync(join(file, '0.log'), `${new Date().toISOString()} stdout F ${line}\n`);
      }
    },
  };
}

function keyOf({ namespace, pod, container }: ContainerPlace): string {
  return `${namespace}/${pod}/${container}`;
}

/** Logs the scrapes by Prometheus and metrics-server. Kubelets answer with 403 while a pod is not ready. */
function logScrapes(node: string, logs: NodeLogs, isReady: (pod: ScenePod) => boolean): void {
  const scrapes = [
    {
      account: 'prometheus',
      userAgent: 'Prometheus/3.5.0',
      paths: ['/metrics', '/metrics/cadvisor'],
    },
    { account: 'metrics-server', userAgent: 'metrics-server/v0.8.1', paths: ['/metrics/resource'] },
  ];
  for (const { account, userAgent, paths } of scrapes) {
    const pod = scenePods.find(({ serviceAccount }) => serviceAccount === account);
    if (!pod) continue;
    const caller = { host: podIpOf(pod), userAgent, status: isReady(pod) ? 200 : 403 };
    for (const uri of paths) logCall(logs, node, { method: 'GET', uri, ...caller });
  }
}

/** Returns the next line of the journal. On node-2, the journal reports the full disk. */
function journalLine(
  node: string,
  count: number,
  at: Date,
): readonly [unit: string, message: string] {
  const time = klogTime(at);
  if (node === 'node-2' && count % 6 === 0)
    return [
      'kubelet',
      `I${time}     812 eviction_manager.go:376] "Eviction manager: attempting to reclaim" resourceName="ephemeral-storage"`,
    ];
  if (count % 9 === 0)
    return [
      'kubelet',
      `E${time}     812 kuberuntime_gc.go:181] "Failed to get container status" containerID="${count}"`,
    ];
  if (count % 3 === 1)
    return [
      'containerd',
      `time="${at.toISOString()}" level=info msg="PullImage \\"nginx:1.29\\" returns" count=${count}`,
    ];
  return [
    'kubelet',
    `I${time}     812 kubelet.go:2537] "SyncLoop (PLEG): event for pod" pod="${podNear(node)}" event=${count}`,
  ];
}

function podNear(node: string): string {
  const [{ namespace, name } = { namespace: 'default', name: 'web' }] = podsOn(node);
  return `${namespace}/${name}`;
}

/** Calls `before` and all lives every second. Returns a function that stops this. */
export function startBeats(lives: readonly Life[], before: () => void): () => void {
  const timer = setInterval(() => {
    before();
    for (const life of lives) life.beat();
  }, beatMs);
  timer.unref();
  return () => clearInterval(timer);
}

/** The web page that pods serve on port 80. */
export function startWebPage(): Promise<Listener> {
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'text/html');
    response.end(
      `<h1>hello from web</h1>\n<p>You asked for ${encodeURI(request.url ?? '/')}</p>\n`,
    );
  });
  return listen(server, '127.0.0.1');
}
