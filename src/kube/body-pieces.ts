import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { Answer } from './transport/transport.ts';

/** What a gzip file holds, as its parts arrive. Ends where the file is damaged. */
export async function* gunzip(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
  try {
    // An error of the source destroys both, and is the one that is thrown.
    yield* pipeline(Readable.from(chunks), createGunzip(), () => {}) as AsyncIterable<Buffer>;
  } catch (error) {
    if (!(error as NodeJS.ErrnoException).code?.startsWith('Z_')) throw error;
  }
}

/** An answer with another body, made of its own. */
export function withBody(answer: Answer, pieces: AsyncIterable<Buffer>): Answer {
  const destroy = (error?: Error) => answer.body.destroy(error);
  return {
    ...answer,
    body: { destroy, [Symbol.asyncIterator]: () => pieces[Symbol.asyncIterator]() },
  };
}

/** A body without a byte. */
export async function* emptyBody(): AsyncGenerator<Buffer, void> {}
