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

export const compiledTests = () => join(cacheFolder(), 'compiled-tests');
