import type { Failure } from '../errors.ts';
import { onAbort } from '../kube/within.ts';
import { looksBinary } from '../text/escape.ts';

export interface Sink {
  readonly stdout: { write(content: string | Buffer, done: () => void): unknown };
  readonly signal: AbortSignal;
}

/**
 * Resolves when the content is written, when the reader has closed the stream, or at an interrupt. It does not wait for the reader at an
 * interrupt, because the reader may have stopped reading.
 */
export function writeOutput({ stdout, signal }: Sink, content: string | Buffer): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      forget();
      resolve();
    };
    const forget = onAbort(signal, end);
    stdout.write(content, end);
  });
}

export function isTerminal(stream: object): boolean {
  return (stream as { readonly isTTY?: boolean }).isTTY === true;
}

/** Returns the width of a terminal in characters; undefined for other streams and for terminals that report 0. */
export function terminalWidth(stream: object): number | undefined {
  const { columns } = stream as { readonly columns?: number };
  return isTerminal(stream) && columns ? columns : undefined;
}

/** As in curl, only this many bytes are checked for binary content. */
const checkedStart = 2000;

/** Returns the chunks. If `output` is a terminal, they throw `notText()` for binary content, which could control the terminal. */
export function checkText(
  chunks: AsyncIterable<Buffer>,
  output: object,
  notText: () => Failure,
): AsyncIterable<Buffer> {
  return isTerminal(output) ? textOnly(chunks, notText) : chunks;
}

async function* textOnly(
  chunks: AsyncIterable<Buffer>,
  notText: () => Failure,
): AsyncGenerator<Buffer, void> {
  // Collects several chunks, because a chunk may begin within a character.
  let start = Buffer.alloc(0);
  for await (const chunk of chunks) {
    if (start.length < checkedStart) {
      start = Buffer.concat([start, chunk]);
      if (looksBinary(start)) throw notText();
    }
    yield chunk;
  }
}

/** Number of characters that printParts collects before it writes them. */
const usualLength = 64 * 1024;

export async function printParts(sink: Sink, parts: Iterable<string>): Promise<void> {
  let text = '';
  const flush = async () => {
    await writeOutput(sink, text);
    text = '';
  };
  for (const part of parts) {
    text += part;
    if (text.length >= usualLength) await flush();
  }
  if (text !== '') await flush();
}
