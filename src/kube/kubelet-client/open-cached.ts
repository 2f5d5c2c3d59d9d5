import { TransportError } from '../transport/error.ts';
import type { Limits } from '../transport/limits.ts';
import type { AcceptCertificate } from '../transport/tls.ts';
import { isOfNode } from './accept-certificate.ts';
import { alternating, type Kubelet } from './client.ts';
import type { KubeletAccess } from './kubelet-access.ts';
import { KubeletFailure } from './kubelet-failure.ts';

/**
 * Whether a kubelet is known to be the one of a node by its certificate alone: an address may belong to another tomorrow. Not with
 * fingerprints and without verification, where names say nothing.
 */
export function namesNodes({ trust, acceptorFor }: KubeletAccess): boolean {
  return trust.verify && acceptorFor === undefined;
}

const anotherNode = 'another node';

/** Whether a certificate was verified, but did not name its node. */
export function isOfAnotherNode({ cause }: Error): boolean {
  return cause instanceof TransportError && cause.code === anotherNode;
}

/** The same access, for which a verified certificate must also name the node. */
export function namingNode(access: KubeletAccess, node: string): KubeletAccess {
  const accept: AcceptCertificate = async (certificate, problem) => {
    if (problem || isOfNode(certificate, node)) return problem;
    return Object.assign(new Error(`not the certificate of ${node}`), { code: anotherNode });
  };
  return { ...access, acceptorFor: () => accept };
}

/** A kubelet at an address of earlier, and after a lookup, for good, where nobody is there any more who proves to be it. */
export function openCached(known: Kubelet, lookUp: () => Promise<Kubelet>): Kubelet {
  let used = known;
  let isProven = false;
  return alternating(
    () => used,
    async (request) => {
      try {
        const response = await used.send(request);
        isProven = true;
        return response;
      } catch (error) {
        if (isProven || !(error instanceof KubeletFailure) || !isNotThere(error)) throw error;
        isProven = true;
        const next = await lookUp();
        used.close();
        used = next;
        return used.send(request);
      }
    },
  );
}

/** In ms: the address may be of nobody. */
const knownConnectMs = 2000;

export function knownLimits(limits: Limits): Limits {
  return { ...limits, connectMs: Math.min(limits.connectMs, knownConnectMs) };
}

/** Nobody answered, or somebody else. */
function isNotThere({ cause, why }: KubeletFailure): boolean {
  return cause instanceof TransportError ? !cause.isSent : why === 'no address';
}
