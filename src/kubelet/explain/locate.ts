import type { Agent, AgentLog } from '../agents/agent.ts';
import { agentsWithLogs } from '../agents/with-logs.ts';
import { hopOfWords } from '../causes/causes.ts';
import { type Hop, type HopName, isRuntimeStream, type Speaker } from '../causes/hop.ts';
import { type Destination, destinationOf, ownDirect } from './destination.ts';
import type { PrecedingRequest } from './request-before.ts';
import { apiServerLog, kubeletLog, processOf, type TextContext } from './text-context.ts';

export interface Location
  extends Required<Pick<TextContext, 'isStream' | 'isTunnel' | 'isElsewhere'>> {
  /** Undefined if the message names neither kubelets nor an API server. */
  readonly hop: HopName | undefined;
  readonly speaker: Speaker;
  readonly target: Destination;
  readonly node: string | undefined;
  /** The agent that wrote the log, if it is an agent that calls kubelets directly. */
  readonly agent: LoggingAgent | undefined;
}

interface LoggingAgent extends AgentLog, Pick<Agent, 'name'> {
  /** What `check` takes: the name of the agent, or its service account if no label or account of its own identifies its pods. */
  readonly checked: string;
}

const loggingAgents = agentsWithLogs.flatMap(({ name, identifiers }): LoggingAgent | [] => {
  const { log, labels, serviceAccounts } = identifiers;
  const isFound = Object.keys(labels).length > 0 || serviceAccounts.length > 0;
  const checked = isFound ? name : 'serviceaccount:NAMESPACE:NAME';
  return log ? { name, checked, ...log } : [];
});

export interface MessageContext extends TextContext {
  /** The text before the first request of the message, if the message is about several requests. */
  readonly head?: string;
  readonly precedingRequest?: PrecedingRequest | undefined;
}

/** A TokenReview or SubjectAccessReview that a server sends to kube-apiserver about a caller. */
export const asksForReview = /\bPost "?https?:\/\/[^\s"]{1,300}\/(?:token|subjectaccess)reviews\b/;
const ofReviews =
  /\(post (?:token|subjectaccess)reviews\b|Failed to make webhook auth\w{1,10} request|\/(?:token|subjectaccess)reviews\b/;
// Log lines of scrapers such as Prometheus and vmagent.
const scrape =
  /server returned HTTP status|Scrape failed|when scraping "|scrape_pool|\bPrometheus\b|\bscrap(?:e|ed|es|ing)\b/i;
/** Words of a scraper about a response with status 400 or more, or of a person about a scrape with status 401 or 403. */
const scrapedStatus =
  /server returned HTTP status|\bscrap(?:e|ed|es|ing|er)\b.{0,200}\b40[13] (?:Unauthorized|Forbidden)/i;
const scrapedKubelet = /\bkubelets?\b(?!\.go)|\bcadvisor\b/i;
// Only for 401, because the body of a kubelet's 403 names the denied user and is recognized by itself.
const askedKubelet =
  /\b401 ?\(?unauthorized\)? (?:error )?(?:when|while|from|by|on|at)\b[^\n.]{0,60}\bkubelets?\b/i;
const curlLog = /\bcurl: \(\d+\)|\bkubeletctl\b/;

// Errors of programs that are not written in Go. kube-apiserver is written in Go, so it did not write these errors.
const otherLanguage =
  /\bHTTPS?ConnectionPool\(|\bSystem\.Net\.|\bjavax?\.|\(os error \d|\bFailed to open TCP connection to |^nc: |^\* /;

// Words about a request that kube-apiserver sent to a kubelet. In errors about such a request, kubectl prints the object without a verb,
// such as `( pods/log`.
const relayed =
  /unable to upgrade connection|\( (?:pods\/|nodes)|"kind": ?"pods\/log"|through the API server/i;

// Usual ports of API servers. kube-apiserver opens streams only to other ports, so a stream error with such a port is from a proxy.
const apiPorts = '(?:443|6443|8443|16443)';
const localProxy = new RegExp(
  String.raw`unable to upgrade connection: error dialing backend: (?:(?:read|write) tcp \S|dial tcp (?:[^\s:]{1,260}|\S{1,260}:${apiPorts}): )`,
  'i',
);
// A failed connection to a port that API servers do not use. The port belongs to a kubelet, or to a container runtime, because kubelets
// before 1.18 redirected the API server to the runtime.
const dialledElsewhere = new RegExp(
  String.raw`error dialing backend: dial tcp \S{1,260}:(?!${apiPorts}:)\d{1,5}: `,
);
const relaying =
  /error trying to reach service|error dialing backend|DIAL_RSP contains failure|\bTrying to reach: '/i;

// An address in the default pod range of k3s. The pod is metrics-server, which listens on port 10250 like a kubelet.
const podOfK3s =
  /\bSending HTTP 50\d response to \S{1,100}: dial tcp 10\.42\.\d{1,3}\.\d{1,3}:10250\b/;
const relayedToMetrics = /Trying to reach: 'https:\/\/[^\s'/]{1,260}\/apis\/metrics\.k8s\.io\b/;

export function locate(text: string, context: MessageContext = {}): Location {
  const {
    head = '',
    precedingRequest,
    isStream = false,
    isTunnel = false,
    isElsewhere = false,
  } = context;
  const whole = head === '' ? text : `${head} ${text}`;
  const own = destinationOf(text);
  // Uses the earlier request if the message names no server, or only an address, because a URL says more than an address.
  const isOpen =
    own.is === 'unknown' ||
    (own.path === undefined &&
      (own.is === 'kubelet' ||
        (precedingRequest !== undefined &&
          own.address === destinationOf(precedingRequest.url).address)));
  const asked = isOpen && precedingRequest ? destinationOf(precedingRequest.url) : undefined;
  const target = asked ? ofNamedHost(text, asked) : own;
  const agent = loggingAgents.find(({ pattern }) => pattern.test(whole));
  const byWords = precedingRequest?.byCurl && target === asked ? 'curl' : speakerOf(whole, agent);
  const speaker = byWords === 'other' ? speakerNear(text, context) : byWords;
  const hop = hopOf({ ...context, text: whole, target, speaker });
  return { hop, speaker, target, node: nodeOf(text), isStream, isTunnel, isElsewhere, agent };
}

// Certificate errors that contain the called IP address.
const namedHost =
  /\bcannot validate certificate for (\d{1,3}(?:\.\d{1,3}){3}) because\b|\bcertificate is valid for [^"\n]{1,400}, not (\d{1,3}(?:\.\d{1,3}){3})\b/;

/** Corrects the host of the earlier request. If the certificate error contains an IP address, the client called this address. */
function ofNamedHost(text: string, asked: Destination): Destination {
  const [, ...hosts] = namedHost.exec(text) ?? [];
  const host = hosts.find((each) => each !== undefined);
  const [, name, port = ''] = /^(.{1,260}?)(:\d{1,5})?$/.exec(asked.address ?? '') ?? [];
  if (host === undefined || name === undefined || name === host) return asked;
  // Replaces only an address. If the client had called a host name, the error would contain the host name.
  return /^\d{1,3}(?:\.\d{1,3}){3}$/.test(name) ? { ...asked, address: host + port } : asked;
}

function speakerOf(text: string, agent: LoggingAgent | undefined): Speaker {
  if (curlLog.test(text)) return 'curl';
  if (agent) return 'agent';
  if (apiServerLog.test(text)) return 'kube-apiserver';
  return kubeletLog.test(text) ? 'kubelet' : 'other';
}

/** Recognizes the writer of a message by other lines of the same process. */
function speakerNear(text: string, { kubelets, apiServers, hasKubelet }: TextContext): Speaker {
  const process = processOf(text) ?? '';
  if (kubelets?.has(process) === true || (hasKubelet === true && ofReviews.test(text)))
    return 'kubelet';
  return apiServers?.has(process) === true ? 'kube-apiserver' : 'other';
}

interface HopEvidence extends TextContext {
  readonly text: string;
  readonly target: Destination;
  readonly speaker: Speaker;
}

/**
 * Rules that determine the hop of a message. The first matching rule decides. A rule without a hop matches messages that involve no
 * kubelet.
 */
const hopRules: readonly (readonly [
  matches: (spoken: HopEvidence) => boolean | undefined,
  hop?: HopName,
])[] = [
  // The message is not about a kubelet: metrics-server also listens on port 10250, where kubelets probe it. kube-apiserver logs
  // `loading OpenAPI spec for` about the server of any APIService, often without an address.
  [
    ({ text }) =>
      /\b(?:Liveness|Readiness|Startup) probe failed|\bloading OpenAPI spec for "/.test(text),
  ],
  [({ text }) => /failed (?:calling|to call) webhook/.test(text), 'apiserver-to-webhook'],
  [
    ({ text }) =>
      /(?:failing or missing|\bno) response from https?:|\bFailedDiscoveryCheck\b/.test(text),
    'apiserver-to-aggregated-api',
  ],
  [({ text }) => isRuntimeStream(text), 'kubelet-to-container-runtime'],
  [
    ({ text, speaker }) => text.includes(endedHandshake) && speaker === 'kubelet',
    'caller-or-apiserver-to-kubelet',
  ],
  [
    ({ text, speaker }) => text.includes(endedHandshake) && speaker === 'kube-apiserver',
    'caller-to-apiserver',
  ],
  [({ target, speaker }) => speaker === 'agent' && target.is !== 'API server', 'caller-to-kubelet'],
  [({ text }) => /\bkubeletctl\b/.test(text), 'caller-to-kubelet'],
  [
    ({ text, target, isScraped }) =>
      target.is === 'unknown' &&
      ((scrapedStatus.test(text) && (isScraped || scrapedKubelet.test(text))) ||
        askedKubelet.test(text)),
    'caller-to-kubelet',
  ],
  [({ text }) => directAgent.test(text), 'caller-to-kubelet'],
  // A response of a proxy on the caller's side, such as Lens has. An API server would respond with a Status object.
  [({ text, target }) => target.is !== 'kubelet' && localProxy.test(text), 'caller-to-apiserver'],
  [
    ({ text, isCommand }) =>
      (isCommand || text.includes('unable to upgrade connection: ')) && dialledElsewhere.test(text),
    'apiserver-to-kubelet',
  ],
  [({ text }) => relayedToMetrics.test(text) || podOfK3s.test(text), 'apiserver-to-aggregated-api'],
  // The API server also relays requests to services and pods. If the target is known and is not a kubelet, it is a service or a
  // pod.
  [({ text, target }) => target.is !== 'kubelet' && target.is !== 'unknown' && relaying.test(text)],
  [
    ({ text, target, isAggregated }) =>
      isAggregated && target.is === 'unknown' && text.includes('error trying to reach service'),
    'apiserver-to-aggregated-api',
  ],
  [isRelayed, 'apiserver-to-kubelet'],
  [
    ({ text, target, speaker }) =>
      target.is === 'kubelet' &&
      (speaker === 'curl' ||
        target.path !== undefined ||
        ownDirect.test(text) ||
        scrape.test(text) ||
        otherLanguage.test(text)),
    'caller-to-kubelet',
  ],
  [({ target }) => target.is === 'kubelet', 'caller-or-apiserver-to-kubelet'],
  [
    ({ target, speaker }) => target.is === 'API server' && speaker === 'kubelet',
    'kubelet-to-apiserver',
  ],
  [({ target }) => target.is === 'API server', 'caller-to-apiserver'],
  [({ text }) => clientStream.test(text), 'caller-to-apiserver'],
  [
    ({ text, target, speaker }) =>
      speaker === 'kubelet' && target.is !== 'kubelet' && ofApiServer.test(text),
    'kubelet-to-apiserver',
  ],
  // The end of a log line of metrics-server whose start is missing.
  [
    ({ text, target }) =>
      target.is === 'unknown' && /" node="[\w.-]{1,253}"(?: timeout="\w{1,20}"?)?$/.test(text),
    'caller-to-kubelet',
  ],
];

function hopOf(spoken: HopEvidence): HopName | undefined {
  return hopOfWords(spoken.text) ?? hopRules.find(([matches]) => matches(spoken))?.[1];
}

/** Words in a kubelet's log about requests that it sends only to the API server. */
const ofApiServer =
  /Unable to (?:write event|register node|update (?:node )?status)|updat\w{1,3} node status|[Ff]ailed to (?:ensure|update|get) (?:node )?lease|[Ff]ailed to (?:list|watch) \*v1|[Ee]rror getting node\b/;

const endedHandshake = 'TLS handshake error from';

/** Words in logs of agents that call kubelets directly: Splunk's collector, Datadog's agent, JuiceFS and Netdata. */
const directAgent =
  /\bcollector=k8s_kubelet\b|title=:\w{0,40}metric_scraper\b|initialize kubelet connection|\bkubelet_client\.go:\d+\] Get\w{1,40} err: /;

/** Words of client-go about a closed WebSocket. client-go opens WebSockets only to the API server, or to a proxy in front of it. */
const clientStream = /\bnext reader: websocket: close \d{4}\b/;

const relayedCertificate =
  /Error from server(?: \(\w+\))?:? (?:[([<]?(?:\.{3}|\u2026)[)\]>]?:? ?)?(?:tls: failed to verify certificate: )?x509: /;

function isRelayed({ text, target, speaker }: HopEvidence): boolean {
  if (relaying.test(text)) return true;
  if (relayed.test(text)) return speaker !== 'curl' || target.is !== 'kubelet';
  if (/Error from server/.test(text) && target.is === 'kubelet') return true;
  // Only kubelets are known to end a relayed handshake with this error. The colon is optional, because people leave it out.
  if (/Error from server(?: \(\w+\))?:? remote error: tls: internal error/.test(text)) return true;
  // If a relayed certificate error contains no host, the server is a kubelet.
  if (target.is === 'unknown' && relayedCertificate.test(text)) return true;
  // The node proxy relays a failed name resolution without adding words.
  if (/Error from server(?: \(\w+\))?: (?:(?:dial tcp: )?lookup |ssh: rejected: )/.test(text))
    return true;
  const streams = /^\/(?:containerLogs|exec|attach|portForward)\//.test(target.path ?? '');
  if (target.is === 'kubelet' && streams && speaker !== 'curl' && !ownDirect.test(text))
    return true;
  return (
    target.is === 'kubelet' &&
    (speaker === 'kube-apiserver' || /proxy error from|Error proxying data from /.test(text))
  );
}

function nodeOf(text: string): string | undefined {
  const [, ...names] =
    /(?:\bnode="|"node":\{"name":"|\bnodes "|node ")([\w.-]+)"|kubelet of ([\w.-]+)|from (?:Kubelet|node) (?!URL )([\w.-]+)[ :(]|\/api\/v1\/nodes\/(?:https?:)?([\w.-]+)(?::\d*)?\/proxy/.exec(
      text,
    ) ?? [];
  // Skips a match without letters or digits: the writer replaced the name by dots.
  return names.find((name) => name !== undefined && /\w/.test(name));
}

export function whereOf({ node, speaker, target }: Location, hop: HopName): Hop {
  return { hop, node, speaker, address: target.address };
}
