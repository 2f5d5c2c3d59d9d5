import { onAbort } from '../kube/on-abort.ts';

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
    if (signal.aborted) end();
  });
}
