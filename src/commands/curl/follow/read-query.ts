import { Failure } from '../../../errors.ts';
import { answerFailure } from '../../../kube/kubelet/answer-failure.ts';
import { type Kubelet, longestRefusal } from '../../../kube/kubelet/kubelet.ts';
import { readChunks } from '../../../kube/kubelet/read-chunks.ts';
import type { Request } from '../../../kube/transport/transport.ts';
import { failureFilter, isListing, queriesAreOff, queryFailed } from '../logs/query-failures.ts';
import { idleMs } from './poll.ts';

/** After 30 s a kubelet ends a query, wherever it is. */
const kubeletLimitMs = 29_500;

/** In characters; a line of the journal has at most 48 KiB by default. */
const longestLine = 4 * 1024 * 1024;

interface Parts {
  readonly signal: AbortSignal;
  /** Called when the answer begins, with the time of the node, in ms since 1970. */
  readonly begun?: (nowMs: number) => void;
}

/**
 * Yields the lines of an answer to a query of the node log, as latin1 text, and returns whether the kubelet may have cut it.
 * Throws what it says in the body, too: after all the rest, which is printed.
 */
export async function* readQuery(
  kubelet: Kubelet,
  request: Request,
  { signal, begun }: Parts,
): AsyncGenerator<string, boolean> {
  const start = performance.now();
  const answer = await kubelet.send(request);
  if (answer.status >= 400)
    throw answerFailure(kubelet, request, await kubelet.read(answer, longestRefusal));
  if (isListing(answer.headers['content-type'])) {
    answer.body.destroy();
    throw queriesAreOff(kubelet.label);
  }
  if (answer.headers['content-encoding'] !== undefined) {
    answer.body.destroy();
    throw new Failure(`the ${kubelet.label} answered in an encoding that was not asked for`);
  }
  const date = Date.parse(answer.headers.date ?? '');
  begun?.(Number.isNaN(date) ? Date.now() : date);
  const filter = failureFilter();
  let rest = '';
  for await (const chunk of readChunks(kubelet, answer, { idleMs, signal })) {
    const lines = (rest + chunk.toString('latin1')).split(/(?<=\n)/);
    rest = lines.at(-1)?.endsWith('\n') ? '' : (lines.pop() ?? '');
    if (rest.length > longestLine)
      throw new Failure(`the ${kubelet.label} answered with a line of more than 4 MiB`);
    const whole = lines.map((line) => filter.take(line)).join('');
    if (whole !== '') yield whole;
  }
  const last = filter.take(rest) + filter.end();
  if (last !== '') yield last;
  if (filter.found.length > 0) throw queryFailed(kubelet.label, request.path, filter.found);
  return performance.now() - start > kubeletLimitMs;
}
