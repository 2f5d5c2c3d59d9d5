import { summarize } from '../text/list.ts';

/** What a certificate signing request asks for. */
export interface RequestedCertificate {
  readonly commonNames: readonly string[];
  readonly organizations: readonly string[];
  readonly dnsNames: readonly string[];
  /** In their shortest form. */
  readonly ips: readonly string[];
  /** Names of other kinds, such as `URI spiffe://a`. */
  readonly otherNames: readonly string[];
  /** OIDs of extensions beside the names: kubelets ask for none. */
  readonly otherExtensions: readonly string[];
  /** `EC P-256`, `RSA 2048`, `Ed25519`; undefined for an unknown kind. */
  readonly key: string | undefined;
}

/** A request, and the identity that made it. */
export interface AskedCertificate {
  /** Undefined if it cannot be read. */
  readonly requested: RequestedCertificate | undefined;
  readonly usages: readonly string[];
  readonly groups: readonly string[];
}

const mostNames = 3;

/** Of a server; RSA keys may encipher as well. */
const requiredUsages = ['digital signature', 'server auth'];
const optionalUsage = 'key encipherment';

/**
 * Why a kubelet must not get a serving certificate that it asks for; empty if it asks for names and addresses of its own node alone.
 * @param nodesWith names of the nodes that have an address
 * Source: ValidateKubeletServingCSR of kubernetes pkg/apis/certificates/helpers.go, which leaves names and addresses to who approves.
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
