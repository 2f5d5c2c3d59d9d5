import { isTerminal, writeOutput } from '../../../cli/write-output.ts';
import type { Context } from '../../../context.ts';
import { exitCodes, Failure } from '../../../errors.ts';
import { type Kubelet, longestErrorBody } from '../../../kube/kubelet-client/client.ts';
import { readPieces } from '../../../kube/kubelet-client/read-chunks.ts';
import { responseFailure } from '../../../kube/kubelet-client/response-failure.ts';
import type { BorrowedBytes } from '../../../kube/transport/memory.ts';
import type { HttpResponse, Request } from '../../../kube/transport/transport.ts';
import { pprofProfileOf } from '../../../kubelet/pprof.ts';
import { commandLine } from '../../../text/command.ts';
import { longestMs } from '../../../text/duration.ts';
import { looksBinary } from '../../../text/escape.ts';
import { locationOf, renderHead, renderRedirects } from './fleet-report.ts';

/** An error body of up to this many bytes is printed as text, so that echoed secrets are masked. */
const longestShown = 1024 * 1024;

/** Prints a response to stdout. A status of 400 or more throws without `withHead`. With `withHead`, the error response is printed. */
export async function printResponse(
  kubelet: Kubelet,
  request: Request,
  response: HttpResponse,
  { stdout, stderr, signal }: Pick<Context, 'stdout' | 'stderr' | 'signal'>,
  withHead = false,
): Promise<number> {
  const failed = response.status >= 400;
  const location = locationOf(response);
  const write = (content: string | Buffer) => writeOutput({ stdout, signal }, content);
  if (withHead) await write(renderHead(response, '\r\n'));
  else if (location !== undefined)
    stderr.write(renderRedirects(new Map([[location, 1]]), 'the kubelet'));
  // An error response to HEAD has no body to print.
  if (failed && (!withHead || request.method === 'HEAD'))
    throw responseFailure(kubelet, request, await kubelet.read(response, longestErrorBody));
  if (failed) {
    await write((await kubelet.read(response, longestShown)).text);
    return exitCodes.error;
  }
  const body = readPieces(kubelet, response, { idleMs: longestMs, signal });
  // Binary output could control the terminal.
  for await (const piece of isTerminal(stdout) ? textOnly(body, kubelet, request) : body)
    await write(piece.now);
  return exitCodes.ok;
}

/** As in curl, only this many bytes are checked for binary content. */
const checkedStart = 2000;

async function* textOnly(
  body: AsyncIterable<BorrowedBytes>,
  kubelet: Kubelet,
  { path }: Request,
): AsyncGenerator<BorrowedBytes, void> {
  // Collects several chunks, because a chunk may begin within a character.
  let start = Buffer.alloc(0);
  const profile = pprofProfileOf(path);
  for await (const chunk of body) {
    const isStart = start.length < checkedStart;
    if (isStart) start = Buffer.concat([start, chunk.now]);
    if (isStart && looksBinary(start))
      throw new Failure(`the ${kubelet.label} sent a body that is not text`, {
        hints: profile
          ? [
              `redirect it to a file: > ${profile.name}.pprof, then: ${commandLine([...profile.opener, `${profile.name}.pprof`])}`,
            ]
          : ['redirect it to a file: > FILE', 'or print it to the terminal: | cat'],
      });
    yield chunk;
  }
}
