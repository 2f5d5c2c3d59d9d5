import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { Failure, Interrupted } from '../../errors.ts';
import { command } from '../../text/command.ts';
import { tryAgain } from '../try-again.ts';
import { isClosed, isTrusted, keepsFiles } from './ownership.ts';
import { codeOf, fileProblem } from './read-file.ts';

/** A file that programs trust: nobody but its owner may write it. */
export interface PrivateFile {
  /** For messages: `kubelet trust file`. */
  readonly title: string;
  /** Absolute. */
  readonly path: string;
  /** In ms, how long another process may hold the lock; by default 3 s. */
  readonly patienceMs?: number;
}

/** In ms. */
const pollMs = 20;

/** Empty if there is no such file. Throws a Failure for a file, or a folder, that others may write, as sshd does. */
export function readPrivateFile(file: PrivateFile): string {
  const { title, path } = file;
  try {
    const target = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      const stats = fstatSync(target);
      if (!stats.isFile()) throw new Failure(`${title} ${path} is not a regular file`);
      checkOwnership(file, path, isTrusted(stats), isClosed(stats));
      checkFolder(file);
      return readFileSync(target, 'utf8');
    } finally {
      closeSync(target);
    }
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return '';
    if (cause instanceof Failure) throw cause;
    throw new Failure(`unable to read ${title} ${path}: ${fileProblem(cause)}`, { cause });
  }
}

/**
 * Replaces the text of a file at once, or not at all: `FILE.lock`, which only one process can create, becomes the file, so that
 * several processes lose nothing. `change` sees the latest text; undefined leaves it.
 */
export async function updatePrivateFile(
  file: PrivateFile,
  signal: AbortSignal,
  change: (text: string) => string | undefined,
): Promise<void> {
  const path = realPath(file);
  const lock = `${path}.lock`;
  const locked = await createLock(file, lock, signal);
  let isLeft = true;
  try {
    checkFolder(file);
    const text = change(readPrivateFile(file));
    if (text === undefined) return;
    writeFileSync(locked, text);
    fsyncSync(locked);
    renameSync(lock, path);
    isLeft = false;
  } catch (cause) {
    throw cause instanceof Failure ? cause : unwritable(file, cause);
  } finally {
    closeSync(locked);
    if (isLeft) unlinkSync(lock);
  }
}

async function createLock(file: PrivateFile, lock: string, signal: AbortSignal): Promise<number> {
  const end = performance.now() + (file.patienceMs ?? 3000);
  const isHeld = (error: unknown) => codeOf(error) === 'EEXIST';
  try {
    return await tryAgain(
      async () => openSync(lock, 'wx', 0o600),
      ({ error }) => (isHeld(error) && performance.now() <= end ? pollMs : undefined),
      signal,
    );
  } catch (cause) {
    if (cause instanceof Interrupted) throw cause;
    if (!isHeld(cause)) throw unwritable(file, cause);
    throw new Failure(
      `unable to write ${file.title} ${file.path}: ${lock} exists, so that another process is writing it, or ended while it did`,
      { cause, hints: [command`if none is running: rm ${lock}`] },
    );
  }
}

/** A link stays one. */
function realPath(file: PrivateFile): string {
  try {
    return realpathSync(file.path);
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return file.path;
    throw unwritable(file, cause);
  }
}

function unwritable({ title, path }: PrivateFile, cause: unknown): Failure {
  return new Failure(`unable to write ${title} ${path}: ${fileProblem(cause)}`, { cause });
}

/** Checks the folders on the way to the file, and to the target of a link: whoever may write one may replace the file, except under a sticky bit, as in /tmp. */
function checkFolder(file: PrivateFile): void {
  const folders = new Set([...foldersTo(realPath(file)), ...foldersTo(file.path)]);
  for (const folder of folders) {
    const stats = statSync(folder);
    checkOwnership(file, folder, isTrusted(stats), keepsFiles(stats));
  }
}

/** The folders above a path, the nearest first. */
function foldersTo(path: string): readonly string[] {
  const folder = dirname(path);
  return folder === path ? [] : [folder, ...foldersTo(folder)];
}

function checkOwnership(
  { title, path }: PrivateFile,
  checked: string,
  hasTrustedOwner: boolean,
  isForOwner: boolean,
): void {
  const unused = (why: string, hints: readonly string[]) =>
    new Failure(`${title} ${path} is not used: ${checked} ${why}`, { hints });
  if (!hasTrustedOwner) throw unused('belongs to another user', []);
  if (!isForOwner) throw unused('can be written by others', [command`chmod go-w ${checked}`]);
}
