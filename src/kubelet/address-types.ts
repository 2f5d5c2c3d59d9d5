import { joinWords, summarize } from '../text/list.ts';
import { defaultAddressTypes } from './address.ts';
import type { Verification } from './certificate.ts';

/** A kubelet, and the names of its node by which clients may call it. */
export interface NamedKubelet {
  readonly node: string;
  /** As in the Node object. Clients take the first of a type. */
  readonly addresses: readonly { readonly type: string; readonly address: string }[];
  /** Undefined if no certificate was read. */
  readonly certificate:
    | {
        readonly verification: Verification;
        /** Addresses of the node that the certificate names. */
        readonly covered: readonly string[];
        /** Whether it names the node itself. */
        readonly namesNode: boolean;
      }
    | undefined;
}

/** Stands for the name of the Node object beside the types of its addresses: pods get it as `spec.nodeName`. */
export const nodeName = 'name';

/** Types in the order in which they are preferred, then the name of the node. */
const namedTypes: readonly string[] = [...defaultAddressTypes, nodeName];

/** Whether a CA vouches for a certificate, whatever it names; undefined if that is unknown. */
export function isChainTrusted(verification: Verification): boolean | undefined {
  switch (verification.result) {
    case 'verified':
      return true;
    case 'refused':
      return verification.cause === 'name mismatch';
    default:
      return undefined;
  }
}

/**
 * Whether a client with the CA accepts the kubelet by its address of a type; undefined if the node has none, or if that is
 * unknown.
 */
export function isVerifiedBy(kubelet: NamedKubelet, type: string): boolean | undefined {
  const { certificate } = kubelet;
  const address = addressOf(kubelet, type);
  if (!certificate || address === undefined) return undefined;
  const isTrusted = isChainTrusted(certificate.verification);
  const isNamed = type === nodeName ? certificate.namesNode : certificate.covered.includes(address);
  return isTrusted && isNamed;
}

function addressOf({ node, addresses }: NamedKubelet, type: string): string | undefined {
  return type === nodeName ? node : addresses.find((each) => each.type === type)?.address;
}

/** How many nodes a type verifies. */
interface TypeCount {
  readonly type: string;
  readonly verified: number;
  /** The nodes that it does not verify, or that have no address of it. */
  readonly others: readonly string[];
}

/** By which addresses all kubelets verify whose certificates are known. */
export interface VerifiedTypes {
  /** Nodes whose certificates are known. */
  readonly nodes: readonly string[];
  /** Nodes of which nothing is known. */
  readonly unknown: readonly string[];
  /** Types that some node has, in the order of preference. Without the name of the node. */
  readonly counts: readonly TypeCount[];
  /** The types that verify all, in the order of preference; with the name of the node last. */
  readonly onAll: readonly string[];
  /** Types with IPv6 addresses, of all nodes or of some. */
  readonly ipv6: ReadonlyMap<string, 'all' | 'some'>;
}

export function verifiedTypes(kubelets: readonly NamedKubelet[]): VerifiedTypes {
  const [known = [], unknown = []] = [true, false].map((wanted) =>
    kubelets.filter(({ certificate }) => {
      const isKnown = certificate && isChainTrusted(certificate.verification) !== undefined;
      return (isKnown ?? false) === wanted;
    }),
  );
  const counts = namedTypes
    .filter((type) => known.some((each) => addressOf(each, type) !== undefined))
    .map((type) => {
      const others = known.filter((each) => isVerifiedBy(each, type) !== true);
      return {
        type,
        verified: known.length - others.length,
        others: others.map(({ node }) => node),
      };
    });
  const ipv6 = new Map<string, 'all' | 'some'>();
  for (const { type } of counts) {
    const long = known.filter((each) => addressOf(each, type)?.includes(':'));
    if (long.length > 0) ipv6.set(type, long.length === known.length ? 'all' : 'some');
  }
  return {
    nodes: known.map(({ node }) => node),
    unknown: unknown.map(({ node }) => node),
    counts: counts.filter(({ type }) => type !== nodeName),
    onAll: counts.filter(({ others }) => others.length === 0).map(({ type }) => type),
    ipv6,
  };
}

/** `certificates verify by InternalIP or the node name on all 3 nodes` */
export function describeVerified({ onAll, nodes, unknown }: VerifiedTypes): string {
  const by = joinWords(onAll.map(wordOfType), 'or');
  return `certificates verify by ${by} on ${allOf(nodes)}${exceptFor(unknown)}`;
}

export function wordOfType(type: string): string {
  return type === nodeName ? 'the node name' : type;
}

/** `all 3 nodes`, or the only one. */
export function allOf(nodes: readonly string[]): string {
  return nodes.length === 1 ? String(nodes[0]) : `all ${nodes.length} nodes`;
}

const mostNames = 5;

/** Names the nodes of which nothing is known. */
export function exceptFor(unknown: readonly string[]): string {
  return unknown.length === 0 ? '' : `; unknown of ${summarize(unknown, mostNames)}`;
}

/** Whether a certificate has the common name that KubeletCertCNValidation wants (kubernetes/enhancements#4872). */
export function hasNodeName(commonName: string, node: string): boolean {
  return commonName === `system:node:${node}`;
}
