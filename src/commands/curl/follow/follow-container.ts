import { answerFailure } from '../../../kube/kubelet/answer-failure.ts';
import { type Kubelet, longestRefusal } from '../../../kube/kubelet/kubelet.ts';
import { readChunks } from '../../../kube/kubelet/read-chunks.ts';
import type { Request } from '../../../kube/transport/transport.ts';
import { longestMs } from '../../../text/duration.ts';
import type { FollowSettings } from './poll.ts';

/** Yields the log of a container until the kubelet ends it, as `kubectl logs -f`. What breaks off is a failure. */
export async function* followContainer(
  kubelet: Kubelet,
  request: Request,
  { signal, report }: Omit<FollowSettings, 'pollMs'>,
): AsyncGenerator<Buffer, void> {
  const answer = await kubelet.send(request);
  if (answer.status >= 400)
    throw answerFailure(kubelet, request, await kubelet.read(answer, longestRefusal));
  // A container may be quiet for as long as it likes.
  yield* readChunks(kubelet, answer, { idleMs: longestMs, signal });
  report('note: the log ended: its container has exited, or was replaced');
}
