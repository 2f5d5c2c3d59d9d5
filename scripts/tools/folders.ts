import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

export function cacheFolder(): string {
  const own = process.env['KUBELETACCESS_CACHE'];
  if (own) return resolve(own);
  return resolve(
    process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'),
    'kubectl-kubeletaccess',
  );
}

/** Folder in which Node stores the compiled sources of tests. */
export const compiledTests = () => join(cacheFolder(), 'compiled-tests');
