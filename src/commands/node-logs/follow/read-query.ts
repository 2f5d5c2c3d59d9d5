import { Failure } from '../../../errors.ts';
import { type Kubelet, longestErrorBody } from '../../../kube/kubelet-client/client.ts';
import { readChunks } from '../../../kube/kubelet-client/read-chunks.ts';
import { responseFailure } from '../../../kube/kubelet-client/response-failure.ts';
import type { HttpResponse, Request } from '../../../kube/transport/transport.ts';
import {
  failureFilter,
  isListing,
  queriesAreOff,
  queryFailed,
} from '../../shared/logs/query-failures.ts';
import { idleMs } from './poll.ts';

/** After 30 s a kubelet ends a query, wherever it is. */
const kubeletLimitMs = 29_500;

/** In characters; a line of the journal has at most 48 KiB by default. */
const longestLine = 4 * 1024 * 1024;

/** How an answer that did not break off ended. */
interface QueryEnd {
  /** Whether the kubelet may have cut it. */
  readonly isCut: boolean;
  /** The failure that the kubelet reports in the body. */
  readonly failure: Failure | undefined;
}

/** The lines of an answer to a query of the node log, as latin1 text, and in the end how it ended. */
type QueryLines = AsyncGenerator<string, QueryEnd>;

/** Calls `begun` with the time of the node, in ms since 1970. */
export async function* readQuery(
  kubelet: Kubelet,
  request: Request,
  signal: AbortSignal,
  begun: (nowMs: number) => void,
): QueryLines {
  const headers = { ...request.headers, 'accept-encoding': 'identity' };
  const response = await kubelet.send({ ...request, headers });
  if (response.status >= 400)
    throw responseFailure(kubelet, request, await kubelet.read(response, longestErrorBody));
  const date = Date.parse(response.headers.date ?? '');
  begun(Number.isNaN(date) ? Date.now() : date);
  return yield* linesOf(kubelet, request, response, signal);
}

/** The same body, whole: throws if it is none, after what there is of it. */
export async function* checkedQuery(
  kubelet: Kubelet,
  request: Request,
  response: HttpResponse,
  signal: AbortSignal,
): AsyncGenerator<Buffer, void> {
  const lines = linesOf(kubelet, request, response, signal);
  for (let next = await lines.next(); ; next = await lines.next()) {
    if (!next.done) yield Buffer.from(next.value, 'latin1');
    else if (next.value.failure) throw next.value.failure;
    else if (!next.value.isCut) return;
    else
      throw new Failure(`the ${kubelet.label} ended the query after 30s: lines may be missing`, {
        hints: ['ask for less: --since, --until, --tail or --grep'],
      });
  }
}

async function* linesOf(
  kubelet: Kubelet,
  request: Request,
  response: HttpResponse,
  signal: AbortSignal,
): QueryLines {
  if (isListing(response.headers['content-type'])) {
    response.body.destroy();
    throw queriesAreOff(kubelet.label);
  }
  const start = performance.now();
  const filter = failureFilter();
  let rest = '';
  for await (const chunk of readChunks(kubelet, response, { idleMs, signal })) {
    const lines = (rest + chunk.toString('latin1')).split(/(?<=\n)/);
    rest = lines.at(-1)?.endsWith('\n') ? '' : (lines.pop() ?? '');
    if (rest.length > longestLine)
      throw new Failure(`the ${kubelet.label} answered with a line of more than 4 MiB`);
    const whole = lines.map((line) => filter.take(line)).join('');
    if (whole !== '') yield whole;
  }
  const last = filter.take(rest) + filter.end();
  if (last !== '') yield last;
  const isFailed = filter.found.length > 0;
  return {
    isCut: !isFailed && performance.now() - start > kubeletLimitMs,
    failure: isFailed ? queryFailed(kubelet.label, request.path, filter.found) : undefined,
  };
}
