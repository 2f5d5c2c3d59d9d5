import { mkdirSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { root } from '../paths.ts';

/** Where compiled programs are kept from one run to the next. */
export function cacheFolder(): string {
  const own = process.env['KUBELETACCESS_CACHE'];
  if (own) {
    return resolve(own);
  }
  return resolve(
    process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'),
    'kubectl-kubeletaccess',
  );
}

/**
 * Where Node keeps the compiled sources of tests, for all checkouts: it names a source by the way there from this folder, which a
 * link within the checkout makes the same for each.
 */
export function compiledTests(): string {
  const folder = join(cacheFolder(), 'compiled-tests');
  const link = join(root, 'node_modules/.cache/compiled-tests');
  if (targetOf(link) === folder) return link;
  for (const each of [folder, dirname(link)]) mkdirSync(each, { recursive: true });
  rmSync(link, { recursive: true, force: true });
  symlinkSync(folder, link, 'junction');
  return link;
}

function targetOf(link: string): string | undefined {
  try {
    return readlinkSync(link);
  } catch {
    return undefined;
  }
}
