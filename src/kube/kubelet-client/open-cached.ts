import { Failure, isFailure, orThrow } from '../../errors.ts';
import { TransportError } from '../transport/error.ts';
import type { Limits } from '../transport/limits.ts';
import type { AcceptCertificate } from '../transport/tls.ts';
import { isOfNode } from './accept-certificate.ts';
import { alternating, type Kubelet } from './client.ts';
import type { KubeletAccess } from './kubelet-access.ts';
import { KubeletFailure } from './kubelet-failure.ts';

/**
 * Whether a kubelet's certificate proves which node it belongs to. This is needed for cached addresses, because an address may belong to
 * another node later. Returns false with fingerprints or without verification: then the names in a certificate prove nothing.
 */
export function namesNodes({ trust, acceptorFor }: KubeletAccess): boolean {
  return trust.verify && acceptorFor === undefined;
}

const anotherNode = 'another node';

/** Whether a request failed because a verified certificate does not name the node. */
function isOfAnotherNode({ cause }: Error): boolean {
  return cause instanceof TransportError && cause.code === anotherNode;
}

/** Returns access that also requires a verified certificate to name the node. */
export function namingNode(access: KubeletAccess, node: string): KubeletAccess {
  const accept: AcceptCertificate = async (certificate, problem) => {
    if (problem || isOfNode(certificate, node)) return problem;
    return Object.assign(new Error(`not the certificate of ${node}`), { code: anotherNode });
  };
  return { ...access, acceptorFor: () => accept };
}

/** Opens a kubelet at a cached address. If the kubelet is not there, looks up its address once and uses the new address. */
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
        const next = await orThrow(lookUp(), (unread) =>
          isOfAnotherNode(error) && isFailure(unread, 'API server unreachable')
            ? takenByAnother(used, error)
            : unread,
        );
        used.close();
        used = next;
        return used.send(request);
      }
    },
  );
}

function takenByAnother({ label, where }: Kubelet, { cause }: KubeletFailure): Failure {
  return new Failure(`the certificate of the ${label} does not name ${where.node}`, {
    kind: 'API server unreachable',
    cause,
    details: {
      why: 'the address is cached, and another node may have it now; nothing was sent',
    },
  });
}

/** Time limit in ms to connect to a cached address. It is short, because the address may no longer be in use. */
const knownConnectMs = 2000;

export function knownLimits(limits: Limits): Limits {
  return { ...limits, connectMs: Math.min(limits.connectMs, knownConnectMs) };
}

/** Whether no host answered at the address, or the host that answered is not the kubelet. */
function isNotThere({ cause, why }: KubeletFailure): boolean {
  return cause instanceof TransportError ? !cause.isSent : why === 'no-address';
}
