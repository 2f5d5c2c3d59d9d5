import { Failure, Interrupted } from '../../../errors.ts';
import type { Kubelet } from '../../../kube/kubelet-client/client.ts';
import { KubeletFailure } from '../../../kube/kubelet-client/kubelet-failure.ts';
import { TransportError } from '../../../kube/transport/error.ts';
import { paused } from '../../../kube/within.ts';

export interface FollowSettings {
  /** How long to wait between two requests. */
  readonly pollMs: number;
  readonly signal: AbortSignal;
  /** Takes a line for stderr, without its end. */
  readonly report: (line: string) => void;
}

/** How long an answer may stay without its next part. */
export const idleMs = 60_000;

const longestPauseMs = 30_000;

/**
 * Runs `poll` again and again, until the signal ends it. The first failure of all is thrown; once the kubelet has answered,
 * failures that may pass are printed and retried, after pauses that grow to 30 s.
 */
export async function* pollForever(
  kubelet: Kubelet,
  { pollMs, signal, report }: FollowSettings,
  poll: () => AsyncIterable<Buffer>,
): AsyncGenerator<Buffer, never> {
  let hasAnswered = false;
  let failures = 0;
  for (;;) {
    const start = performance.now();
    try {
      for await (const chunk of poll()) {
        hasAnswered = true;
        yield chunk;
      }
      if (failures > 0) report(`note: the ${kubelet.label} answers again`);
      hasAnswered = true;
      failures = 0;
    } catch (error) {
      if (!hasAnswered || !isPassing(error)) throw error;
      if (failures === 0) report(`warning: ${error.message}; trying again`);
      failures += 1;
    }
    // A kubelet that takes long is not asked all the time.
    const least = Math.max(pollMs, Math.min(performance.now() - start, longestPauseMs));
    const ms = failures === 0 ? least : Math.min(pollMs * 2 ** failures, longestPauseMs);
    if (!(await paused(Math.max(least, ms), signal))) throw new Interrupted();
  }
}

/** Whether it may be over when the kubelet is asked again. */
function isPassing(error: unknown): error is Failure {
  if (!(error instanceof Failure)) return false;
  const status = error instanceof KubeletFailure ? error.status : undefined;
  return error.cause instanceof TransportError || status === 429 || (status ?? 0) >= 500;
}
