import { addAbortSignal, type Readable } from 'node:stream';
import { Failure, Interrupted } from '../../errors.ts';

/** Reads standard input up to `maxBytes`. Throws Interrupted when `signal` is aborted. */
export async function readStdin(
  stdin: Readable,
  signal: AbortSignal,
  maxBytes = Number.POSITIVE_INFINITY,
): Promise<Buffer> {
  try {
    return await readStream(stdin, signal, maxBytes);
  } catch (error) {
    throw stdinFailure(error);
  }
}

/** The parts of standard input, of any length. Throws as readStdin does. */
export async function* readStdinParts(
  stdin: Readable,
  signal: AbortSignal,
): AsyncGenerator<Buffer, void> {
  try {
    for await (const part of addAbortSignal(signal, stdin)) yield Buffer.from(part);
  } catch (error) {
    throw signal.aborted ? new Interrupted() : stdinFailure(error);
  }
}

function stdinFailure(error: unknown): Error {
  if (error instanceof Interrupted) return error;
  return new Failure(
    `unable to read standard input: ${error instanceof Error ? error.message : 'unknown error'}`,
    { cause: error },
  );
}

/** Reads a stream to its end, or up to `maxBytes`, and destroys it. Throws Interrupted when `signal` is aborted. */
export async function readStream(
  stream: Readable,
  signal: AbortSignal,
  maxBytes: number,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of addAbortSignal(signal, stream)) {
      chunks.push(Buffer.from(chunk));
      length += chunk.length;
      if (length >= maxBytes) break;
    }
  } catch (error) {
    if (signal.aborted) throw new Interrupted();
    throw error;
  }
  return Buffer.concat(chunks).subarray(0, maxBytes);
}
