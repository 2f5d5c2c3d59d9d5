import { closeSync, existsSync, openSync, readFileSync, readSync } from 'node:fs';
import { isAbsolute, sep } from 'node:path';
import { Failure } from '../errors.ts';

/** Reads a file that a flag or a kubeconfig names; a Failure says which and why not, never what is in it. */
export function readInput(what: string, path: string, cwd: string): Buffer {
  try {
    return readFileSync(inFolder(cwd, path));
  } catch (cause) {
    throw new Failure(`cannot read ${what} ${path}: ${fileProblem(cause)}`, { cause });
  }
}

/** The same, but undefined where there is no such file. */
export function readIfThere(what: string, path: string, cwd: string): Buffer | undefined {
  try {
    return readInput(what, path, cwd);
  } catch (error) {
    if (error instanceof Failure && codeOf(error.cause) === 'ENOENT') return undefined;
    throw error;
  }
}

/** The first bytes of a file, or of a pipe. */
export function readFileStart(what: string, path: string, cwd: string, maxBytes: number): Buffer {
  const buffer = Buffer.alloc(maxBytes);
  let length = 0;
  try {
    const file = openSync(inFolder(cwd, path), 'r');
    try {
      for (let count = -1; count !== 0 && length < maxBytes; length += count)
        count = readSync(file, buffer, length, maxBytes - length, null);
    } finally {
      closeSync(file);
    }
  } catch (cause) {
    throw new Failure(`cannot read ${what} ${path}: ${fileProblem(cause)}`, { cause });
  }
  return buffer.subarray(0, length);
}

/** Whether anything, a directory too, is at that path. */
export function pathExists(path: string, cwd: string): boolean {
  return existsSync(inFolder(cwd, path));
}

function fileProblem(cause: unknown): string {
  const code = codeOf(cause);
  if (code === 'ENOENT') return 'no such file';
  if (code === 'EACCES' || code === 'EPERM') return 'permission denied';
  if (code === 'EISDIR') return 'it is a directory';
  return code ?? 'unknown problem';
}

function codeOf(cause: unknown): string | undefined {
  return (cause as NodeJS.ErrnoException | undefined)?.code;
}

/** Not cleaned: where `link/..` leads, only the system knows, and it is what kubectl asks. */
export function inFolder(folder: string, path: string): string {
  return isAbsolute(path) ? path : folder + sep + path;
}
