import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Failure } from '../errors.ts';
import { codeOf } from './files.ts';

/** Makes a folder, which only the user can read, unless it is there. */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new Failure(`cannot create folder ${path}: ${codeOf(cause) ?? 'unknown error'}`, {
      cause,
    });
  }
}

/**
 * Writes a stream to a file, which only the user can read, as a whole or not at all. Returns its size in bytes. Rethrows what
 * the stream throws.
 */
export async function writeWhole(folder: string, name: string, content: Readable): Promise<number> {
  const path = join(folder, name);
  const partial = join(folder, `.${name}.${randomUUID()}.partial`);
  const file = createWriteStream(partial, { flags: 'wx', mode: 0o600 });
  let problem: unknown;
  file.once('error', (error) => {
    problem = error;
  });
  try {
    await pipeline(content, file);
    await rename(partial, path).catch((error: unknown) => {
      problem = error;
      throw error;
    });
    return file.bytesWritten;
  } catch (error) {
    await rm(partial, { force: true });
    // Otherwise the content failed, not the file.
    if (problem === error)
      throw new Failure(`cannot write ${path}: ${codeOf(error) ?? 'unknown error'}`, {
        cause: error,
      });
    throw error;
  }
}
