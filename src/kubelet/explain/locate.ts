import type { AgentLog } from '../agents/agent.ts';
import { agents } from '../agents/agents.ts';
import { type HopName, isRuntimeStream, type Speaker, type Where } from '../causes/where.ts';
import type { AskedBefore } from './request-before.ts';

/** Where a message says that it happened. */
export interface Location {
  /** Undefined if the message names neither kubelets nor an API server. */
  readonly hop: HopName | undefined;
  readonly speaker: Speaker;
  readonly target: Target;
  readonly node: string | undefined;
  /** Whose log it is, if they call kubelets directly. */
  readonly agent: LoggingAgent | undefined;
}

interface LoggingAgent extends AgentLog {
  readonly name: string;
}

const loggingAgents: readonly LoggingAgent[] = agents.flatMap(({ name, signs: { log } }) =>
  log ? { name, ...log } : [],
);

/** What else is known of a message than its words. */
export interface Context {
  /** What stands before the first of several requests. */
  readonly head?: string;
  readonly asked?: AskedBefore | undefined;
}

/** The server that a request was sent to. */
export interface Target {
  readonly is: 'kubelet' | 'API server' | 'other' | 'not told';
  readonly address: string | undefined;
  readonly path: string | undefined;
}

const host = String.raw`(\[[0-9a-fA-F:.]+\]|[\w.-]+)`;
const patterns = {
  url: new RegExp(String.raw`https?://${host}(?::(\d+))?(/[^\s"',)\]]*)?`, 'g'),
  dial: new RegExp(
    String.raw`(?:dial tcp |connect E[A-Z]+ |while dialing |connection to the server |kubelet (?:of \S+ )?at |from Kubelet [\w.-]+ ?\(|reach Kubelet with host: |from kubelet:|instance="|connection #\d+ failed to )${host}(?::(\d+))?`,
    'g',
  ),
  curl: new RegExp(String.raw`[Ff]ailed to connect to ${host} port (\d+)`, 'g'),
  python: new RegExp(String.raw`HTTPS?ConnectionPool\(host='${host}', port=(\d+)\)`, 'g'),
  named: new RegExp(String.raw`(?:lookup |resolve host: |getaddrinfo \w+ )${host}`, 'g'),
};

// curl ends its message with where one can read more.
const manuals = /^curl\.(?:se|haxx\.se)$/;

const kubeletPorts = ['10250', '10255'];
const apiServerPorts = ['6443', '16443'];
const kubeletPath =
  /^\/(?:containerLogs|exec|attach|portForward|run|stats\/summary|metrics\/(?:cadvisor|resource|probes)|runningpods|configz|checkpoint)(?:[/?]|$)/;
// Other servers have an /api/v1, too.
const apiServerPath =
  /^\/(?:api\/v1\/(?:nodes|namespaces|pods|services|secrets|configmaps|events|endpoints|persistentvolume)|api\?timeout|api\/v1\?|apis\?|version\?timeout|openapi\/v[23]|apis\/(?:[\w.-]+\.k8s\.io|apps|batch|autoscaling|policy)(?:\/|$))/;
const apiServerWords =
  /[Tt]he connection to the server|Unable to connect to the server|cannot reach the API server/;

const kubeletLog =
  /\bkubelet\[\d+\]|\bkubelet(?:_node_status|_pods)?\.go:|Unable to register (?:node|\S+ with the apiserver)|[Ff]ailed to ensure (?:node )?lease|serving certificate available for the kubelet|[Rr]emotedialer proxy error|Failed to connect to proxy/;
const apiServerLog =
  /\bkube-apiserver\[\d+\]|component=kube-apiserver|an error that is not an metav1\.Status|RBAC DENY: user "|Sending HTTP 50\d response to /;
// Prometheus, vmagent and the like.
const scrape = /server returned HTTP status|Scrape failed|when scraping "|scrape_pool/;
const curlLog = /\bcurl: \(\d+\)/;

// By these kube-apiserver tells what became of a request of its own to a kubelet. A relayed answer names the object, but
// no verb: `( pods/log web)`.
const relayed =
  /error dialing backend|unable to upgrade connection|\( (?:pods\/|nodes)|"kind": ?"pods\/log"|through the API server/;
const ownDirect =
  /\b(?:cannot reach|by) the kubelet (?:of \S+ )?at |the kubelet (?:of \S+ )?at \S+ (?:through the proxy \S+ )?answered|node \S+ has no address of type /;

/** Reads the speaker, the target and the hop of a message. */
export function locate(text: string, { head = '', asked }: Context = {}): Location {
  const whole = head === '' ? text : `${head} ${text}`;
  const own = targetOf(text);
  const isOpen = own.is === 'not told' || (own.is === 'kubelet' && own.path === undefined);
  const target = isOpen && asked ? targetOf(asked.url) : own;
  const agent = loggingAgents.find(({ pattern }) => pattern.test(whole));
  const speaker = asked?.byCurl && own !== target ? 'curl' : speakerOf(whole, agent);
  return { hop: hopOf(whole, target, speaker), speaker, target, node: nodeOf(text), agent };
}

function speakerOf(text: string, agent: LoggingAgent | undefined): Speaker {
  if (curlLog.test(text)) return 'curl';
  if (agent) return 'agent';
  if (apiServerLog.test(text)) return 'kube-apiserver';
  return kubeletLog.test(text) ? 'kubelet' : 'other';
}

function hopOf(text: string, target: Target, speaker: Speaker): HopName | undefined {
  // metrics-server serves on the port of a kubelet, and is probed there.
  if (/\b(?:Liveness|Readiness|Startup) probe failed/.test(text)) return undefined;
  if (/failed (?:calling|to call) webhook/.test(text)) return 'API server -> webhook';
  if (text.includes('failing or missing response from')) return 'API server -> aggregated API';
  if (isRuntimeStream(text)) return 'kubelet -> container runtime';
  if (text.includes('TLS handshake error from')) {
    if (speaker === 'kubelet') return 'caller or API server -> kubelet';
    return speaker === 'kube-apiserver' ? 'caller -> API server' : undefined;
  }
  if (speaker === 'agent' && target.is !== 'API server') return 'caller -> kubelet';
  if (isRelayed(text, target, speaker)) return 'API server -> kubelet';
  if (target.is === 'kubelet') {
    const isDirect =
      speaker === 'curl' || ownDirect.test(text) || scrape.test(text) || target.path !== undefined;
    return isDirect ? 'caller -> kubelet' : 'caller or API server -> kubelet';
  }
  if (target.is === 'API server')
    return speaker === 'kubelet' ? 'kubelet -> API server' : 'caller -> API server';
  return undefined;
}

function isRelayed(text: string, target: Target, speaker: Speaker): boolean {
  // Services and pods have such a proxy, too: the port tells.
  if (text.includes('error trying to reach service'))
    return target.is === 'kubelet' || target.address === undefined;
  if (relayed.test(text)) return true;
  if (/Error from server/.test(text) && target.is === 'kubelet') return true;
  // The node proxy tells a name that does not resolve without a word around it.
  if (/Error from server(?: \(\w+\))?: (?:dial tcp: )?lookup /.test(text)) return true;
  const streams = /^\/(?:containerLogs|exec|attach|portForward)\//.test(target.path ?? '');
  if (streams && speaker !== 'curl' && !ownDirect.test(text)) return true;
  return target.is === 'kubelet' && (speaker === 'kube-apiserver' || /proxy error from/.test(text));
}

function targetOf(text: string): Target {
  const all = [patterns.url, patterns.curl, patterns.python, patterns.dial].flatMap((pattern) =>
    [...text.matchAll(pattern)].map(([, name = '', port = '', path]) => ({ name, port, path })),
  );
  const candidates = all
    .filter(({ name }) => !manuals.test(name))
    .map((candidate) => ({ ...candidate, is: kindOf(candidate) }));
  const best =
    candidates.find(({ is }) => is === 'kubelet') ??
    candidates.find(({ is }) => is === 'API server') ??
    candidates[0];
  const named = [...text.matchAll(patterns.named)][0]?.[1];
  const is = apiServerWords.test(text)
    ? 'API server'
    : ownDirect.test(text)
      ? 'kubelet'
      : (best?.is ?? 'not told');
  const address =
    best === undefined ? named : best.port === '' ? best.name : `${best.name}:${best.port}`;
  const path = best?.path ?? /\bmetrics_path="(\/[^"\s]{0,200})"/.exec(text)?.[1];
  return { is, address: address?.replace(/\.$/, ''), path: path?.replace(/[.,;:]{1,9}$/, '') };
}

function kindOf(asked: {
  readonly name: string;
  readonly port: string;
  readonly path: string | undefined;
}): Target['is'] {
  const { name, port, path = '' } = asked;
  if (apiServerPath.test(path) && !kubeletPorts.includes(port)) return 'API server';
  if (kubeletPorts.includes(port) || kubeletPath.test(path)) return 'kubelet';
  return apiServerPorts.includes(port) || /^kubernetes(?:\.default.*)?$/.test(name)
    ? 'API server'
    : 'other';
}

function nodeOf(text: string): string | undefined {
  const [, ...names] =
    /(?:\bnode="|\bnodes "|node ")([\w.-]+)"|kubelet of ([\w.-]+)|from (?:Kubelet|node) (?!URL )([\w.-]+)[ :(]|\/api\/v1\/nodes\/(?:https?:)?([\w.-]+)(?::\d*)?\/proxy/.exec(
      text,
    ) ?? [];
  return names.find((name) => name !== undefined);
}

/** The same for the description of a cause that was met on `hop`. */
export function whereOf({ node, speaker, target }: Location, hop: HopName): Where {
  return { hop, node, speaker, address: target.address };
}
