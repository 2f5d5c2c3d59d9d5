import type { Stats } from 'node:fs';

// On Windows, Node has neither owners nor modes of files, so every file passes.

type Permissions = Pick<Stats, 'uid' | 'mode'>;

export function isOwn({ uid }: Permissions): boolean {
  return process.getuid === undefined || uid === process.getuid();
}

/** Whether a file or folder belongs to the user or to root. */
export function isTrusted(file: Permissions): boolean {
  return isOwn(file) || file.uid === 0;
}

/** Whether only the owner of a file or folder may write to it. */
export function isClosed({ mode }: Permissions): boolean {
  return process.getuid === undefined || (mode & 0o022) === 0;
}

/** Whether only the owners of a folder and of its files may replace the files: by the folder's mode, or a sticky bit as on /tmp. */
export function keepsFiles(folder: Permissions): boolean {
  return isClosed(folder) || (folder.mode & 0o1000) !== 0;
}
