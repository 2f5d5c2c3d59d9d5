import { command } from '../../text/command.ts';
import type { Hop, HopName, LogSource, SentenceContext, Who } from './hop.ts';

/** Facts of a request without an answer; see kube/transport/error.ts. */
export interface TransportFacts {
  readonly stage: 'proxy' | 'connect' | 'handshake' | 'response' | 'body';
  /** Node's or OpenSSL's error code, or `timeout` for a limit of our own. */
  readonly code: string;
  readonly message: string;
  /** How much of a body that broke off came, in bytes. */
  readonly received?: { readonly bytes: number; readonly of: number | undefined } | undefined;
}

/** The time limits of a request that got no answer. */
export interface TimeLimits {
  /** For name resolution and connection, without the TLS handshake; undefined for `connectMs`. */
  readonly dialMs?: number;
  /** For name resolution, connection and TLS handshake together. */
  readonly connectMs: number;
  /** From there to the first byte of the response; for text, again from there to its end. */
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
export type Hints = (context: SentenceContext) => readonly string[];

/** Facts of a message before its cause is known. */
export interface Clues {
  readonly hop: HopName | undefined;
  readonly speaker: LogSource;
  readonly address: string | undefined;
  /** Whether a URL of TLS was asked for. */
  readonly isSecure?: boolean | undefined;
  /** Whether the text is about a stream to a pod that a client of the API opened. */
  readonly isStream?: boolean | undefined;
}

/** A form in which a cause shows. What it leaves out is that of its entry. */
export interface Pattern {
  /** In a message of a client or a server. Takes linear time: every repetition is bounded or cannot overlap the next. */
  readonly text?: RegExp;
  /** Matches a failed request of our own. */
  readonly transport?: (facts: TransportFacts, where: Hop) => boolean;
  /** Matches a response with a status of 400 or more. */
  readonly response?: (status: number, body: string) => boolean;
  readonly when?: (clues: Clues) => boolean;
  /**
   * Order of the search in a message. `first`: the matched text is not searched for other causes. `alone`: a match is the only
   * cause of the message. `last`: searched only if nothing else is found.
   */
  readonly priority?: 'first' | 'alone' | 'last';
  readonly hop?: HopName;
  readonly who?: Who;
  readonly sentence?: Words;
  readonly remedy?: Words;
  readonly hints?: Hints;
}

/** All that is known of one cause: how to recognize it, and what to say about it. */
export interface CauseEntry {
  /** The smaller, the earlier on the way to a response: of several causes, the earliest is explained first. */
  readonly rank: number;
  readonly layer: Layer;
  /** Error codes of Node, OpenSSL and llhttp that mean it at any stage. */
  readonly codes: readonly string[];
  /** Failed requests that mean it, whatever their code. */
  readonly transport?: (facts: TransportFacts) => boolean;
  /** Responses of 400 or more that mean it. */
  readonly response?: (status: number, body: string) => boolean;
  /** How Go, OpenSSL, curl, Node and we ourselves put it: the most specific first. */
  readonly texts: readonly Pattern[];
  /** How servers and kubectl put it in a response: the most specific first. Searched only where nothing else is found. */
  readonly responses: readonly (Pattern & { readonly priority?: 'first' })[];
  /** Messages as seen, for people; each is recognized as this cause. */
  readonly examples: readonly string[];
  /** Ends our own sentence: `cannot reach the kubelet of node-1 at 10.0.0.1:10250: …`. */
  readonly reason: string | ((facts: TransportFacts, limits: TimeLimits) => string);
  readonly sentence: Words;
  readonly remedy: Words;
  readonly hints: Hints;
  /** The cause that the same patterns mean at such a place; undefined if they mean this one. */
  readonly becomes?: (place: {
    /** Also where the hop is unknown. */
    readonly toKubelet: boolean;
    readonly port: number | undefined;
  }) => string | undefined;
}

/** Defaults of an entry without these fields, whose hints are only the next steps. */
export const usual = {
  codes: [],
  texts: [],
  responses: [],
  examples: [],
  hints: nextAlone,
} as const satisfies Partial<CauseEntry>;

/** An entry as it is written down. */
export type WrittenCause = Omit<CauseEntry, keyof typeof usual> &
  Partial<Pick<CauseEntry, keyof typeof usual>>;

/** Most sentences of failures before authorization end so. */
export const unchecked = 'permissions were not checked';
/** Sentences of failures after authorization end so. */
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
 * Whether it is of kubelets, the read-only one of them, that of cAdvisor in old ones, or one of KubeEdge's cloudcores in
 * front of them: they count from 10350.
 */
export function isKubeletPort(port: string): boolean {
  return /^102(?:50|55)$|^4194$|^1035\d$/.test(port);
}

/** Whether `HOST:PORT` is a port of a kubelet that serves without authentication. */
export function isReadOnlyPort(address: string): boolean {
  return address.endsWith(':10255') || isCadvisorPort(address);
}

/** Whether `HOST:PORT` is that of cAdvisor in a kubelet before 1.12. */
export function isCadvisorPort(address: string): boolean {
  return address.endsWith(':4194');
}

/** Words for kubelets alone. */
export function forKubelets(words: string): (context: SentenceContext) => string {
  return ({ toKubelet }) => (toKubelet ? words : '');
}

/** Only what comes next whatever the cause is. */
export function nextAlone({ next }: SentenceContext): readonly string[] {
  return next;
}
