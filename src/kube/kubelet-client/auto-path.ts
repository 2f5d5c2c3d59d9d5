import { TransportError } from '../transport/error.ts';
import type { Limits } from '../transport/limits.ts';
import type { Kubelet } from './client.ts';
import { withFallback } from './fallback.ts';
import type { KubeletFailure } from './kubelet-failure.ts';

export interface AutoPaths {
  /** Throws a KubeletFailure for a node without an address. */
  readonly direct: () => Kubelet;
  readonly proxied: Kubelet;
  /** Called with the reason before the API server is used. */
  readonly switches: (failure: KubeletFailure) => void;
}

/** A kubelet called directly, and through the API server only if it cannot be reached: never if it denies a request. */
export function openAutoPath({ direct, proxied, switches }: AutoPaths): Kubelet {
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
  return { ...limits, connectMs: Math.min(limits.connectMs, limits.answerMs / 3) };
}
