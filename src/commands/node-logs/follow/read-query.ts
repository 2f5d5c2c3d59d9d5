import { Failure } from '../../../errors.ts';
import { type Kubelet, longestErrorBody } from '../../../kube/kubelet-client/client.ts';
import { readChunks } from '../../../kube/kubelet-client/read-chunks.ts';
import { responseFailure } from '../../../kube/kubelet-client/response-failure.ts';
import type { HttpResponse, Request } from '../../../kube/transport/transport.ts';
import {
  failureFilter,
  isAboutFiles,
  isListing,
  queriesAreOff,
  queryFailed,
} from '../../shared/logs/query-failures.ts';
import { splitLines } from '../../shared/logs/whole-lines.ts';
import { listFolder } from './ask-range.ts';
import { idleMs } from './poll.ts';

/** Kubelets end a query after 30 s: an answer that took this many ms may be cut off. */
const kubeletLimitMs = 29_500;

/** Limit in characters; by default, a line of the journal has at most 48 KiB. */
const longestLine = 4 * 1024 * 1024;

interface QueryAnswer {
  /** When the node answered, in ms since 1970. */
  readonly nowMs: number;
  /** Whole lines, as latin1 text. */
  readonly lines: AsyncIterable<string>;
  /** Called after the last line. `isCut`: the kubelet may have cut off the answer. `failure`: the body reports an error. */
  end(): Promise<{ readonly isCut: boolean; readonly failure: Failure | undefined }>;
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

/** Yields the lines of a response. Throws after the last line if the response reports a failure or may be cut off. */
export async function* checkedQuery(
  kubelet: Kubelet,
  request: Request,
  response: HttpResponse,
  signal: AbortSignal,
): AsyncGenerator<Buffer, void> {
  const { lines, end } = answerOf(kubelet, request, response, signal);
  for await (const text of lines) yield Buffer.from(text, 'latin1');
  const { isCut, failure } = await end();
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
    end: async () => {
      const { found } = filter;
      const isFailed = found.length > 0;
      // Kubelets do not check whether the service has a file.
      const names = found.some(isAboutFiles)
        ? await listFolder(kubelet, { ...request, path: '/logs/' })
        : [];
      return {
        isCut: !isFailed && performance.now() - start > kubeletLimitMs,
        failure: isFailed ? queryFailed(kubelet.label, request.path, found, names) : undefined,
      };
    },
  };
}
