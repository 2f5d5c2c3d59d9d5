import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BorrowedBytes } from '../transport/memory.ts';
import { codeOf, fileFailure } from './read-file.ts';
import { partialPath } from './replace-file.ts';

/** Creates a folder that only the user can read, unless it exists. */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw fileFailure(`create folder ${path}`, cause);
  }
}

/** Removes a file; returns false if it does not exist. */
export async function removeFile(path: string): Promise<boolean> {
  try {
    await rm(path);
    return true;
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return false;
    throw fileFailure(`remove ${path}`, cause);
  }
}

/**
 * Writes pieces of content to a file that only the user can read. If this fails, no partial file remains. Returns the size in bytes.
 * Rethrows errors of `pieces`.
 */
export async function writeWhole(
  folder: string,
  name: string,
  pieces: AsyncIterable<BorrowedBytes>,
): Promise<number> {
  const path = join(folder, name);
  const partial = partialPath(path);
  let bytes = 0;
  let broken: unknown;
  async function* counted() {
    try {
      for await (const piece of pieces) {
        bytes += piece.length;
        yield piece.now;
      }
    } catch (error) {
      broken = error;
      throw error;
    }
  }
  try {
    await writeFile(partial, counted(), { flag: 'wx', mode: 0o600 });
    await rename(partial, path);
    return bytes;
  } catch (error) {
    await rm(partial, { force: true });
    throw broken === error ? error : fileFailure(`write ${path}`, error);
  }
}
