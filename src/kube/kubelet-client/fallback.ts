import type { Kubelet } from './client.ts';
import { KubeletFailure } from './kubelet-failure.ts';

export interface Fallback {
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
export function withFallback(paths: Fallback): Kubelet {
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
