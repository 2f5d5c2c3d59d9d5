import { onAbort } from '../kube/within.ts';

/** Where output goes, and what ends the wait for who reads it. */
export interface Sink {
  /** A stream. */
  readonly stdout: { write(content: string | Buffer, done: () => void): unknown };
  readonly signal: AbortSignal;
}

/** Ends when it is written, when nobody reads any more, or at an interrupt: a reader may pause without end. */
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

/** Whether a standard stream is a terminal. */
export function isTerminal(stream: object): boolean {
  return (stream as { readonly isTTY?: boolean }).isTTY === true;
}

/** The width of a terminal, in characters; undefined for any other stream, and for a terminal that does not know it and says 0. */
export function terminalWidth(stream: object): number | undefined {
  const { columns } = stream as { readonly columns?: number };
  return isTerminal(stream) && columns ? columns : undefined;
}

/** In characters. */
const usualLength = 64 * 1024;

/** Writes a long text as it is made. */
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
