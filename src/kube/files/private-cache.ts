import { createHash } from 'node:crypto';
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
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
import { isClosed, isOwn, isTrusted, keepsFiles } from './ownership.ts';
import { replaceFile } from './replace-file.ts';

/** Values of one type by their keys, as JSON in files of the user alone. Whatever is wrong with them, there is no cache. */
export interface PrivateCache<T> {
  /** The value, and how many ms ago it was written; undefined if it is not there, of another type, or too old. */
  read(key: string): { readonly value: T; readonly ageMs: number } | undefined;
  write(key: string, value: T): void;
}

/**
 * @param name of its folder
 * @param longestMs nothing is kept longer
 */
export function openPrivateCache<T>(
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
  const fileOf = (key: string) => join(folder, createHash('sha256').update(key).digest('hex'));
  return {
    read: (key) =>
      attempt(() => {
        const found = parseChecked(written, readPrivateFile(fileOf(key)) ?? '');
        const ageMs = now() - (found?.at ?? Number.NaN);
        return found && ageMs >= 0 && ageMs <= longestMs
          ? { value: found.value, ageMs }
          : undefined;
      }),
    write: (key, value) =>
      attempt(() => {
        // Below a home that is there: none is made for a user without one.
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

/** Undefined for a file that another user may have written, or could replace. Throws if it cannot be read. */
function readPrivateFile(path: string): string | undefined {
  const file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const stats = fstatSync(file);
    const isOwned = stats.isFile() && isTrusted(stats) && isClosed(stats);
    const folders = new Set([...foldersTo(realpathSync(path)), ...foldersTo(path)]);
    const isSafe =
      isOwned &&
      [...folders]
        .map((each) => statSync(each))
        .every((each) => isTrusted(each) && keepsFiles(each));
    return isSafe ? readFileSync(file, 'utf8') : undefined;
  } finally {
    closeSync(file);
  }
}

/** The folders above a path: whoever may write one may replace the file, except under a sticky bit, as in /tmp. */
function foldersTo(path: string): readonly string[] {
  const folder = dirname(path);
  return folder === path ? [] : [folder, ...foldersTo(folder)];
}

/** Removes files that no cluster has used lately. */
function removeOld(folder: string, before: number): void {
  for (const name of readdirSync(folder)) {
    if (!ownFile.test(name)) continue;
    const path = join(folder, name);
    const stats = lstatSync(path);
    if (stats.mtimeMs < before && stats.isFile() && isOwn(stats)) unlinkSync(path);
  }
}

/** A digest of a key, or the partial file of one. */
const ownFile = /^(?:[0-9a-f]{64}|\.[0-9a-f]{64}\.[0-9a-f-]{36}\.partial)$/;

/** Whether a folder is the user's own, and no link, and nobody else can put anything into it: a link would lead to other files. */
function isPrivate(folder: string): boolean {
  const stats = lstatSync(folder);
  return stats.isDirectory() && isOwn(stats) && isClosed(stats);
}

/** Whether nobody else can replace files in a folder. It may be a link of the user's, or the system's, as /tmp is. */
function isKept(folder: string): boolean {
  const stats = statSync(folder);
  return isTrusted(lstatSync(folder)) && isTrusted(stats) && keepsFiles(stats);
}

/** The system's folder for caches, and the folder that must exist already. Undefined without a home. */
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
