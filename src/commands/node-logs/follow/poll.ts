import { Failure, Interrupted } from '../../../errors.ts';
import type { Kubelet } from '../../../kube/kubelet-client/client.ts';
import { KubeletFailure } from '../../../kube/kubelet-client/kubelet-failure.ts';
import { TransportError } from '../../../kube/transport/error.ts';
import { paused } from '../../../kube/within.ts';

export interface FollowSettings {
  readonly pollMs: number;
  readonly signal: AbortSignal;
  readonly report: (kind: 'note' | 'warning', words: string) => void;
}

/** Longest wait in ms for the next part of an answer. */
export const idleMs = 60_000;

const longestPauseMs = 30_000;

/**
 * Repeats `poll` until the signal is aborted. Throws a failure of the first poll. Reports temporary failures of later polls, and tries
 * again after pauses of up to 30 s.
 */
export async function* pollForever(
  kubelet: Kubelet,
  { pollMs, signal, report }: FollowSettings,
  poll: () => AsyncIterable<Buffer>,
): AsyncGenerator<Buffer, never> {
  let hasAnswered = false;
  let failures = 0;
  let start = 0;
  const pauseMs = () => {
    // Waits at least as long as the last poll took, so that a slow kubelet is not overloaded.
    const least = Math.max(pollMs, Math.min(performance.now() - start, longestPauseMs));
    const ms = failures === 0 ? least : Math.min(pollMs * 2 ** failures, longestPauseMs);
    return Math.max(least, ms);
  };
  do {
    start = performance.now();
    try {
      for await (const chunk of poll()) {
        hasAnswered = true;
        yield chunk;
      }
      if (failures > 0) report('note', `the ${kubelet.label} answers again`);
      hasAnswered = true;
      failures = 0;
    } catch (error) {
      if (!hasAnswered || !isPassing(error)) throw error;
      if (failures === 0) report('warning', `${error.message}; trying again`);
      failures += 1;
    }
  } while (await paused(pauseMs(), signal));
  throw new Interrupted();
}

/** Whether a retry may help: the connection broke, or the status was 429 or at least 500. */
function isPassing(error: unknown): error is Failure {
  if (!(error instanceof Failure)) return false;
  const status = error instanceof KubeletFailure ? error.status : undefined;
  return error.cause instanceof TransportError || status === 429 || (status ?? 0) >= 500;
}
