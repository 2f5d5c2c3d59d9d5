import { join } from 'node:path';
import { krewFolder } from './build.ts';

/** Where krew and its manifest validator are after `buildKrew`. */
export function krewBinaries(): { readonly krew: string; readonly validator: string } {
  return {
    krew: join(krewFolder(), 'krew'),
    validator: join(krewFolder(), 'validate-krew-manifest'),
  };
}
