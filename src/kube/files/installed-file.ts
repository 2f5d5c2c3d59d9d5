import { lstatSync, mkdirSync, readFileSync, statSync, unlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { codeOf, fileFailure } from './read-file.ts';
import { replaceFile } from './replace-file.ts';

export interface OwnFile {
  readonly path: string;
  readonly text: string;
  /** Text that only files of this program contain. */
  readonly mark: string;
  readonly isExecutable: boolean;
}

/** State of a path; `foreign` means that the path is a link, or a file that this program did not install. */
export type OwnFileState = 'absent' | 'own' | 'foreign';

export function stateOf({ path, mark }: Pick<OwnFile, 'path' | 'mark'>): OwnFileState {
  try {
    const isFile = lstatSync(path).isFile();
    return isFile && readFileSync(path, 'utf8').includes(mark) ? 'own' : 'foreign';
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT' || codeOf(cause) === 'ENOTDIR') return 'absent';
    throw fileFailure(`read ${path}`, cause);
  }
}

/** Whether the file exists exactly as `writeOwnFile` would write it. */
export function isWritten({ path, text, isExecutable }: OwnFile): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats?.isFile() || readFileSync(path, 'utf8') !== text) return false;
  return !isExecutable || process.platform === 'win32' || (stats.mode & 0o111) === 0o111;
}

/** Creates or replaces the file in one step, and creates its folder. */
export function writeOwnFile({ path, text, isExecutable }: OwnFile): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    replaceFile(path, text, isExecutable ? 0o755 : 0o644);
  } catch (cause) {
    throw fileFailure(`write ${path}`, cause);
  }
}

export function removeOwnFile({ path }: Pick<OwnFile, 'path'>): void {
  try {
    unlinkSync(path);
  } catch (cause) {
    throw fileFailure(`remove ${path}`, cause);
  }
}
