import { PassThrough, type Readable } from 'node:stream';
import { Failure } from '../../errors.ts';

/** Standard input as a stream that may be paused and destroyed. */
export interface Input {
  readonly stream: Readable;
  /** Aborted, with a Failure as its reason, if standard input cannot be read. */
  readonly failed: AbortSignal;
  /** Leaves what was not read. */
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
