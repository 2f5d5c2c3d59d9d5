import type { Stats } from 'node:fs';

// On Windows, Node does not report the owners and modes of files. There, every file passes these checks.

type Permissions = Pick<Stats, 'uid' | 'mode'>;

export function isOwn({ uid }: Permissions): boolean {
  return process.getuid === undefined || uid === process.getuid();
}

export function isOwnerTrusted(file: Permissions): boolean {
  return isOwn(file) || file.uid === 0;
}

/** Whether only the owner of a file or folder may write to it. */
export function isClosed({ mode }: Permissions): boolean {
  return process.getuid === undefined || (mode & 0o022) === 0;
}

/**
 * Whether only the owner of a folder, or the owner of a file in it, may replace the file. This is so if only its owner may write to the
 * folder, or if it has a sticky bit as /tmp has.
 */
export function keepsFiles(folder: Permissions): boolean {
  return isClosed(folder) || (folder.mode & 0o1000) !== 0;
}
