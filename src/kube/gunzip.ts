import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

/** What a gzip file holds, as its parts arrive. Ends where the file is damaged. */
export async function* gunzip(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
  try {
    // An error of the source destroys both, and is the one that is thrown.
    yield* pipeline(Readable.from(chunks), createGunzip(), () => {}) as AsyncIterable<Buffer>;
  } catch (error) {
    if (!(error as NodeJS.ErrnoException).code?.startsWith('Z_')) throw error;
  }
}
