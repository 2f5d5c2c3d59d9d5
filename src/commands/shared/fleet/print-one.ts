import type { Invocation } from '../../../cli/connection.ts';
import { checkText, writeOutput } from '../../../cli/write-output.ts';
import type { Context } from '../../../context.ts';
import { Failure, type Outcomes } from '../../../errors.ts';
import { type Kubelet, longestErrorBody } from '../../../kube/kubelet-client/client.ts';
import { readPieces } from '../../../kube/kubelet-client/read-chunks.ts';
import { responseFailure } from '../../../kube/kubelet-client/response-failure.ts';
import type { BorrowedBytes } from '../../../kube/transport/memory.ts';
import type { HttpResponse, Request } from '../../../kube/transport/transport.ts';
import { pprofProfileOf } from '../../../kubelet/pprof.ts';
import { commandLine } from '../../../text/command.ts';
import { formatDuration, longestMs } from '../../../text/duration.ts';
import { escapeControlLine } from '../../../text/escape.ts';
import { createBodyMemory } from './body-memory.ts';
import { callFleet, type FleetCall } from './call-fleet.ts';
import { locationOf, renderHead, renderRedirects } from './fleet-report.ts';
import type { OpenFleet } from './open-fleet.ts';
import { renderTiming } from './render-timing.ts';

/** Sends a request to one kubelet, and prints the response while it arrives. */
export async function printOne(
  fleet: OpenFleet,
  call: FleetCall,
  { context, globals }: Invocation,
): Promise<Outcomes> {
  const { request, withHead, withTiming, retries } = call;
  const { stderr, signal } = context;
  const note = (text: string) => stderr.write(`note: ${escapeControlLine(text)}\n`);
  let printed = { isError: false, isLineOpen: false };
  const [failed] = await callFleet(fleet, call, {
    isStreamed: true,
    readBody: async (kubelet, response, { sentAt }) => {
      stderr.write(fleet.door.notes(Number(globals.verbosity) > 0));
      try {
        printed = await printResponse(kubelet, request, response, context, withHead);
      } finally {
        if (withTiming)
          stderr.write(
            `${printed.isLineOpen ? '\n' : ''}${renderTiming(response.timing, performance.now() - sentAt)}\n`,
          );
      }
      return { bytes: 0, body: undefined };
    },
    retryNotes: {
      ends: ({ ms, reason, isAsked }) => {
        const wait = formatDuration(ms);
        const why = isAsked
          ? `the response says to wait ${wait}`
          : `the pause of ${wait} would exceed --timeout`;
        note(`${reason}; not retried: ${why}`);
      },
      waits: ({ ms, attempt, reason }) =>
        note(`${reason}; retry ${attempt} of ${retries} in ${formatDuration(ms)}`),
    },
    memory: createBodyMemory(signal),
    print: async () => {},
    progress: () => {},
  });
  if (failed && failed.cause !== 'interrupted') throw failed.failure;
  return { signal, all: 1, failed: printed.isError ? 1 : 0 };
}

/** An error body of up to this many bytes is printed as text, so that echoed secrets are masked. */
const longestShown = 1024 * 1024;

/**
 * Prints a response to stdout. Returns whether its status is 400 or more, and whether the last line has no end. Throws in place of printing such a response if `withHead` is
 * false or the method is HEAD.
 */
async function printResponse(
  kubelet: Kubelet,
  request: Request,
  response: HttpResponse,
  { stdout, stderr, signal }: Pick<Context, 'stdout' | 'stderr' | 'signal'>,
  withHead = false,
): Promise<{ readonly isError: boolean; readonly isLineOpen: boolean }> {
  const failed = response.status >= 400;
  const location = locationOf(response);
  let isLineOpen = false;
  const write = (content: string | Buffer) => {
    const last = content.at(-1);
    if (last !== undefined) isLineOpen = last !== '\n' && last !== 10;
    return writeOutput({ stdout, signal }, content);
  };
  if (withHead) await write(renderHead(response, '\r\n'));
  else if (location !== undefined)
    stderr.write(renderRedirects(new Map([[location, 1]]), 'the kubelet'));
  // An error response to HEAD has no body to print.
  if (failed && (!withHead || request.method === 'HEAD'))
    throw responseFailure(kubelet, request, await kubelet.read(response, longestErrorBody));
  if (failed) {
    await write((await kubelet.read(response, longestShown)).text);
    return { isError: true, isLineOpen };
  }
  const body = bytesOf(readPieces(kubelet, response, { idleMs: longestMs, signal }));
  for await (const bytes of checkText(body, stdout, () => binaryBody(kubelet, request)))
    await write(bytes);
  return { isError: false, isLineOpen };
}

async function* bytesOf(pieces: AsyncIterable<BorrowedBytes>): AsyncGenerator<Buffer, void> {
  for await (const piece of pieces) yield piece.now;
}

function binaryBody({ label }: Kubelet, { path }: Request): Failure {
  const profile = pprofProfileOf(path);
  return new Failure(`the ${label} sent a body that is not text`, {
    hints: profile
      ? [
          `redirect it to a file: > ${profile.name}.pprof, then: ${commandLine([...profile.opener, `${profile.name}.pprof`])}`,
        ]
      : ['redirect it to a file: > FILE', 'or print it to the terminal: | cat'],
  });
}
