import { addAbortSignal, type Readable } from 'node:stream';
import { Failure, Interrupted } from '../../errors.ts';

/** Reads standard input up to `maxBytes`. Throws Interrupted when `signal` is aborted. */
export function readStdin(
  stdin: Readable,
  signal: AbortSignal,
  maxBytes = Number.POSITIVE_INFINITY,
): Promise<Buffer> {
  return joined(readStdinParts(stdin, signal), maxBytes);
}

/** Yields the parts of standard input of any length. Throws as readStdin does. */
export async function* readStdinParts(
  stdin: Readable,
  signal: AbortSignal,
): AsyncGenerator<Buffer, void> {
  try {
    yield* streamParts(stdin, signal);
  } catch (cause) {
    if (cause instanceof Interrupted) throw cause;
    const why = cause instanceof Error ? cause.message : 'unknown error';
    throw new Failure(`unable to read standard input: ${why}`, { cause });
  }
}

/** Reads a stream to its end, or up to `maxBytes`, and destroys it. Throws Interrupted when `signal` is aborted. */
export function readStream(
  stream: Readable,
  signal: AbortSignal,
  maxBytes: number,
): Promise<Buffer> {
  return joined(streamParts(stream, signal), maxBytes);
}

/** Yields the parts of a stream. Throws Interrupted when `signal` is aborted. */
export async function* streamParts(
  stream: Readable,
  signal: AbortSignal,
): AsyncGenerator<Buffer, void> {
  try {
    for await (const part of addAbortSignal(signal, stream))
      yield typeof part === 'string' ? Buffer.from(part) : part;
  } catch (error) {
    throw signal.aborted ? new Interrupted() : error;
  }
}

async function joined(parts: AsyncIterable<Buffer>, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const part of parts) {
    chunks.push(part);
    length += part.length;
    if (length >= maxBytes) break;
  }
  return Buffer.concat(chunks).subarray(0, maxBytes);
}
