// Builds dist/kubectl-kubeletaccess for the machine it runs on: esbuild makes one file, pkg one executable of it.
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');
const windows = process.platform === 'win32';
export const executable = join(dist, `kubectl-kubeletaccess${windows ? '.exe' : ''}`);

/**
 * pkg's `--sea`, by the function behind its command line: the command line cannot pass a seaConfig, and without a code
 * cache every start compiles again.
 */
type MakeSea = (
  entry: string,
  options: {
    readonly targets: readonly {
      readonly nodeRange: string;
      readonly platform: string;
      readonly arch: string;
      readonly output: string;
    }[];
    readonly nodePath: string;
    readonly seaConfig: Readonly<Record<string, unknown>>;
    readonly signature: boolean;
  },
) => Promise<void>;

async function bundle(): Promise<string> {
  const outfile = join(dist, 'main.cjs');
  const result = await build({
    absWorkingDir: root,
    entryPoints: ['src/main.ts'],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node26',
    format: 'cjs',
    minify: true,
    keepNames: true,
    metafile: true,
    legalComments: 'none',
  });
  await writeFile(join(dist, 'meta.json'), JSON.stringify(result.metafile));
  return outfile;
}

async function pack(entry: string): Promise<void> {
  const { default: makeSea } = createRequire(import.meta.url)('@yao-pkg/pkg/lib-es5/sea.js') as { default: MakeSea };
  const platform = { win32: 'win', darwin: 'macos' }[process.platform as string] ?? process.platform;
  const target = { nodeRange: `node${process.versions.node}`, platform, arch: process.arch, output: executable };
  await makeSea(entry, {
    targets: [target],
    // The Node that runs this script came from npm: nothing has to be downloaded.
    nodePath: process.execPath,
    signature: true,
    seaConfig: { useCodeCache: true, useSnapshot: false, disableExperimentalSEAWarning: true },
  });
}

await rm(executable, { force: true });
await mkdir(dist, { recursive: true });
await pack(await bundle());
