import { summarize } from '../text/list.ts';

export interface RequestedCertificate {
  readonly commonNames: readonly string[];
  readonly organizations: readonly string[];
  readonly dnsNames: readonly string[];
  readonly ips: readonly string[];
  /** Subject alternative names other than DNS names and IP addresses, such as `URI spiffe://a`. */
  readonly otherNames: readonly string[];
  /** OIDs of requested extensions, without the subject alternative names. Kubelets request none. */
  readonly otherExtensions: readonly string[];
  /** Type of the public key, such as `EC P-256`, `RSA 2048` or `Ed25519`; undefined if unknown. */
  readonly key: string | undefined;
}

export interface AskedCertificate {
  /** The parsed certificate signing request; undefined if it cannot be parsed. */
  readonly requested: RequestedCertificate | undefined;
  readonly usages: readonly string[];
  readonly groups: readonly string[];
}

/** The node that made a request. */
export interface Requestor {
  readonly name: string;
  readonly isControlPlane: boolean;
}

/** Who has a name or an address in the cluster. */
export interface AddressOwners {
  /** Returns the names of the nodes with the address. */
  readonly nodesWith: (address: string) => readonly string[];
  /** Whether the address is a name or an address of the API server. */
  readonly isApiServer: (address: string) => boolean;
  /** Returns the service with the address, such as `default/kubernetes`. */
  readonly serviceWith: (address: string) => string | undefined;
}

const mostNames = 3;

/** Key usages that a serving certificate must have. A request with an RSA key may also ask for `optionalUsage`. */
const requiredUsages = ['digital signature', 'server auth'];
const optionalUsage = 'key encipherment';

/**
 * Returns the reasons not to approve a kubelet's request for a serving certificate. Empty if the request asks only for names and
 * addresses of its node. A kubelet can write any address into its Node object, so that names and addresses of others are reasons
 * even if the Node object has them.
 * Source: ValidateKubeletServingCSR of kubernetes pkg/apis/certificates/helpers.go, which leaves names and addresses to the
 * approver.
 */
export function judgeRequest(
  { requested, usages, groups }: AskedCertificate,
  node: Requestor,
  owners: AddressOwners,
): readonly string[] {
  if (!requested) return ['its request cannot be read'];
  const { commonNames, organizations, dnsNames, ips, otherNames, otherExtensions, key } = requested;
  const { name } = node;
  const { nodesWith } = owners;
  const asked = [...dnsNames, ...ips];
  const reserved = asked.flatMap((each) => {
    const use = reservedUse(each, node, owners);
    return use === undefined ? [] : { each, use };
  });
  const foreign = asked.filter(
    (each) => !nodesWith(each).includes(name) && !reserved.some((other) => other.each === each),
  );
  const shared = asked.flatMap((each) => {
    const others = nodesWith(each).filter((other) => other !== name);
    return others.length === 0
      ? []
      : `${each} is an address of ${summarize(others, mostNames)} as well`;
  });
  const unusual = usages.filter((each) => !requiredUsages.includes(each) && each !== optionalUsage);
  const lacking = requiredUsages.filter((each) => !usages.includes(each));
  return [
    groups.includes('system:nodes') ? [] : 'it was made by no member of system:nodes',
    commonNames.join() === `system:node:${name}`
      ? []
      : `its common name is ${quoted(commonNames)}, not system:node:${name}`,
    organizations.join() === 'system:nodes'
      ? []
      : `its organization is ${quoted(organizations)}, not system:nodes`,
    asked.length === 0 ? 'it asks for no name or address' : [],
    reserved.map(({ each, use }) => `${each} is ${use}`),
    foreign.map((each) => `${each} is not an address of ${name}`),
    shared,
    otherNames.map((each) => `it asks for ${each}`),
    otherExtensions.map((each) => `it asks for the extension ${each}`),
    unusual.map((each) => `it asks for usage ${each}`),
    lacking.map((each) => `it does not ask for usage ${each}`),
    isStrong(key) ? [] : `its key is ${key ?? 'of an unknown kind'}`,
  ].flat();
}

/** Returns who has a name or an address that no kubelet may have, or undefined. */
function reservedUse(
  address: string,
  { name, isControlPlane }: Requestor,
  { nodesWith, isApiServer, serviceWith }: AddressOwners,
): string | undefined {
  const special = specialAddresses.find(([pattern]) => pattern.test(address));
  if (special) return special[1];
  const service = serviceWith(address);
  if (service !== undefined) return `an address of the service ${service}`;
  // The API server of kubeadm and k3s has the address of a control plane node.
  const isOwn = isControlPlane && nodesWith(address).includes(name);
  return isApiServer(address) && !isOwn ? 'an address of the API server' : undefined;
}

/** Names, and addresses in the form of parseIp, that no node has in a network. */
const specialAddresses: readonly (readonly [pattern: RegExp, use: string])[] = [
  [/\*/, 'a wildcard'],
  [/^kubernetes(?:\.default)?\.?$|\.svc(?:\.|$)/i, 'a name of a service'],
  [/^127\.|^::1$|(?:^|\.)localhost\.?$/i, 'a loopback address'],
  [/^0\.|^::$/, 'an unspecified address'],
  [/^169\.254\.|^fe[89ab][0-9a-f]:/i, 'a link-local address'],
  [/^2(?:2[4-9]|3\d)\.\d+\.|^ff[0-9a-f]{2}:/i, 'a multicast address'],
];

function quoted(values: readonly string[]): string {
  return values.length === 0 ? 'missing' : values.join(', ');
}

function isStrong(key = ''): boolean {
  const [, bits] = /^RSA (\d+)$/.exec(key) ?? [];
  return bits === undefined ? /^(?:EC P-\d+|Ed25519)$/.test(key) : Number(bits) >= 2048;
}
