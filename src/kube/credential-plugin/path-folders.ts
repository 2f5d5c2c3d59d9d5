import { accessSync, constants } from 'node:fs';
import { delimiter, dirname, isAbsolute, join } from 'node:path';
import type { Environment } from '../environment.ts';
import { lookPath } from './look-path.ts';

/** Returns the folders of PATH without duplicates. Leaves out relative folders, because they depend on the working folder. */
export function pathFolders({ PATH = '' }: Environment): readonly string[] {
  return [...new Set(PATH.split(delimiter))]
    .filter(isAbsolute)
    .map((folder) => folder.replace(/(?<=[^/\\:])[/\\]+$/, ''));
}

/** Returns the first of these folders that is writable and in PATH: the folder of this program, krew's folder, `~/.local/bin`, `~/bin`. */
export function userFolder(program: string, env: Environment): string | undefined {
  const { path } = lookPath(program, env);
  const { HOME: home = env['USERPROFILE'] } = env;
  const folders = [
    path && dirname(path),
    krewFolder(env),
    ...(home ? [join(home, '.local', 'bin'), join(home, 'bin')] : []),
  ];
  const onPath = pathFolders(env);
  return folders.find(
    (folder) => folder !== undefined && onPath.includes(folder) && isWritable(folder),
  );
}

/** Returns the folder in which krew links plugins. */
export function krewFolder({ KREW_ROOT, HOME, USERPROFILE }: Environment): string | undefined {
  const home = HOME || USERPROFILE;
  const root = KREW_ROOT || (home && join(home, '.krew'));
  return root ? join(root, 'bin') : undefined;
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
