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

const mostNames = 3;

/** Key usages that a serving certificate must have. A request with an RSA key may also ask for `optionalUsage`. */
const requiredUsages = ['digital signature', 'server auth'];
const optionalUsage = 'key encipherment';

/**
 * Returns the reasons not to approve a kubelet's request for a serving certificate. Empty if the request asks only for names and
 * addresses of its node.
 * Source: ValidateKubeletServingCSR of kubernetes pkg/apis/certificates/helpers.go, which leaves names and addresses to the
 * approver.
 * @param nodesWith returns the names of the nodes with the given address
 */
export function judgeRequest(
  { requested, usages, groups }: AskedCertificate,
  name: string,
  nodesWith: (address: string) => readonly string[],
): readonly string[] {
  if (!requested) return ['its request cannot be read'];
  const { commonNames, organizations, dnsNames, ips, otherNames, otherExtensions, key } = requested;
  const asked = [...dnsNames, ...ips];
  const foreign = asked.filter((each) => !nodesWith(each).includes(name));
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
    foreign.map((each) => `${each} is not an address of ${name}`),
    shared,
    otherNames.map((each) => `it asks for ${each}`),
    otherExtensions.map((each) => `it asks for the extension ${each}`),
    unusual.map((each) => `it asks for usage ${each}`),
    lacking.map((each) => `it does not ask for usage ${each}`),
    isStrong(key) ? [] : `its key is ${key ?? 'of an unknown kind'}`,
  ].flat();
}

function quoted(values: readonly string[]): string {
  return values.length === 0 ? 'missing' : values.join(', ');
}

function isStrong(key = ''): boolean {
  const [, bits] = /^RSA (\d+)$/.exec(key) ?? [];
  return bits === undefined ? /^(?:EC P-\d+|Ed25519)$/.test(key) : Number(bits) >= 2048;
}
