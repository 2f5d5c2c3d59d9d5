import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { exitCodes, OutputClosed } from '../../errors.ts';
import { answerFailure } from '../../kube/kubelet/answer-failure.ts';
import { type Kubelet, longestRefusal } from '../../kube/kubelet/kubelet.ts';
import { type Answer, bodyError, type Request } from '../../kube/transport/transport.ts';
import { escapeControl } from '../../text/escape.ts';

interface Printing {
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly signal: AbortSignal;
  /** Whether to print status line and headers as well, and the body of errors too. */
  readonly showHeaders: boolean;
}

/** In bytes. An error is text, and read as a whole: it may repeat a secret that it was sent. */
const longestError = 1024 * 1024;

/** Writes the body unchanged, as it arrives. A status of 400 or more is thrown and leaves stdout empty, unless `showHeaders`. */
export async function printResponse(
  kubelet: Kubelet,
  request: Request,
  answer: Answer,
  { stdout, stderr, signal, showHeaders }: Printing,
): Promise<number> {
  const failed = answer.status >= 400;
  if (failed && !showHeaders)
    throw answerFailure(kubelet, request, await kubelet.read(answer, longestRefusal));
  if (showHeaders) stdout.write(renderHead(answer));
  else if (answer.status >= 300)
    stderr.write(
      `note: the kubelet redirects to ${escapeControl(answer.headers.location ?? 'no location')}; redirects are not followed\n`,
    );
  if (failed) {
    stdout.write((await kubelet.read(answer, longestError)).text);
    return exitCodes.error;
  }
  try {
    await pipeline(answer.body, stdout, { end: false });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EPIPE') throw new OutputClosed();
    throw kubelet.broken(bodyError(error, signal));
  }
  return exitCodes.ok;
}

function renderHead(answer: Answer): string {
  const lines = [`HTTP/1.1 ${answer.status} ${answer.statusText}`];
  for (let index = 0; index + 1 < answer.rawHeaders.length; index += 2)
    lines.push(`${answer.rawHeaders[index]}: ${answer.rawHeaders[index + 1]}`);
  return `${lines.map(escapeControl).join('\r\n')}\r\n\r\n`;
}
