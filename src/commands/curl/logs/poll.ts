import { Failure, Interrupted } from '../../../errors.ts';
import { answerFailure } from '../../../kube/kubelet/answer-failure.ts';
import { type Kubelet, longestRefusal } from '../../../kube/kubelet/kubelet.ts';
import { paused } from '../../../kube/pause.ts';
import { TransportError } from '../../../kube/transport/error.ts';
import type { Answer, Request } from '../../../kube/transport/transport.ts';

export interface FollowSettings {
  /** How long to wait between two requests. */
  readonly pollMs: number;
  readonly signal: AbortSignal;
  /** Takes a line for stderr, without its end. */
  readonly tell: (line: string) => void;
}

/** How long an answer may stay without its next part. */
export const idleMs = 60_000;

const longestPauseMs = 30_000;

/** A failure that may be over when the kubelet is asked again. */
class PassingFailure extends Failure {}

/** An answer of 400 or more, as `answerFailure` has it. */
export async function refusedAnswer(
  kubelet: Kubelet,
  request: Request,
  answer: Answer,
): Promise<Failure> {
  const failure = answerFailure(kubelet, request, await kubelet.read(answer, longestRefusal));
  const isPassing = answer.status >= 500 || answer.status === 429;
  return isPassing ? new PassingFailure(failure.message, failure) : failure;
}

/**
 * Runs `poll` again and again, until the signal ends it. The first failure of all is thrown; once the kubelet has answered,
 * what may pass is told and retried, after pauses that grow to 30 s.
 */
export async function* pollForever(
  kubelet: Kubelet,
  { pollMs, signal, tell }: FollowSettings,
  poll: () => AsyncIterable<Buffer>,
): AsyncGenerator<Buffer, never> {
  let hasAnswered = false;
  let failures = 0;
  for (;;) {
    try {
      for await (const chunk of poll()) {
        hasAnswered = true;
        yield chunk;
      }
      if (failures > 0) tell(`note: the ${kubelet.label} answers again`);
      hasAnswered = true;
      failures = 0;
    } catch (error) {
      if (!hasAnswered || !isPassing(error)) throw error;
      if (failures === 0) tell(`warning: ${error.message}; trying again`);
      failures += 1;
    }
    const ms = failures === 0 ? pollMs : Math.min(pollMs * 2 ** failures, longestPauseMs);
    if (!(await paused(Math.max(ms, pollMs), signal))) throw new Interrupted();
  }
}

function isPassing(error: unknown): error is Failure {
  if (error instanceof PassingFailure) return true;
  return error instanceof Failure && error.cause instanceof TransportError;
}
