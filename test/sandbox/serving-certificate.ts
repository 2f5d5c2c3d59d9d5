import {
  type Authority,
  createAuthority,
  createKeepingAuthority,
  createSelfSigned,
  type KeyPair,
} from '../kit/certificates.ts';
import type { Difference } from './faults.ts';

/** A CA other than the cluster's. */
export const otherAuthority = createKeepingAuthority('another-ca');

/** Issues the serving certificate of a node's kubelet, with its chain. */
export async function servingCertificate(
  name: string,
  hosts: readonly string[],
  authority: Authority,
  { issuer, certificate }: Difference,
): Promise<KeyPair> {
  if (issuer === 'itself') {
    const kept = madeItself.get(name) ?? selfMade(name);
    madeItself.set(name, kept);
    return kept;
  }
  const signer = issuer === 'other' ? await otherAuthority : authority;
  const request = {
    commonName: `system:node:${name}`,
    organizations: ['system:nodes'],
    usage: 'server' as const,
    dnsNames: [name],
    ips: hosts,
    ...certificate,
  };
  return issuer === 'alone' ? createSelfSigned(request) : signer.issue(request);
}

const madeItself = new Map<string, Promise<KeyPair>>();

/** Makes the default certificate of a kubelet: signed by a new CA that the kubelet makes, and without its address. */
async function selfMade(name: string): Promise<KeyPair> {
  const now = Math.floor(Date.now() / 1000);
  const authority = await createAuthority(`${name}-ca@${now}`);
  const { cert, key } = await authority.issue({
    commonName: `${name}@${now}`,
    usage: 'server',
    dnsNames: [name],
  });
  return { cert: `${cert}\n${authority.cert}`, key };
}
