import { link, mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../../errors.ts';
import { codeOf } from './read-file.ts';
import { partialPath } from './replace-file.ts';

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

/** False if there is none. */
export async function removeFile(path: string): Promise<boolean> {
  try {
    await rm(path);
    return true;
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return false;
    throw new Failure(`cannot remove ${path}: ${codeOf(cause) ?? 'unknown error'}`, { cause });
  }
}

/**
 * Writes pieces to a file, which only the user can read, as a whole or not at all. Returns its size in bytes. Rethrows what the
 * source of the pieces throws.
 */
export async function writeWhole(
  folder: string,
  name: string,
  pieces: AsyncIterable<Buffer>,
): Promise<number> {
  const path = join(folder, name);
  return writePartial(path, pieces, (partial) => rename(partial, path));
}

/** A file that was not there before. */
export interface NewFile {
  readonly name: string;
  readonly bytes: number;
}

/** The same to a file that is not there yet: of the names that `nameAt` gives for 1, 2 and so on, the first that is free. */
export async function writeNew(
  folder: string,
  nameAt: (attempt: number) => string,
  pieces: AsyncIterable<Buffer>,
): Promise<NewFile> {
  let name = nameAt(1);
  const bytes = await writePartial(join(folder, name), pieces, async (partial) => {
    for (let attempt = 1; ; attempt += 1) {
      name = nameAt(attempt);
      try {
        await renameToNew(partial, join(folder, name));
        return;
      } catch (error) {
        if (codeOf(error) !== 'EEXIST' || attempt === mostAttempts) throw error;
      }
    }
  });
  return { name, bytes };
}

const mostAttempts = 1000;

/** A rename replaces what is there, a link does not. File systems without links get an empty file, which is then replaced. */
export async function renameToNew(
  from: string,
  to: string,
  linkFile: typeof link = link,
): Promise<void> {
  try {
    await linkFile(from, to);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') throw error;
    await (await open(to, 'wx', 0o600)).close();
    try {
      await rename(from, to);
    } catch (failure) {
      await rm(to, { force: true });
      throw failure;
    }
    return;
  }
  await rm(from, { force: true });
}

/** Writes a file beside the path, which `finish` then gives its name. */
async function writePartial(
  path: string,
  pieces: AsyncIterable<Buffer>,
  finish: (partial: string) => Promise<void>,
): Promise<number> {
  const partial = partialPath(path);
  let bytes = 0;
  let broken: unknown;
  async function* counted() {
    try {
      for await (const piece of pieces) {
        bytes += piece.length;
        yield piece;
      }
    } catch (error) {
      broken = error;
      throw error;
    }
  }
  try {
    const file = await open(partial, 'wx', 0o600);
    try {
      await file.writeFile(counted());
    } finally {
      await file.close();
    }
    await finish(partial);
    return bytes;
  } catch (error) {
    await rm(partial, { force: true });
    if (broken === error) throw error;
    throw new Failure(`cannot write ${path}: ${codeOf(error) ?? 'unknown error'}`, {
      cause: error,
    });
  }
}
