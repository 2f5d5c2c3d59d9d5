import { isTerminal, writeOutput } from '../../../cli/write-output.ts';
import type { Context } from '../../../context.ts';
import { exitCodes, Failure } from '../../../errors.ts';
import { type Kubelet, longestErrorBody } from '../../../kube/kubelet-client/client.ts';
import { responseFailure } from '../../../kube/kubelet-client/response-failure.ts';
import type { BorrowedBytes } from '../../../kube/transport/memory.ts';
import {
  bodyError,
  type HttpResponse,
  type Request,
  receivedOf,
} from '../../../kube/transport/transport.ts';
import { pprofProfileOf } from '../../../kubelet/pprof.ts';
import { commandLine } from '../../../text/command.ts';
import { looksBinary } from '../../../text/escape.ts';
import { headOf, locationOf, renderHead, renderRedirects } from './fleet-report.ts';

/** In bytes. An error is text, and read as a whole: it may repeat a secret that it was sent. */
const longestShown = 1024 * 1024;

/**
 * Writes the body unchanged, as it arrives. A status of 400 or more is thrown and leaves stdout empty, unless `showHeaders`, which
 * prints status line and headers as well, and the body of errors too.
 */
export async function printResponse(
  kubelet: Kubelet,
  request: Request,
  response: HttpResponse,
  { stdout, stderr, signal }: Pick<Context, 'stdout' | 'stderr' | 'signal'>,
  showHeaders = false,
): Promise<number> {
  const failed = response.status >= 400;
  const location = locationOf(response);
  if (failed && !showHeaders)
    throw responseFailure(kubelet, request, await kubelet.read(response, longestErrorBody));
  const write = (content: string | Buffer) => writeOutput({ stdout, signal }, content);
  if (showHeaders) await write(renderHead(headOf(response), '\r\n'));
  else if (location !== undefined)
    stderr.write(renderRedirects(new Map([[location, 1]]), 'the kubelet'));
  const isHead = request.method === 'HEAD';
  if (failed) {
    // An answer to HEAD has no body; its failure says more.
    if (isHead)
      throw responseFailure(kubelet, request, await kubelet.read(response, longestErrorBody));
    await write((await kubelet.read(response, longestShown)).text);
    return exitCodes.error;
  }
  let bytes = 0;
  const { body } = response;
  try {
    // Binary output could control the terminal.
    for await (const piece of isTerminal(stdout) ? textOnly(body, kubelet, request) : body) {
      bytes += piece.length;
      await write(piece.now);
    }
  } catch (error) {
    throw kubelet.broken(bodyError(error, signal, receivedOf(response, bytes)));
  }
  return exitCodes.ok;
}

/** In bytes. As curl, what comes later is not checked: most of it is on the screen by then. */
const checkedStart = 2000;

async function* textOnly(
  body: AsyncIterable<BorrowedBytes>,
  kubelet: Kubelet,
  { path }: Request,
): AsyncGenerator<BorrowedBytes, void> {
  // A chunk may begin within a character.
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
