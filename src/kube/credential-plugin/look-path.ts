import { accessSync, constants, statSync } from 'node:fs';
import { basename, delimiter, extname, isAbsolute, join, sep } from 'node:path';
import type { Environment } from '../environment.ts';
import { codeOf } from '../files/read-file.ts';

/** The path of an executable, or the problem in Go's words. */
export type FoundExecutable =
  | { readonly path: string; readonly problem?: never }
  | { readonly path?: never; readonly problem: string };

export const noSuchFile = 'no such file or directory';
export const isDirectory = 'is a directory';
export const permissionDenied = 'permission denied';
const notOnPath = 'executable file not found in $PATH';
const onlyHere = 'cannot run executable found relative to current directory';

export const onWindows = sep === '\\';

/**
 * Like Go's exec.LookPath, searches the folders of PATH for a command without a slash; any other command is used as a path. If the
 * executable is found by an empty or relative entry of PATH, returns a problem: another user could have planted it in the working folder.
 * On Windows, unlike Go, skips empty and relative entries.
 */
export function lookPath(command: string, env: Environment): FoundExecutable {
  if (basename(command) !== command) return firstExecutable(spellings(command, env));
  for (const folder of (env['PATH'] ?? '').split(delimiter)) {
    if (onWindows && !isAbsolute(folder)) continue;
    const { path } = firstExecutable(spellings(join(folder || '.', command), env));
    if (path !== undefined) return isAbsolute(path) ? { path } : { problem: onlyHere };
  }
  return { problem: notOnPath };
}

function firstExecutable(paths: readonly string[]): FoundExecutable {
  let problem = noSuchFile;
  for (const path of paths) {
    const found = problemOf(path);
    if (found === undefined) return { path };
    problem = found;
  }
  return { problem };
}

function spellings(path: string, env: Environment): readonly string[] {
  if (!onWindows) return [path];
  const extensions = (env['PATHEXT'] || '.com;.exe;.bat;.cmd').toLowerCase().split(';');
  const extended = extensions.filter((item) => item !== '').map((item) => path + item);
  return extname(path) === '' ? extended : [path, ...extended];
}

function problemOf(path: string): string | undefined {
  try {
    if (statSync(path).isDirectory()) return isDirectory;
    accessSync(path, constants.X_OK);
    return undefined;
  } catch (error) {
    return codeOf(error) === 'EACCES' ? permissionDenied : noSuchFile;
  }
}
