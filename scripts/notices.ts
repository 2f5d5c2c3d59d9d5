import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { dist, root } from './paths.ts';

/**
 * Returns the licenses of all bundled packages and of Node. The license of Node includes the licenses of its libraries on all platforms.
 *
 * @param node the folder of an npm package of Node; absent if the archive contains only the bundle
 */
export function thirdPartyNotices(...node: readonly string[]): string {
  return [...bundledPackages(), ...node].map(notice).join('\n');
}

export function bundledPackages(): readonly string[] {
  const { inputs } = JSON.parse(readFileSync(join(dist, 'meta.json'), 'utf8')) as {
    inputs: Record<string, unknown>;
  };
  const folders = Object.keys(inputs).flatMap(
    (path) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? [],
  );
  return [...new Set(folders)].sort().map((folder) => join(root, folder));
}

function notice(folder: string): string {
  const manifest = join(folder, 'package.json');
  const { name, version, license } = JSON.parse(readFileSync(manifest, 'utf8')) as Record<
    string,
    string
  >;
  const file = readdirSync(folder).find((entry) => /^licen[cs]e(?:\.|$)/i.test(entry));
  if (file === undefined && license === undefined) throw new Error(`${folder} names no license`);
  const text =
    file === undefined ? `License: ${license}` : readFileSync(join(folder, file), 'utf8').trim();
  const rule = '='.repeat(80);
  return `${rule}\n${name} ${version}\n${rule}\n\n${text}\n`;
}
