import { type Part, part } from '../../text/command.ts';
import type { KubeletDenial } from '../denial.ts';
import type { ResourceRule } from '../missing-permission.ts';

/** The program that denied a request, or the part that failed before authorization. */
export type Who =
  | 'kubelet'
  | 'API server'
  | 'admission webhook'
  | 'proxy or aggregated API'
  | 'network'
  | 'TLS'
  | 'client'
  | 'unknown';

/** The leg on which it happened. Where a text fits two of them, both are named, or none. */
export type HopName =
  | 'caller -> API server'
  | 'API server -> kubelet'
  | 'caller -> kubelet'
  | 'caller or API server -> kubelet'
  | 'kubelet -> API server'
  | 'API server -> konnectivity'
  | 'API server -> webhook'
  | 'API server -> aggregated API'
  | 'kubelet -> container runtime'
  | 'unknown';

/** Writer of a line: the kubelet, an agent that calls kubelets, and so on. */
export type LogSource = 'kubelet' | 'kube-apiserver' | 'agent' | 'curl' | 'other';

/** Where a cause was met, as far as that is known. */
export interface Hop {
  readonly hop: HopName;
  /** `HOST:PORT` or HOST. */
  readonly address?: string | undefined;
  readonly node?: string | undefined;
  readonly speaker?: LogSource | undefined;
  /** The user whom the caller's credential names; null where only a server can tell, undefined where there was no call. */
  readonly caller?: string | null | undefined;
  /** The denial by a kubelet. */
  readonly denial?: KubeletDenial | undefined;
}

/** The option that names the kubelet of a hop: `--node node-1`, or `--address HOST:PORT` of one that was not looked up. */
export function optionOf({ node, address }: Hop): Part {
  return node === undefined ? part`--address ${address ?? 'HOST'}` : part`--node ${node}`;
}

/** The same with what sentences need: `from` and `to` name the two ends of the hop. */
export interface SentenceContext extends Hop {
  /** The words in which the cause showed, where there are any. */
  readonly evidence?: string;
  readonly from: string;
  readonly to: string;
  /** ` at HOST:PORT`, or empty. */
  readonly at: string;
  readonly toKubelet: boolean;
  /** Follows --node in commands: the name, or NODE. */
  readonly nodeWord: string;
  /** Commands to run next, whatever the cause is. */
  readonly next: readonly string[];
}

/** A cause, described for the place where it was found. */
export interface Description {
  readonly who: Who;
  /** One or two sentences without a full stop at the end. */
  readonly sentence: string;
  /** The remedy in words; empty where the hints say it all. */
  readonly remedy: string;
  /** Commands to paste as they are, unless they hold a word in capitals. */
  readonly hints: readonly string[];
  /** Only where a rule helps. */
  readonly missingRule?: ResourceRule | undefined;
}

export const statusCommand = 'kubectl kubeletaccess status';
export const whoami = 'kubectl auth whoami';
/** Shows where the API server is to be, and asks nobody. */
export const checkServer = 'kubectl config view --minify';
export const kubeletLogCommand = 'journalctl -u kubelet --since -10min';

// kubelets of 1.36 and later stream from the runtime themselves; earlier ones pass on what connects to it. Its server is on the
// node, where no kubelet is called by that address.
const runtimeStream =
  /"?\/\/\S{1,100}\/cri\/(?:exec|attach|portforward)\/|Post "?https?:\/\/(?:127\.0\.0\.1|\[::1?\]):(?!10250\b)\d{1,5}\/(?:exec|attach|portforward)\/|error dialing backend: dial tcp (?:127\.0\.0\.1|\[::1\]):(?!10250\b)\d{1,5}: |(?<![\w-])server\.go:\d{1,5}\] "?Error while proxying request\b|Error proxying data from (?:client to backend|backend to client): [^\n]{0,80}?->(?:127\.0\.0\.1|\[::1\]):(?!10250\b)\d{1,5}: /;

/** Whether a text is about the connection from a kubelet to its container runtime. */
export function isRuntimeStream(text: string): boolean {
  return runtimeStream.test(text);
}

const ends: Readonly<Record<HopName, { readonly from: string; readonly to: string }>> = {
  'caller -> API server': { from: 'the client', to: 'the API server' },
  'API server -> kubelet': { from: 'kube-apiserver', to: 'the kubelet' },
  'caller -> kubelet': { from: 'the client', to: 'the kubelet' },
  'caller or API server -> kubelet': {
    from: 'the client (your machine or kube-apiserver)',
    to: 'the kubelet',
  },
  'kubelet -> API server': { from: 'the kubelet', to: 'the API server' },
  'API server -> konnectivity': { from: 'kube-apiserver', to: 'konnectivity' },
  'API server -> webhook': { from: 'kube-apiserver', to: 'the webhook' },
  'API server -> aggregated API': {
    from: 'kube-apiserver',
    to: 'the server behind an APIService (such as metrics-server)',
  },
  'kubelet -> container runtime': { from: 'the kubelet', to: 'the container runtime' },
  unknown: { from: 'the client', to: 'the server (the text does not name it)' },
};

const nextCommands: Partial<Record<HopName, readonly string[]>> = {
  'caller -> API server': ['kubectl cluster-info'],
  'kubelet -> API server': [kubeletLogCommand],
  'API server -> webhook': [
    'kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations',
  ],
  'API server -> aggregated API': [
    'kubectl get apiservices',
    'kubectl -n kube-system get pods -o wide',
  ],
  'kubelet -> container runtime': ['kubectl get nodes -o wide', kubeletLogCommand],
};

export function sentenceContext(where: Hop): SentenceContext {
  const { hop, address, node, speaker } = where;
  // Without words of others it is this program that could not reach it.
  const isOwn = hop === 'caller -> API server' && speaker === undefined;
  return {
    ...where,
    ...ends[hop],
    at: address === undefined ? '' : ` at ${address}`,
    toKubelet: hop.endsWith('-> kubelet'),
    nodeWord: node ?? 'NODE',
    next: isOwn ? [checkServer] : (nextCommands[hop] ?? [statusCommand]),
  };
}
