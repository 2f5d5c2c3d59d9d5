import { TransportError } from '../transport/error.ts';
import type { Limits } from '../transport/limits.ts';
import type { Kubelet } from './kubelet.ts';
import { KubeletFailure } from './kubelet-failure.ts';

export interface Paths {
  /** Throws a KubeletFailure for a node without an address. */
  readonly direct: () => Kubelet;
  readonly proxied: Kubelet;
  /** Called with the reason before the API server is used. */
  readonly switches: (failure: KubeletFailure) => void;
}

/** A kubelet called directly, and through the API server only if it cannot be reached: never if it denies a request. */
export function openAutomatically({ direct, proxied, switches }: Paths): Kubelet {
  let current: Kubelet | undefined;
  const switchFor = (error: unknown) => {
    if (!isUnreachable(error)) throw error;
    switches(error);
    current = proxied;
    return proxied;
  };
  const open = () => {
    try {
      current ??= direct();
      return current;
    } catch (error) {
      return switchFor(error);
    }
  };
  const used = () => current ?? proxied;
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
      const first = open();
      try {
        return await first.send(request);
      } catch (error) {
        if (first === proxied) throw error;
        const next = switchFor(error);
        first.close();
        return next.send(request);
      }
    },
    read: (answer, maxBytes) => used().read(answer, maxBytes),
    broken: (error) => used().broken(error),
    close: () => used().close(),
  };
}

/** Whether nothing can have been sent: there is no address, or no connection. A certificate that fails is no reason to go around. */
function isUnreachable(error: unknown): error is KubeletFailure {
  if (!(error instanceof KubeletFailure)) return false;
  const { cause, why } = error;
  if (!(cause instanceof TransportError)) return why === 'no address';
  const isEarly = cause.stage === 'connect' || cause.stage === 'proxy';
  return isEarly || (cause.stage === 'handshake' && cause.code === 'timeout');
}

/** The direct attempt may take a third of the time, so that enough is left for the other. */
export function directLimits(limits: Limits): Limits {
  return { ...limits, connectMs: Math.min(limits.connectMs, limits.answerMs / 3) };
}
