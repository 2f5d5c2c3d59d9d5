// `npm run build`: builds dist/kubectl-kubeletaccess for this platform. esbuild bundles one file, pkg turns it into one executable.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { dist, executable, root } from './paths.ts';

/**
 * The function behind pkg's `--sea`. Its command line cannot pass a seaConfig; without a start-up snapshot every start
 * evaluates all modules and takes half as long again.
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
 * clipanion's default context opens the standard streams on import, which breaks a snapshot; every run replaces that
 * context anyway. Its browser platform does not need node:tty. Compiling the state machine of a command takes 5 ms and
 * happens once, in the snapshot.
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
        throw new Error('clipanion has changed: this plugin must be updated');
      found = true;
      return { contents: memoized, loader: 'js' };
    });
    onEnd(() => {
      if (!found) throw new Error('clipanion was not found: this plugin must be updated');
    });
  },
};

/**
 * Most of these modules abort the snapshot builder when they are loaded (Node 26), and child_process is rarely needed: they
 * load at first use. A dynamic import() fails in a snapshot.
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
    // The Node that runs this script comes from npm: nothing is downloaded.
    nodePath: process.execPath,
    signature: true,
    seaConfig: {
      useSnapshot: true,
      useCodeCache: false,
      disableExperimentalSEAWarning: true,
      execArgv: [
        // Together with src/kube/transport/tls.ts this keeps Node from parsing CAs that are not used.
        '--use-openssl-ca',
        // The environment may set --use-system-ca, which excludes --use-openssl-ca.
        '--no-use-system-ca',
        // A fleet takes 50 MB less, at the same speed.
        '--max-semi-space-size=1',
      ],
      // Ignores NODE_OPTIONS.
      execArgvExtension: 'none',
    },
  });
}

await rm(executable, { force: true });
await mkdir(dist, { recursive: true });
await pack(await bundle());
