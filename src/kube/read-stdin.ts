import { addAbortSignal, type Readable } from 'node:stream';
import { Failure, Interrupted } from '../errors.ts';

/**
 * Standard input to its end, or to `longest` bytes: what comes after that is left. Throws Interrupted when `signal` is
 * aborted.
 */
export async function readStdin(
  stdin: Readable,
  signal: AbortSignal,
  longest = Number.POSITIVE_INFINITY,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of addAbortSignal(signal, stdin)) {
      chunks.push(Buffer.from(chunk));
      length += chunk.length;
      if (length >= longest) break;
    }
  } catch (error) {
    if (signal.aborted) throw new Interrupted();
    throw new Failure(
      `cannot read standard input: ${error instanceof Error ? error.message : error}`,
      { cause: error },
    );
  }
  return Buffer.concat(chunks).subarray(0, longest);
}
