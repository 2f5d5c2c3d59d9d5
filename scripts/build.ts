// Builds dist/kubectl-kubeletaccess for the machine it runs on: esbuild makes one file, pkg one executable of it.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { dist, executable, root } from './paths.ts';

/**
 * pkg's `--sea`, by the function behind its command line, which cannot pass a seaConfig: without a start-up snapshot each
 * start evaluates everything again, and takes half as long again.
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

/**
 * clipanion's default context takes hold of the standard streams when it is imported, which no snapshot survives; ours
 * replaces it for each run. Its platform for browsers does without node:tty. The state machine of a command line, 5 ms
 * to make, is made once, in the snapshot.
 */
const inertClipanion: Plugin = {
  name: 'inert-clipanion',
  setup({ onEnd, onLoad, onResolve }) {
    let found = false;
    onResolve({ filter: /^\.\.\/platform$/ }, ({ resolveDir }) => ({
      path: join(resolveDir, '../platform/browser.mjs'),
    }));
    onLoad({ filter: /clipanion.lib.advanced.Cli\.js$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      const inert = source.replaceAll(/process\.(?:stdin|stdout|stderr),/g, 'undefined,');
      const memoized = inert.replaceAll(
        'this.builder.compile()',
        '(this.compiled ??= this.builder.compile())',
      );
      if (inert === source || memoized === inert)
        throw new Error('clipanion has changed: look at this plugin again');
      found = true;
      return { contents: memoized, loader: 'js' };
    });
    onEnd(() => {
      if (!found) throw new Error('clipanion is not where it was: look at this plugin again');
    });
  },
};

/**
 * Most of these end the building of a snapshot when they are loaded (Node 26), and child_process is seldom needed: they are
 * fetched at the first use instead. A dynamic import() would fail, for a snapshot has none.
 */
const lateBuiltins: Plugin = {
  name: 'late-builtins',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /^node:(?:child_process|https?|tls)$/ }, ({ path }) => ({
      path,
      namespace: 'late',
    }));
    onLoad({ filter: /.*/, namespace: 'late' }, ({ path }) => {
      const names = Object.keys(process.getBuiltinModule(path) as object);
      const getters = names.map(
        (name) => `get ${name}() { return process.getBuiltinModule('${path}').${name}; }`,
      );
      return { contents: `module.exports = { ${getters.join(',\n')} };` };
    });
  },
};

async function bundle(): Promise<string> {
  const outfile = join(dist, 'main.cjs');
  const result = await build({
    absWorkingDir: root,
    entryPoints: ['scripts/entry.ts'],
    outfile,
    bundle: true,
    platform: 'node',
    define: { 'import.meta.main': 'false' },
    target: 'node26',
    format: 'cjs',
    minify: true,
    metafile: true,
    legalComments: 'none',
    plugins: [inertClipanion, lateBuiltins],
  });
  await writeFile(join(dist, 'meta.json'), JSON.stringify(result.metafile));
  return outfile;
}

async function pack(entry: string): Promise<void> {
  const { default: makeSea } = createRequire(import.meta.url)('@yao-pkg/pkg/lib-es5/sea.js') as {
    default: MakeSea;
  };
  const platform =
    { win32: 'win', darwin: 'macos' }[process.platform as string] ?? process.platform;
  const target = {
    nodeRange: `node${process.versions.node}`,
    platform,
    arch: process.arch,
    output: executable,
  };
  await makeSea(entry, {
    targets: [target],
    // The Node that runs this script came from npm: nothing has to be downloaded.
    nodePath: process.execPath,
    signature: true,
    seaConfig: {
      useSnapshot: true,
      useCodeCache: false,
      disableExperimentalSEAWarning: true,
      execArgv: [
        // With the other half in src/kube/transport/tls.ts: Node then parses no list of roots that nobody asked for.
        '--use-openssl-ca',
        // The two exclude each other, and the environment may ask for this one.
        '--no-use-system-ca',
        // Buffers of a large body are freed sooner: 1 GiB passes in 130 MB rather than 170, and no slower.
        '--max-semi-space-size=1',
      ],
      // NODE_OPTIONS are not ours to obey.
      execArgvExtension: 'none',
    },
  });
}

await rm(executable, { force: true });
await mkdir(dist, { recursive: true });
await pack(await bundle());
