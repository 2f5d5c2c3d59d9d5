// One file of the whole program, by esbuild.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { dist, root } from './paths.ts';

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

/** string-width makes an Intl.Segmenter on import, which no snapshot can hold. */
const lateSegmenter: Plugin = {
  name: 'late-segmenter',
  setup({ onLoad }) {
    onLoad({ filter: /string-width.index\.js$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      const late = source
        .replace('const segmenter = new Intl.Segmenter();', 'let segmenter;')
        .replaceAll('segmenter.segment(', '(segmenter ??= new Intl.Segmenter()).segment(');
      if (late.split('new Intl.Segmenter()').length !== source.split('segmenter.segment(').length)
        throw new Error('string-width has changed: this plugin must be updated');
      return { contents: late, loader: 'js' };
    });
  },
};

/**
 * Writes dist/main.cjs, and dist/meta.json that names what is in it; gives the former's path.
 * @param marks whether a run tells where its time goes: src/marks.ts
 */
export async function bundle({ marks = false } = {}): Promise<string> {
  const outfile = join(dist, 'main.cjs');
  const result = await build({
    absWorkingDir: root,
    entryPoints: ['scripts/entry.ts'],
    outfile,
    bundle: true,
    platform: 'node',
    define: { 'import.meta.main': 'false', MARKS: String(marks) },
    target: 'node26',
    format: 'cjs',
    minify: true,
    metafile: true,
    legalComments: 'none',
    plugins: [inertClipanion, lateBuiltins, lateSegmenter],
  });
  await writeFile(join(dist, 'meta.json'), JSON.stringify(result.metafile));
  const [, other] = /([^\0-\x7f])/.exec(await readFile(outfile, 'utf8')) ?? [];
  if (other !== undefined)
    throw new Error(`the bundle contains "${other}": one such character doubles it in memory`);
  return outfile;
}
