import { readFileSync } from 'node:fs';
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
