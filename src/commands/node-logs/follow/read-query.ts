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
import { splitLines } from '../../shared/logs/whole-lines.ts';
import { idleMs } from './poll.ts';

/** After 30 s a kubelet ends a query, wherever it is. */
const kubeletLimitMs = 29_500;

/** In characters; a line of the journal has at most 48 KiB by default. */
const longestLine = 4 * 1024 * 1024;

/** An answer to a query of the node log. */
interface QueryAnswer {
  /** The time of the node, in ms since 1970. */
  readonly nowMs: number;
  /** Whole lines, as latin1 text. */
  readonly lines: AsyncIterable<string>;
  /** How it ended, once all lines are read: whether the kubelet may have cut it, and the failure that it reports in the body. */
  end(): { readonly isCut: boolean; readonly failure: Failure | undefined };
}

export async function openQuery(
  kubelet: Kubelet,
  request: Request,
  signal: AbortSignal,
): Promise<QueryAnswer> {
  const headers = { ...request.headers, 'accept-encoding': 'identity' };
  const response = await kubelet.send({ ...request, headers });
  if (response.status >= 400)
    throw responseFailure(kubelet, request, await kubelet.read(response, longestErrorBody));
  return answerOf(kubelet, request, response, signal);
}

/** The lines of a response that is to be whole: throws if it is not, after its last line. */
export async function* checkedQuery(
  kubelet: Kubelet,
  request: Request,
  response: HttpResponse,
  signal: AbortSignal,
): AsyncGenerator<Buffer, void> {
  const { lines, end } = answerOf(kubelet, request, response, signal);
  for await (const text of lines) yield Buffer.from(text, 'latin1');
  const { isCut, failure } = end();
  if (failure) throw failure;
  if (isCut)
    throw new Failure(`the ${kubelet.label} ended the query after 30s: lines may be missing`, {
      hints: ['ask for less: --since, --until, --tail or --grep'],
    });
}

function answerOf(
  kubelet: Kubelet,
  request: Request,
  response: HttpResponse,
  signal: AbortSignal,
): QueryAnswer {
  if (isListing(response.headers['content-type'])) {
    response.body.destroy();
    throw queriesAreOff(kubelet.label);
  }
  const date = Date.parse(response.headers.date ?? '');
  const filter = failureFilter();
  const start = performance.now();
  async function* lines() {
    let rest = '';
    for await (const chunk of readChunks(kubelet, response, { idleMs, signal })) {
      const [whole, more] = splitLines(rest + chunk.toString('latin1'));
      rest = more;
      if (rest.length > longestLine)
        throw new Failure(`the ${kubelet.label} answered with a line of more than 4 MiB`);
      const text = whole.map(filter.take).join('');
      if (text !== '') yield text;
    }
    const last = filter.take(rest) + filter.end();
    if (last !== '') yield last;
  }
  return {
    nowMs: Number.isNaN(date) ? Date.now() : date,
    lines: lines(),
    end: () => {
      const isFailed = filter.found.length > 0;
      return {
        isCut: !isFailed && performance.now() - start > kubeletLimitMs,
        failure: isFailed ? queryFailed(kubelet.label, request.path, filter.found) : undefined,
      };
    },
  };
}
