import { command } from '../../text/command.ts';
import type { Hop, HopName, LogSource, SentenceContext, Who } from './hop.ts';

/** Facts about a request that got no complete response; see kube/transport/error.ts. */
export interface TransportFacts {
  readonly stage: 'proxy' | 'connect' | 'handshake' | 'response' | 'body';
  /** The error code of Node.js or OpenSSL, or `timeout` for a time limit of this program. */
  readonly code: string;
  readonly message: string;
  /** Received and expected bytes of a body that broke off. */
  readonly received?: { readonly bytes: number; readonly of: number | undefined } | undefined;
}

export interface TimeLimits {
  /** Limit for name resolution and connection, without the TLS handshake; `connectMs` if undefined. */
  readonly dialMs?: number;
  /** Limit for name resolution, connection and TLS handshake together. */
  readonly connectMs: number;
  /** Limit from the end of the handshake to the first byte of the response. A text may take the same time again to its end. */
  readonly responseMs: number;
}

/** The layer that fails, from the bottom up. */
export type Layer =
  | 'address'
  | 'proxy'
  | 'network'
  | 'TLS'
  | 'HTTP'
  | 'authentication'
  | 'authorization'
  | 'kubelet'
  | 'API server';

export type Words = string | ((context: SentenceContext) => string);
export type Hints = readonly string[] | ((context: SentenceContext) => readonly string[]);

export interface Clues {
  readonly hop: HopName | undefined;
  readonly speaker: LogSource;
  readonly address: string | undefined;
  /** Whether the URL of the request begins with https://. */
  readonly isSecure?: boolean | undefined;
  /** Whether the text is about a client of the API server that opened a stream to a pod. */
  readonly isStream?: boolean | undefined;
}

/** One wording of a cause. A field that is absent here is taken from the entry of the cause. */
export interface Pattern {
  /** Matches a message of a client or a server. Takes linear time: every repetition is bounded or cannot overlap the next. */
  readonly text?: RegExp;
  readonly transport?: (facts: TransportFacts, where: Hop) => boolean;
  readonly response?: (status: number, body: string) => boolean;
  readonly when?: (clues: Clues) => boolean;
  /**
   * Priority of the pattern in a message. `first`: the matched text is not searched for other causes. `alone`: a match is the only
   * cause of the message. `last`: searched only if no other pattern matches.
   */
  readonly priority?: 'first' | 'alone' | 'last';
  readonly hop?: HopName;
  readonly who?: Who;
  readonly sentence?: Words;
  readonly remedy?: Words;
  readonly hints?: Hints;
}

/** The description of one cause: the patterns by which it is recognized, and the sentences about it. */
export interface CauseEntry {
  /** Position of the cause on the way to a response. Of several causes, the one with the smallest rank is explained first. */
  readonly rank: number;
  readonly layer: Layer;
  /** Error codes of Node, OpenSSL and llhttp that mean this cause at any stage. */
  readonly codes: readonly string[];
  /** Matches failed requests that mean this cause with any error code. */
  readonly transport?: (facts: TransportFacts) => boolean;
  /** Matches responses with a status of 400 or more that mean this cause. */
  readonly response?: (status: number, body: string) => boolean;
  /** Messages of Go, OpenSSL, curl, Node and this program that mean this cause, the most specific first. */
  readonly texts: readonly Pattern[];
  /** Words of servers and kubectl in a response, the most specific first. Searched only if nothing else is found. */
  readonly responses: readonly (Pattern & { readonly priority?: 'first' })[];
  /** Real messages to show to people; each is recognized as this cause. */
  readonly examples: readonly string[];
  /** End of the sentence about a failed request of this program: `cannot reach the kubelet of node-1 at 10.0.0.1:10250: …`. */
  readonly reason: string | ((facts: TransportFacts, limits: TimeLimits) => string);
  readonly sentence: Words;
  readonly remedy: Words;
  readonly hints: Hints;
  /** Returns another cause that the same patterns mean at this port or on this hop; undefined if there is none. */
  readonly becomes?: (place: {
    /** Whether the request went to a kubelet, or the hop is unknown. */
    readonly toKubelet: boolean;
    readonly port: number | undefined;
  }) => string | undefined;
}

export const usual = {
  codes: [],
  texts: [],
  responses: [],
  examples: [],
  hints: nextAlone,
} as const satisfies Partial<CauseEntry>;

export type WrittenCause = Omit<CauseEntry, keyof typeof usual> &
  Partial<Pick<CauseEntry, keyof typeof usual>>;

/** End of most sentences about failures before authorization. */
export const unchecked = 'permissions were not checked';
/** End of sentences about failures after authorization. */
export const allowed = 'permissions are not involved';

export const useApiServer = 'go through the API server (--via apiserver)';
export const wrongServer = 'check which node has that address: kubectl get nodes -o wide';
export const restart =
  'on the node: check the log (journalctl -u kubelet), and restart the kubelet if it hangs';

export function seconds(ms: number): string {
  return `${ms / 1000} s`;
}

export const readOnlyRemedy =
  'use port 10250 with a credential, and leave the read-only port off; the kubelet itself may be running';

export const readOnlyHints: Hints = ({ nodeWord }) => [
  command`kubectl kubeletaccess curl PATH --node ${nodeWord}`,
];

/**
 * Whether a port is a kubelet's: 10250, the read-only port 10255, cAdvisor's port 4194 in old kubelets, or the port of one of
 * KubeEdge's cloudcores in front of kubelets, which count from 10350.
 */
export function isKubeletPort(port: string): boolean {
  return /^102(?:50|55)$|^4194$|^1035\d$/.test(port);
}

/** Whether `HOST:PORT` is a port of a kubelet that serves without authentication. */
export function isReadOnlyPort(address: string): boolean {
  return address.endsWith(':10255') || isCadvisorPort(address);
}

/** Whether `HOST:PORT` has the port of cAdvisor in a kubelet before 1.12. */
export function isCadvisorPort(address: string): boolean {
  return address.endsWith(':4194');
}

/** Makes a remedy for requests to kubelets only. */
export function forKubelets(words: string): (context: SentenceContext) => string {
  return ({ toKubelet }) => (toKubelet ? words : '');
}

export function nextAlone({ next }: SentenceContext): readonly string[] {
  return next;
}
