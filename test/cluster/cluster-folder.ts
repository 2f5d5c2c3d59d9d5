import { lstatSync, type Stats } from 'node:fs';
import { dirname, resolve } from 'node:path';

export function clusterFolder(): string {
  return resolve(process.env['KUBELETACCESS_CLUSTER_DIR'] || '/var/tmp/kubeletaccess-cluster');
}

/**
 * Throws if another user could have made or replaced the folder, which says what `npm run cluster down` ends and removes: every part of its
 * path must be a folder of root or of this user that nobody else may rename in, and the folder itself must be of this user alone.
 */
export function checkOwnFolder(directory: string, uid = process.getuid?.()): void {
  const problem =
    folderProblem(directory, lstatSync(directory), uid) ?? parentProblem(directory, uid);
  if (problem !== undefined)
    throw new Error(`${directory} is not believed, and nothing in it is used: ${problem}`);
}

function folderProblem(path: string, stats: Stats, uid: number | undefined): string | undefined {
  if (!stats.isDirectory()) return `${path} is not a folder`;
  if (stats.uid !== uid) return `${path} belongs to user ${stats.uid}`;
  return (stats.mode & 0o077) === 0 ? undefined : `other users may use ${path}`;
}

function parentProblem(directory: string, uid: number | undefined): string | undefined {
  const path = dirname(directory);
  if (path === directory) return undefined;
  const stats = lstatSync(path);
  if (!stats.isDirectory()) return `${path} is not a folder`;
  if (stats.uid !== 0 && stats.uid !== uid) return `${path} belongs to user ${stats.uid}`;
  // In a sticky folder, such as /tmp, nobody can rename what belongs to another user.
  const isOpen = (stats.mode & 0o022) !== 0 && (stats.mode & 0o1000) === 0;
  return isOpen ? `other users may write to ${path}` : parentProblem(path, uid);
}
