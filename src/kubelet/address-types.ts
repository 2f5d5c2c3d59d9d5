import { joinWords, summarize } from '../text/list.ts';
import { defaultAddressTypes } from './address.ts';
import type { Verification } from './certificate.ts';

export interface NamedKubelet {
  readonly node: string;
  /** Addresses of the Node object. If several have one type, clients use the first. */
  readonly addresses: readonly { readonly type: string; readonly address: string }[];
  readonly certificate:
    | {
        readonly verification: Verification;
        readonly covered: readonly string[];
        readonly namesNode: boolean;
      }
    | undefined;
}

/** Additional address type for the name of the Node object, which pods get as `spec.nodeName`. */
export const nodeName = 'name';

const namedTypes: readonly string[] = [...defaultAddressTypes, nodeName];

/** Whether a trusted CA signed the certificate, even if the certificate lacks the kubelet's address; undefined if unknown. */
export function isChainTrusted(verification: Verification): boolean | undefined {
  switch (verification.result) {
    case 'verified':
      return true;
    case 'refused':
      return verification.cause === 'name-mismatch';
    default:
      return undefined;
  }
}

/**
 * Whether a client that trusts the CA can verify the kubelet by its address of this type. Undefined if the node has no address of
 * this type, or if the certificate is unknown.
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

interface TypeCount {
  readonly type: string;
  readonly verified: number;
  /** Nodes that have no address of this type, or whose certificate does not contain the address. */
  readonly others: readonly string[];
}

/** Address types by which clients can verify the kubelets whose certificates are known. */
export interface VerifiedTypes {
  readonly nodes: readonly string[];
  readonly unknown: readonly string[];
  /** One entry for each address type that a node has, in the order of preference. The node name has no entry. */
  readonly counts: readonly TypeCount[];
  /** Types by which clients can verify all kubelets, in the order of preference; the name of the node comes last. */
  readonly onAll: readonly string[];
  /** Address types by which some nodes have IPv6 addresses. The value is `all` if every node has an IPv6 address of the type. */
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

export function describeVerified({ onAll, nodes, unknown }: VerifiedTypes): string {
  const by = joinWords(onAll.map(wordOfType), 'or');
  return `certificates verify by ${by} on ${allOf(nodes)}${exceptFor(unknown)}`;
}

export function wordOfType(type: string): string {
  return type === nodeName ? 'the node name' : type;
}

export function allOf(nodes: readonly string[]): string {
  return nodes.length === 1 ? String(nodes[0]) : `all ${nodes.length} nodes`;
}

const mostNames = 5;

export function exceptFor(unknown: readonly string[]): string {
  return unknown.length === 0 ? '' : `; unknown of ${summarize(unknown, mostNames)}`;
}

/** Whether a certificate has the common name that KubeletCertCNValidation requires (kubernetes/enhancements#4872). */
export function hasNodeName(commonName: string, node: string): boolean {
  return commonName === `system:node:${node}`;
}
