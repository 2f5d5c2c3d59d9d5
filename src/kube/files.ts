import { closeSync, existsSync, openSync, readFileSync, readSync } from 'node:fs';
import { isAbsolute, sep } from 'node:path';
import { Failure } from '../errors.ts';

/** Reads a file named by a flag or a kubeconfig. The Failure names the file and the reason, never the content. */
export function readInput(title: string, path: string, cwd: string): Buffer {
  try {
    return readFileSync(inFolder(cwd, path));
  } catch (cause) {
    throw new Failure(`unable to read ${title} ${path}: ${fileProblem(cause)}`, { cause });
  }
}

/** Like readInput, but undefined if the file does not exist. */
export function readIfThere(title: string, path: string, cwd: string): Buffer | undefined {
  try {
    return readInput(title, path, cwd);
  } catch (error) {
    if (error instanceof Failure && codeOf(error.cause) === 'ENOENT') return undefined;
    throw error;
  }
}

/** The first bytes of a file, or of a pipe. */
export function readFileStart(title: string, path: string, cwd: string, maxBytes: number): Buffer {
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
    throw new Failure(`unable to read ${title} ${path}: ${fileProblem(cause)}`, { cause });
  }
  return buffer.subarray(0, length);
}

/** Whether a file or directory exists at the path. */
export function pathExists(path: string, cwd: string): boolean {
  return existsSync(inFolder(cwd, path));
}

function fileProblem(cause: unknown): string {
  const code = codeOf(cause);
  if (code === 'ENOENT') return 'no such file or directory';
  if (code === 'EACCES' || code === 'EPERM') return 'permission denied';
  if (code === 'EISDIR') return 'is a directory';
  return code ?? 'unknown error';
}

function codeOf(cause: unknown): string | undefined {
  return (cause as NodeJS.ErrnoException | undefined)?.code;
}

/** The path is not normalized: as in kubectl, the system resolves `link/..`. */
export function inFolder(folder: string, path: string): string {
  return isAbsolute(path) ? path : folder + sep + path;
}
