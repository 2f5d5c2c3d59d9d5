import { PassThrough, Readable, Writable } from 'node:stream';
import { Failure } from '../../errors.ts';

interface Screen {
  readonly rows?: number;
  readonly columns?: number;
  on(event: 'resize', listener: () => void): unknown;
}

/**
 * Every key, Ctrl-C as well, is for the remote side until the returned function is called. Node restores a terminal itself when the
 * process exits in any other way; after SIGKILL, it stays as it is.
 */
export function enterRawMode(stdin: Readable): () => void {
  const terminal = stdin as Readable & { setRawMode?(raw: boolean): unknown };
  terminal.setRawMode?.(true);
  return () => void terminal.setRawMode?.(false);
}

/** Node waits for terminals with all else, signals as well: one that nobody reads would never be left. */
export function writeWithoutWaiting(output: Writable): void {
  const { _handle } = output as { readonly _handle?: { setBlocking?(blocking: boolean): unknown } };
  if (process.platform !== 'win32') _handle?.setBlocking?.(false);
}

/** In bytes that wait to be written. A server may send each byte by itself, which takes a hundred times as much. */
const mostWaiting = 64 * 1024;

/** A stream of our own before one of the process: it may be ended, has a limit, and writes all waiting chunks at once. */
export function outputTo(write: (chunk: Buffer) => Promise<void>): Writable {
  return new Writable({
    highWaterMark: mostWaiting,
    write: (chunk: Buffer, _, done) => void write(chunk).then(() => done(), done),
    writev: (chunks: readonly { readonly chunk: Buffer }[], done) =>
      void write(Buffer.concat(chunks.map(({ chunk }) => chunk))).then(() => done(), done),
  });
}

/** Tells client-node of a size, and when it changes. */
export function sizedAs(sink: Writable, screen: Screen): Writable {
  screen.on('resize', () => sink.emit('resize'));
  return Object.defineProperties(sink, {
    rows: { get: () => screen.rows },
    columns: { get: () => screen.columns },
  });
}

/**
 * The input of a client that only reads output: kubelets before 1.36 take an input that is not asked for to have ended, and end
 * the connection with it.
 */
export function silentInput(): Readable {
  return new Readable({ read: () => {} });
}

/** Standard input as a stream that may be paused and destroyed. */
export interface Input {
  readonly stream: Readable;
  /** Aborted, with a Failure as its reason, if standard input cannot be read. */
  readonly failed: AbortSignal;
  /** Leaves unread input to others. */
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
