import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** The folder of compiled programs. */
export function cacheFolder(): string {
  const own = process.env['KUBELETACCESS_CACHE'];
  if (own) return resolve(own);
  return resolve(
    process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'),
    'kubectl-kubeletaccess',
  );
}

/** The folder in which Node keeps compiled sources of tests. */
export const compiledTests = () => join(cacheFolder(), 'compiled-tests');
