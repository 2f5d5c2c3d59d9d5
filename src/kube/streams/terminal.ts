import { PassThrough, Readable, Writable } from 'node:stream';
import { Failure } from '../../errors.ts';

interface Screen {
  readonly rows?: number;
  readonly columns?: number;
  on(event: 'resize', listener: () => void): unknown;
}

/**
 * Sends every key, also Ctrl-C, to the remote side until the returned function is called. Node itself restores the terminal if the process
 * exits in any other way, except after SIGKILL.
 */
export function enterRawMode(stdin: Readable): () => void {
  const terminal = stdin as Readable & { setRawMode?(raw: boolean): unknown };
  terminal.setRawMode?.(true);
  return () => void terminal.setRawMode?.(false);
}

/** Makes writes to a terminal non-blocking. Otherwise Node blocks, even for signals, on a terminal that nobody reads. */
export function writeWithoutWaiting(output: Writable): void {
  const { _handle } = output as { readonly _handle?: { setBlocking?(blocking: boolean): unknown } };
  if (process.platform !== 'win32') _handle?.setBlocking?.(false);
}

/** Limit in bytes for waiting output. If a server sends single bytes, each takes a hundred times its size in memory. */
const mostWaiting = 64 * 1024;

/** Returns a stream in front of an output of the process. It may be ended, has a limit, and writes all waiting chunks at once. */
export function outputTo(write: (chunk: Buffer) => Promise<void>): Writable {
  return new Writable({
    highWaterMark: mostWaiting,
    write: (chunk: Buffer, _, done) => void write(chunk).then(() => done(), done),
    writev: (chunks: readonly { readonly chunk: Buffer }[], done) =>
      void write(Buffer.concat(chunks.map(({ chunk }) => chunk))).then(() => done(), done),
  });
}

/** Gives a stream the size of a screen, and its changes, for client-node. */
export function sizedAs(sink: Writable, screen: Screen): Writable {
  screen.on('resize', () => sink.emit('resize'));
  return Object.defineProperties(sink, {
    rows: { get: () => screen.rows },
    columns: { get: () => screen.columns },
  });
}

/** Returns the input of a client that only reads output: kubelets before 1.36 treat missing input as ended, and end the connection. */
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
