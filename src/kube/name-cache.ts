import type { Environment } from './environment.ts';
import { openPrivateCache } from './private-cache.ts';

/** Names for shells that complete. */
export interface NameCache {
  /** Undefined if they are not there, or too old. */
  read(key: string): readonly string[] | undefined;
  write(key: string, names: readonly string[], lifetimeMs: number): void;
}

/** In ms: nothing lives as long. */
const longestMs = 60_000;

export function openNameCache(env: Environment, now: () => number = Date.now): NameCache {
  const cache = openPrivateCache(env, 'completion', longestMs, now);
  return {
    read: (key) => parseNames(cache.read(key), now()),
    write: (key, names, lifetimeMs) => cache.write(key, { expires: now() + lifetimeMs, names }),
  };
}

function parseNames(value: unknown, now: number): readonly string[] | undefined {
  const { expires, names } = Object(value) as Readonly<Record<string, unknown>>;
  if (typeof expires !== 'number' || expires < now || expires > now + longestMs) return undefined;
  return Array.isArray(names) ? names.filter((name) => typeof name === 'string') : undefined;
}
