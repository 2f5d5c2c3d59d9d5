import type { PolicyRule } from '../../objects.ts';
import type { Cause } from '../cause.ts';

/** Who said no, or what failed before anybody could. */
export type Who =
  | 'kubelet'
  | 'API server'
  | 'admission webhook'
  | 'something in between'
  | 'network'
  | 'TLS'
  | 'client'
  | 'not told';

/** The leg on which it happened. Where a text fits two of them, both are named, or none. */
export type ExplainedHop =
  | 'caller -> API server'
  | 'API server -> kubelet'
  | 'caller -> kubelet'
  | 'caller or API server -> kubelet'
  | 'kubelet -> API server'
  | 'API server -> konnectivity'
  | 'API server -> webhook'
  | 'API server -> aggregated API'
  | 'not told';

/** What one error in a pasted text comes to. */
export interface Finding {
  readonly who: Who;
  readonly hop: ExplainedHop;
  readonly cause: Cause;
  /** Who was refused, as the text names them. */
  readonly identity?: string | undefined;
  /** One or two sentences without a full stop at the end. */
  readonly why: string;
  /** What would have to be allowed; only where a rule helps at all. */
  readonly missingRule?: PolicyRule | undefined;
  readonly node?: string | undefined;
  /** `HOST:PORT` or HOST. */
  readonly address?: string | undefined;
  /** The words that it was recognised by. */
  readonly evidence: string;
  /** To be pasted as they stand, unless they hold a word in capitals. */
  readonly commands: readonly string[];
}

/** What is told of an error, wherever it was found. */
export type Explained = Omit<Finding, 'evidence' | 'node' | 'address'>;

/** What `status --explain` tells; printed as it is with -o json and -o yaml. */
export interface Explanation extends Finding {
  readonly apiVersion: 'kubeletaccess/v1';
  readonly kind: 'KubeletErrorExplanation';
}
