import { hasName } from '../transport/certificate-names.ts';
import { TransportError } from '../transport/error.ts';
import { defaultLimits, type Limits } from '../transport/limits.ts';
import type { AcceptCertificate } from '../transport/tls.ts';
import type { Kubelet } from './client.ts';
import type { KubeletAccess } from './kubelet-access.ts';
import { KubeletFailure } from './kubelet-failure.ts';

interface Fallback {
  /** Opened for the first request. May throw. */
  readonly first: () => Kubelet;
  /** What is told of before that. */
  readonly shown: Kubelet;
  readonly next: (failure: KubeletFailure) => Kubelet | Promise<Kubelet>;
  /** Whether nothing of the request can have been sent. */
  readonly isUnsent: (failure: KubeletFailure) => boolean;
  /** Whether the first one is used for good once it has answered. */
  readonly isProvenByAnswer: boolean;
}

/** A kubelet by one path, and by another for good where a request has not been sent. */
function withFallback(paths: Fallback): Kubelet {
  const { first, shown, next, isUnsent, isProvenByAnswer } = paths;
  let current: Kubelet | undefined;
  let isFinal = false;
  const used = () => current ?? shown;
  return {
    get via() {
      return used().via;
    },
    get label() {
      return used().label;
    },
    get where() {
      return used().where;
    },
    send: async (request) => {
      const wasFinal = isFinal;
      let tried: Kubelet | undefined;
      try {
        tried = current ??= first();
        const response = await tried.send(request);
        isFinal ||= isProvenByAnswer;
        return response;
      } catch (error) {
        if (wasFinal || !(error instanceof KubeletFailure) || !isUnsent(error)) throw error;
        current = await next(error);
        isFinal = true;
        tried?.close();
        return current.send(request);
      }
    },
    read: (response, maxBytes) => used().read(response, maxBytes),
    broken: (error) => used().broken(error),
    close: () => used().close(),
  };
}

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
  const accept: AcceptCertificate = async ({ subject, subjectAltName = '' }, problem) => {
    if (problem) return problem;
    const names = subject.split('\n').includes(`CN=system:node:${node}`);
    if (names || hasName(subjectAltName, node)) return undefined;
    return Object.assign(new Error(`not the certificate of ${node}`), { code: anotherNode });
  };
  return { ...access, acceptorFor: () => accept };
}

/** A kubelet at an address of earlier, and after a lookup where nobody is there any more who proves to be it. */
export function openCached(known: Kubelet, lookUp: () => Promise<Kubelet>): Kubelet {
  return withFallback({
    first: () => known,
    shown: known,
    next: lookUp,
    isUnsent: isNotThere,
    isProvenByAnswer: true,
  });
}

/** In ms: the address may be of nobody. */
const knownConnectMs = 2000;

export function knownLimits(limits: Limits = defaultLimits): Limits {
  return { ...limits, connectMs: Math.min(limits.connectMs, knownConnectMs) };
}

/** Nobody answered, or somebody else. */
function isNotThere({ cause, why }: KubeletFailure): boolean {
  return cause instanceof TransportError ? !cause.isSent : why === 'no address';
}

/**
 * A kubelet called directly, and through the API server only if it cannot be reached: never if it denies a request. `direct` may
 * throw a KubeletFailure; `switches` is called with the reason before the API server is used.
 */
export function openAutoPath(
  direct: () => Kubelet,
  proxied: Kubelet,
  switches: (failure: KubeletFailure) => void,
): Kubelet {
  return withFallback({
    first: direct,
    shown: proxied,
    next: (failure) => {
      switches(failure);
      return proxied;
    },
    isUnsent: isUnreachable,
    isProvenByAnswer: false,
  });
}

/** There is no address, or no connection. A certificate that fails is no reason to go around. */
function isUnreachable({ cause, why }: KubeletFailure): boolean {
  if (!(cause instanceof TransportError)) return why === 'no address';
  const isEarly = cause.stage === 'connect' || cause.stage === 'proxy';
  return isEarly || (cause.stage === 'handshake' && cause.code === 'timeout');
}

/** The direct attempt may take a third of the time, so that enough is left for the other. */
export function directLimits(limits: Limits): Limits {
  return { ...limits, connectMs: Math.min(limits.connectMs, limits.responseMs / 3) };
}
