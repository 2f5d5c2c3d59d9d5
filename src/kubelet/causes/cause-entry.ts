import { command } from '../../text/command.ts';
import type { Hop, HopName, SentenceContext, Speaker, Who } from './hop.ts';

/** Facts about a request to which no complete response came; see kube/transport/error.ts. */
export interface TransportFacts {
  readonly stage: 'proxy' | 'connect' | 'handshake' | 'response' | 'body';
  /** The error code of Node.js or OpenSSL, or `timeout` for a time limit of this program. */
  readonly code: string;
  readonly message: string;
  /** Number of received and expected bytes, if the connection ended within the body. */
  readonly received?: { readonly bytes: number; readonly of: number | undefined } | undefined;
}

export interface TimeLimits {
  /** Limit for name resolution and connection, without the TLS handshake; `connectMs` if undefined. */
  readonly dialMs?: number;
  /** Limit for name resolution, connection and TLS handshake together. */
  readonly connectMs: number;
  /**
   * Limit from the end of the TLS handshake to the first byte of the response. Receiving a text response may take the same time
   * again.
   */
  readonly responseMs: number;
}

/** The layer on which a request fails, from the lowest to the highest. */
export type Layer =
  | 'address'
  | 'proxy'
  | 'network'
  | 'tls'
  | 'http'
  | 'authentication'
  | 'authorization'
  | 'kubelet'
  | 'apiserver';

export type Words = string | ((context: SentenceContext) => string);
export type Hints = readonly string[] | ((context: SentenceContext) => readonly string[]);

export interface Clues {
  readonly hop: HopName | undefined;
  readonly speaker: Speaker;
  readonly address: string | undefined;
  readonly isSecure?: boolean | undefined;
  /** Whether the text is from a client of the API server that tried exec, attach or port-forward. */
  readonly isStream?: boolean | undefined;
}

/** One error message by which a cause is recognized. If a field is absent here, the field of the cause's entry applies. */
export interface Pattern {
  /**
   * Matches a message of a client or a server. It must run in linear time: every repetition is bounded, or cannot overlap the next
   * one.
   */
  readonly text?: RegExp;
  readonly transport?: (facts: TransportFacts, where: Hop) => boolean;
  readonly response?: (status: number, body: string) => boolean;
  readonly when?: (clues: Clues) => boolean;
  /**
   * When the pattern is applied to a message. `first`: before the other patterns, which then ignore the matched text. `alone`: if
   * this pattern matches, the message has no other cause. `last`: only if no other pattern matches.
   */
  readonly priority?: 'first' | 'alone' | 'last';
  /** The hop of a response with these words; in `texts` without `when` that of every message with them, whatever else it names. */
  readonly hop?: HopName;
  readonly who?: Who;
  readonly sentence?: Words;
  readonly remedy?: Words;
  readonly hints?: Hints;
}

/** Another error in the same text. */
interface OtherError {
  readonly cause: string;
  readonly component: Who;
  readonly hop: HopName;
}

export interface CauseEntry {
  /**
   * Position of the cause among the steps from the request to its response, which no other cause has. If several causes are found, the
   * one with the smallest rank is explained first.
   */
  readonly rank: number;
  readonly layer: Layer;
  /** If another cause of a kubelet is found in the text, this one is left out, because the other says why. */
  readonly isLesser?: true;
  /** Whether an error of this cause on this hop is left out beside the other error, because that says more. */
  readonly yieldsTo?: (other: OtherError, hop: HopName) => boolean;
  /**
   * Words of its texts. The anchors of all causes together are one expression: `explain` looks at no text that it does not match.
   * Plain words stand first, because they are searched faster.
   */
  readonly anchors?: RegExp;
  /** Error codes of Node.js, OpenSSL and llhttp that mean this cause at every stage except `proxy`. */
  readonly codes: readonly string[];
  /** Matches failed requests that mean this cause, whatever their error code. */
  readonly transport?: (facts: TransportFacts) => boolean;
  /** Matches responses with a status of 400 or more that mean this cause. */
  readonly response?: (status: number, body: string) => boolean;
  /** Messages of Go, OpenSSL, curl, Node and this program that mean this cause, the most specific first. */
  readonly texts: readonly Pattern[];
  /**
   * Words of servers and kubectl about a response, the most specific first. They are searched only if no pattern in `texts`
   * matches.
   */
  readonly responses: readonly (Pattern & { readonly priority?: 'first' })[];
  /**
   * Real messages that are shown to users. A test checks that each is recognized as this cause, alone or as the error of a request to a
   * kubelet.
   */
  readonly examples: readonly string[];
  /**
   * End of the sentence that says which request of this program failed, after `cannot reach the kubelet of node-1 at
   * 10.0.0.1:10250: `.
   */
  readonly reason: string | ((facts: TransportFacts, limits: TimeLimits) => string);
  readonly sentence: Words;
  readonly remedy: Words;
  readonly hints: Hints;
  /** Returns the other cause that the same messages mean at this port or on this hop; undefined if they mean this cause. */
  readonly becomes?: (place: {
    /** True if the request went to a kubelet, or if the hop is unknown. */
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

/** Last clause of most sentences about failures before authorization. */
export const unchecked = 'permissions were not checked';
/** Last clause of sentences about failures after authorization. */
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
 * Whether kubelets usually serve at this port: 10250, the read-only port 10255, or cAdvisor's port 4194 in old kubelets. Also true
 * from 10350 to 10359, the ports of KubeEdge's cloudcores, which forward requests to kubelets.
 */
export function isKubeletPort(port: string): boolean {
  return /^102(?:50|55)$|^4194$|^1035\d$/.test(port);
}

/** Whether `HOST:PORT` has a port at which kubelets serve without authentication. */
export function isReadOnlyPort(address: string): boolean {
  return address.endsWith(':10255') || isCadvisorPort(address);
}

/** Whether `HOST:PORT` has the port at which kubelets before 1.12 served cAdvisor. */
export function isCadvisorPort(address: string): boolean {
  return address.endsWith(':4194');
}

export function forKubelets(words: string): (context: SentenceContext) => string {
  return ({ toKubelet }) => (toKubelet ? words : '');
}

export function nextAlone({ next }: SentenceContext): readonly string[] {
  return next;
}
