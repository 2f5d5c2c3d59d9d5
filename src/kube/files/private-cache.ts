import { hash } from 'node:crypto';
import {
  constants,
  existsSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
  unlinkSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import * as v from '@badrap/valita';
import { attempt } from '../../attempt.ts';
import { parseChecked } from '../../schema.ts';
import type { Environment } from '../environment.ts';
import { isClosed, isOwn, isOwnerTrusted, keepsFiles } from './ownership.ts';
import { withFile } from './read-file.ts';
import { replaceFile } from './replace-file.ts';

/**
 * Stores values of one type by key, as JSON in files that only the user can access. If a file cannot be read or written for any reason,
 * acts as if the value were missing.
 */
export interface PrivateCache<T> {
  /** Returns a value and its age in ms; undefined if it is missing, of another type, or too old. */
  read(key: string): { readonly value: T; readonly ageMs: number } | undefined;
  write(key: string, value: T): void;
}

/**
 * @param name name of the folder
 * @param longestMs longest time for which values are kept
 */
export function createPrivateCache<T>(
  env: Environment,
  name: string,
  longestMs: number,
  type: v.Type<T>,
  now: () => number = Date.now,
): PrivateCache<T> {
  const written = v.object({ at: v.number(), value: type });
  const place = cacheFolder(env);
  if (!place) return { read: () => undefined, write: () => {} };
  const folder = join(place.parent, name);
  const fileOf = (key: string) => join(folder, hash('sha256', key));
  return {
    read: (key) =>
      attempt(() => {
        const found = parseChecked(written, readPrivateFile(fileOf(key)) ?? '');
        if (!found) return undefined;
        const ageMs = now() - found.at;
        return ageMs >= 0 && ageMs <= longestMs ? { value: found.value, ageMs } : undefined;
      }),
    write: (key, value) =>
      attempt(() => {
        // Creates missing parent folders, but never the home folder.
        if (!existsSync(place.home)) return;
        mkdirSync(place.parent, { recursive: true, mode: 0o700 });
        if (!isKept(dirname(place.parent)) || !isPrivate(place.parent)) return;
        mkdirSync(folder, { recursive: true, mode: 0o700 });
        if (!isPrivate(folder)) return;
        removeOld(folder, now() - longestMs);
        replaceFile(fileOf(key), JSON.stringify({ at: now(), value }), 0o600);
      }),
  };
}

/** Reads a file; undefined if another user may have written it or could replace it. Throws if it cannot be read. */
function readPrivateFile(path: string): string | undefined {
  return withFile(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0), (file) => {
    const stats = fstatSync(file);
    if (!stats.isFile() || !isOwnerTrusted(stats) || !isClosed(stats)) return undefined;
    const folders = new Set([...foldersTo(realpathSync(path)), ...foldersTo(path)]);
    const isSafe = [...folders]
      .map((each) => statSync(each))
      .every((each) => isOwnerTrusted(each) && keepsFiles(each));
    return isSafe ? readFileSync(file, 'utf8') : undefined;
  });
}

/**
 * Returns the folders above a path. A user with write access to one of them can replace the file, unless the folder has a sticky bit as
 * /tmp has.
 */
function foldersTo(path: string): readonly string[] {
  const folder = dirname(path);
  return folder === path ? [] : [folder, ...foldersTo(folder)];
}

function removeOld(folder: string, before: number): void {
  for (const name of readdirSync(folder)) {
    if (!ownFile.test(name)) continue;
    const path = join(folder, name);
    const stats = lstatSync(path);
    if (stats.mtimeMs < before && stats.isFile() && isOwn(stats)) unlinkSync(path);
  }
}

/** Matches names of cache files, which are hashes of the keys, and names of their partial files. */
const ownFile = /^(?:[0-9a-f]{64}|\.[0-9a-f]{64}\.[0-9a-f-]{36}\.partial)$/;

/**
 * Whether a folder belongs to the user, and only the user can add files to it. Returns false for a link, because it could point to another
 * folder later.
 */
function isPrivate(folder: string): boolean {
  const stats = lstatSync(folder);
  return stats.isDirectory() && isOwn(stats) && isClosed(stats);
}

/** Whether only the user or root can replace files in a folder. The folder may be a link that the user or root made. */
function isKept(folder: string): boolean {
  const stats = statSync(folder);
  return isOwnerTrusted(lstatSync(folder)) && isOwnerTrusted(stats) && keepsFiles(stats);
}

/** Returns this program's cache folder, and the home folder, which must already exist; undefined without a home folder. */
function cacheFolder(
  env: Environment,
): { readonly parent: string; readonly home: string } | undefined {
  const { XDG_CACHE_HOME: xdg, HOME: home, LOCALAPPDATA: local } = env;
  if (xdg) return { parent: join(xdg, ownName), home: dirname(xdg) };
  if (process.platform === 'win32')
    return local ? { parent: join(local, ownName), home: local } : undefined;
  const caches = process.platform === 'darwin' ? ['Library', 'Caches'] : ['.cache'];
  return home ? { parent: join(home, ...caches, ownName), home } : undefined;
}

const ownName = 'kubectl-kubeletaccess';
