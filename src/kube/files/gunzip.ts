import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { codeOf } from './read-file.ts';

/** Unpacks a gzip file as its parts arrive. If the file is damaged, calls `damaged` and ends. */
export async function* gunzip(
  chunks: AsyncIterable<Buffer>,
  damaged: () => void = () => {},
): AsyncGenerator<Buffer, void> {
  try {
    // An error of `chunks` is thrown here, because it destroys both streams.
    yield* pipeline(Readable.from(chunks), createGunzip(), () => {}) as AsyncIterable<Buffer>;
  } catch (error) {
    if (!codeOf(error)?.startsWith('Z_')) throw error;
    damaged();
  }
}

export async function* gunzipIfPacked(
  chunks: AsyncIterable<Buffer>,
  damaged: () => void,
): AsyncGenerator<Buffer, void> {
  const rest = chunks[Symbol.asyncIterator]();
  let start = Buffer.alloc(0);
  while (start.length < 2) {
    const { done, value } = await rest.next();
    if (done) break;
    start = Buffer.concat([start, value]);
  }
  const all = startingWith(start, rest);
  yield* start[0] === 0x1f && start[1] === 0x8b ? gunzip(all, damaged) : all;
}

async function* startingWith(
  start: Buffer,
  rest: AsyncIterator<Buffer>,
): AsyncGenerator<Buffer, void> {
  yield start;
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
}
