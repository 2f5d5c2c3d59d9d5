import { PassThrough, Readable, Writable } from 'node:stream';
import { Failure } from '../../errors.ts';

interface Screen {
  readonly rows?: number;
  readonly columns?: number;
  on(event: 'resize', listener: () => void): unknown;
}

/**
 * Sends every key, including Ctrl-C, to the remote command until the returned function is called. If the process exits without that call,
 * Node.js restores the terminal, except after SIGKILL.
 */
export function enterRawMode(stdin: Readable): () => void {
  const terminal = stdin as Readable & { setRawMode?(raw: boolean): unknown };
  terminal.setRawMode?.(true);
  return () => void terminal.setRawMode?.(false);
}

/** Makes writes to a terminal non-blocking. Otherwise, Node would block if nobody reads the terminal, and could not handle signals. */
export function writeWithoutWaiting(output: Writable): void {
  const { _handle } = output as { readonly _handle?: { setBlocking?(blocking: boolean): unknown } };
  if (process.platform !== 'win32') _handle?.setBlocking?.(false);
}

/**
 * Limit in bytes for waiting output. It is low, because a server may send single bytes, and each takes a hundred times its size in memory.
 */
const mostWaiting = 64 * 1024;

/**
 * Returns a stream that writes to an output of the process. Unlike that output, it may be ended, limits the waiting bytes, and writes all
 * waiting chunks at once.
 */
export function outputTo(write: (chunk: Buffer) => Promise<void>): Writable {
  return new Writable({
    highWaterMark: mostWaiting,
    write: (chunk: Buffer, _, done) => void write(chunk).then(() => done(), done),
    writev: (chunks: readonly { readonly chunk: Buffer }[], done) =>
      void write(Buffer.concat(chunks.map(({ chunk }) => chunk))).then(() => done(), done),
  });
}

/** Gives a stream the size of a terminal, and events when the size changes, as @kubernetes/client-node expects them. */
export function sizedAs(sink: Writable, screen: Screen): Writable {
  screen.on('resize', () => sink.emit('resize'));
  return Object.defineProperties(sink, {
    rows: { get: () => screen.rows },
    columns: { get: () => screen.columns },
  });
}

/**
 * Returns an input that never has data and never ends, for a client that only reads output. Kubelets before 1.36 would treat missing input
 * as ended, and close the connection.
 */
export function silentInput(): Readable {
  return new Readable({ read: () => {} });
}

/** Standard input as a stream that may be paused and destroyed. */
export interface Input {
  readonly stream: Readable;
  /** Aborted, with a Failure as its reason, if standard input cannot be read. */
  readonly failed: AbortSignal;
  /** Stops reading, so that unread input is left to other programs. */
  release(): void;
}

export function inputFrom(stdin: Readable): Input {
  const stream = new PassThrough();
  const failing = new AbortController();
  const fail = (error: Error) =>
    failing.abort(new Failure(`unable to read standard input: ${error.message}`, { cause: error }));
  stdin.on('error', fail);
  stdin.pipe(stream);
  return {
    stream,
    failed: failing.signal,
    release: () => {
      stdin.unpipe(stream);
      stdin.pause();
    },
  };
}
