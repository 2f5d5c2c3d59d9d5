import { command, type Part, part } from '../../text/command.ts';
import type { KubeletDenial } from '../denial.ts';
import type { ResourceRule } from '../missing-permission.ts';

/** The program that denied a request, or the component that made it fail before authorization. */
export type Who =
  | 'kubelet'
  | 'apiserver'
  | 'admission-webhook'
  | 'proxy-or-aggregated-api'
  | 'network'
  | 'tls'
  | 'client'
  | 'unknown';

/**
 * The connection on which the request failed, named by client and server. If a text fits two connections, the name contains both
 * clients, or is `unknown`. `none`: the host or the kubelet itself failed, before any connection.
 */
export type HopName =
  | 'caller-to-apiserver'
  | 'apiserver-to-kubelet'
  | 'caller-to-kubelet'
  | 'caller-or-apiserver-to-kubelet'
  | 'kubelet-to-apiserver'
  | 'apiserver-to-konnectivity'
  | 'apiserver-to-webhook'
  | 'apiserver-to-aggregated-api'
  | 'kubelet-to-container-runtime'
  | 'none'
  | 'unknown';

/** The program that wrote a log line; `other` if unknown. */
export type Speaker = 'kubelet' | 'kube-apiserver' | 'agent' | 'curl' | 'other';

export interface Hop {
  readonly hop: HopName;
  /** `HOST:PORT` or HOST. */
  readonly address?: string | undefined;
  readonly node?: string | undefined;
  readonly speaker?: Speaker | undefined;
  /**
   * The user that the caller's credential names. Null if only a server can determine the user; undefined if this program sent no
   * request.
   */
  readonly caller?: string | null | undefined;
  readonly denial?: KubeletDenial | undefined;
}

export function optionOf({ node, address }: Hop): Part {
  return node === undefined ? part`--kubelet-address ${address ?? 'HOST'}` : part`--node ${node}`;
}

/** A hop with the words for a sentence about it. `from` and `to` name the client and the server. */
export interface SentenceContext extends Hop {
  /** The words by which the cause was recognized; undefined if no text was searched. */
  readonly evidence?: string;
  readonly from: string;
  readonly to: string;
  /** ` at HOST:PORT`, or empty. */
  readonly at: string;
  readonly toKubelet: boolean;
  /** The value of --node in commands: the node's name, or NODE. */
  readonly nodeWord: string;
  readonly next: readonly string[];
}

export interface Description {
  readonly who: Who;
  readonly sentence: string;
  /** The remedy as a sentence; empty if the commands in `hints` are enough. */
  readonly remedy: string;
  /** Commands to copy and paste; words in capitals are placeholders. */
  readonly hints: readonly string[];
  readonly missingRule?: ResourceRule | undefined;
}

/** Shows the certificate of the server at `HOST:PORT`. */
export function certificateCommand(address: string): string {
  return command`openssl s_client -connect ${address} -showcerts </dev/null`;
}

export const statusCommand = 'kubectl kubeletaccess status';

export function checkCommand(agent: string): string {
  return command`kubectl kubeletaccess check ${agent}`;
}
export const whoami = 'kubectl auth whoami';
/** Shows the API server's address in the kubeconfig, without sending a request. */
export const checkServer = 'kubectl config view --minify';
export const kubeletLogCommand = 'journalctl -u kubelet --since -10min';
const lastLines = 'journalctl -u kubelet -n 100 --no-pager';
/** Explains, on the node, why its kubelet does not start. */
export const explainLogCommand = `${lastLines} | kubectl kubeletaccess explain -`;

/** The same from the caller's machine. */
export function explainLogOf({ nodeWord }: SentenceContext): string {
  return command`ssh ${nodeWord} ${{ words: explainLogCommand }}`;
}

// Errors of a kubelet's connection to its container runtime. Since 1.36, the kubelet is a client of the runtime; before, it was a
// proxy. The runtime listens on the loopback address of the node, at which no client calls a kubelet.
const runtimeStream =
  /"?\/\/\S{1,100}\/cri\/(?:exec|attach|portforward)\/|Post "?https?:\/\/(?:127\.0\.0\.1|\[::1?\]):(?!10250\b)\d{1,5}\/(?:exec|attach|portforward)\/|error dialing backend: dial tcp (?:127\.0\.0\.1|\[::1\]):(?!10250\b)\d{1,5}: |(?<![\w-])server\.go:\d{1,5}\] "?Error while proxying request\b|Error proxying data from (?:client to backend|backend to client): [^\n]{0,80}?->(?:127\.0\.0\.1|\[::1\]):(?!10250\b)\d{1,5}: /;

export function isRuntimeStream(text: string): boolean {
  return runtimeStream.test(text);
}

const ends: Readonly<Record<HopName, { readonly from: string; readonly to: string }>> = {
  'caller-to-apiserver': { from: 'the client', to: 'the API server' },
  'apiserver-to-kubelet': { from: 'kube-apiserver', to: 'the kubelet' },
  'caller-to-kubelet': { from: 'the client', to: 'the kubelet' },
  'caller-or-apiserver-to-kubelet': {
    from: 'the client (your machine or kube-apiserver)',
    to: 'the kubelet',
  },
  'kubelet-to-apiserver': { from: 'the kubelet', to: 'the API server' },
  'apiserver-to-konnectivity': { from: 'kube-apiserver', to: 'konnectivity' },
  'apiserver-to-webhook': { from: 'kube-apiserver', to: 'the webhook' },
  'apiserver-to-aggregated-api': {
    from: 'kube-apiserver',
    to: 'the server behind an APIService (such as metrics-server)',
  },
  'kubelet-to-container-runtime': { from: 'the kubelet', to: 'the container runtime' },
  none: { from: 'the kubelet', to: 'its host' },
  unknown: { from: 'the client', to: 'the server (the text does not name it)' },
};

const hopsToKubelet: readonly HopName[] = [
  'apiserver-to-kubelet',
  'caller-to-kubelet',
  'caller-or-apiserver-to-kubelet',
];

export function isToKubelet(hop: HopName): boolean {
  return hopsToKubelet.includes(hop);
}

const nextCommands: Partial<Record<HopName, readonly string[]>> = {
  'caller-to-apiserver': ['kubectl cluster-info'],
  'kubelet-to-apiserver': [kubeletLogCommand],
  'apiserver-to-webhook': [
    'kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations',
  ],
  'apiserver-to-aggregated-api': [
    'kubectl get apiservices',
    'kubectl -n kube-system get pods -o wide',
  ],
  'kubelet-to-container-runtime': ['kubectl get nodes -o wide', kubeletLogCommand],
};

export function sentenceContext(where: Hop): SentenceContext {
  const { hop, address, node, speaker } = where;
  // If no log contains the error, it is an error of this program.
  const isOwn = hop === 'caller-to-apiserver' && speaker === undefined;
  return {
    ...where,
    ...ends[hop],
    at: address === undefined ? '' : ` at ${address}`,
    toKubelet: isToKubelet(hop),
    nodeWord: node ?? 'NODE',
    next: isOwn ? [checkServer] : (nextCommands[hop] ?? [statusCommand]),
  };
}
