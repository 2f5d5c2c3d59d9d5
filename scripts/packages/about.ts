// Metadata that is the same in all kinds of packages.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { root } from '../paths.ts';
import type { Platform } from '../release/platforms.ts';

export const product = 'kubectl-kubeletaccess';

export interface About {
  readonly version: string;
  /** One sentence without a full stop. */
  readonly description: string;
  readonly homepage: string;
  readonly license: string;
}

export function about(): About {
  const { version, license } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  ) as About;
  const { spec } = load(readFileSync(join(root, 'plugins.yaml'), 'utf8')) as {
    readonly spec: { readonly homepage: string; readonly shortDescription: string };
  };
  return { version, license, homepage: spec.homepage, description: spec.shortDescription };
}

export interface Archive {
  readonly platform: Platform;
  readonly name: string;
  /** The hash of the archive, in lower-case hexadecimal. */
  readonly sha256: string;
}

export function downloadOf({ version, homepage }: About, file: string): string {
  return `${homepage}/releases/download/v${version}/${file}`;
}
