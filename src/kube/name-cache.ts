import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, statSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Environment } from './environment.ts';
import { readPrivateFile } from './private-file.ts';
import { replaceFile } from './replace-file.ts';

/** Names for shells that complete, in files of the user alone. Whatever is wrong with them, there is no cache. */
export interface NameCache {
  /** Undefined if they are not there, or too old. */
  read(key: string): readonly string[] | undefined;
  write(key: string, names: readonly string[], lifetimeMs: number): void;
}

export function openNameCache(env: Environment, now: () => number = Date.now): NameCache {
  const folder = cacheFolder(env);
  if (folder === undefined) return { read: () => undefined, write: () => {} };
  const fileOf = (key: string) => join(folder, createHash('sha256').update(key).digest('hex'));
  return {
    read: (key) =>
      orUndefined(() => {
        const text = readPrivateFile({ title: 'cache', path: fileOf(key) });
        return text === '' ? undefined : parseNames(text, now());
      }),
    write: (key, names, lifetimeMs) =>
      orUndefined(() => {
        mkdirSync(folder, { recursive: true, mode: 0o700 });
        removeOld(folder, now());
        const text = JSON.stringify({ expires: now() + lifetimeMs, names });
        replaceFile(fileOf(key), text, 0o600);
      }),
  };
}

/** In ms: nothing lives as long. */
const oldMs = 60_000;

/** So that names of a cluster do not stay after the last completion of it by more than one other. */
function removeOld(folder: string, now: number): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (now - statSync(path).mtimeMs > oldMs) unlinkSync(path);
  }
}

function parseNames(text: string, now: number): readonly string[] | undefined {
  const { expires, names } = JSON.parse(text) as Readonly<Record<string, unknown>>;
  if (typeof expires !== 'number' || expires < now || expires > now + oldMs) return undefined;
  return Array.isArray(names) ? names.filter((name) => typeof name === 'string') : undefined;
}

function orUndefined<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}

/** Where the system keeps what may be deleted. Undefined without a home. */
function cacheFolder(env: Environment): string | undefined {
  const { XDG_CACHE_HOME: xdg, HOME: home, LOCALAPPDATA: local } = env;
  const byPlatform = {
    win32: local,
    darwin: home && join(home, 'Library', 'Caches'),
  } as Readonly<Record<string, string | undefined>>;
  const usual =
    process.platform in byPlatform ? byPlatform[process.platform] : home && join(home, '.cache');
  const parent = xdg || usual;
  return parent ? join(parent, 'kubectl-kubeletaccess', 'completion') : undefined;
}
