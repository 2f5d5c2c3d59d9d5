// Bundles the program with esbuild: into one file that is read at every start, and files that are loaded only when they are needed.
import { readdirSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { build, type Metafile, type Plugin, transform } from 'esbuild';
import { dist, root } from './paths.ts';

/**
 * Bundles only those parts of clipanion that declare commands and options. Its parser opens the standard streams when it is loaded, which
 * makes a snapshot impossible.
 */
const declarationsOfClipanion: Plugin = {
  name: 'declarations-of-clipanion',
  setup({ onEnd, onResolve, resolve }) {
    onResolve({ filter: /^clipanion$/ }, ({ resolveDir, kind }) =>
      resolve('clipanion/lib/advanced/index.mjs', { resolveDir, kind }),
    );
    onEnd(({ metafile }) => {
      for (const { inputs } of Object.values(metafile?.outputs ?? {}))
        if (Object.keys(inputs).some((path) => /clipanion.lib.advanced.Cli\./.test(path)))
          throw new Error("the bundle contains clipanion's parser");
    });
  },
};

/**
 * Loads these modules of Node when they are first used. Most of them abort the snapshot builder (Node 26), and child_process is rarely
 * needed. Dynamic import() is not used, because it fails in a snapshot.
 */
const lateBuiltins: Plugin = {
  name: 'late-builtins',
  setup({ onLoad, onResolve }) {
    onResolve(
      { filter: /^node:(?:child_process|fs\/promises|https?|os|timers\/promises|tls|zlib)$/ },
      ({ path }) => ({ path, namespace: 'late' }),
    );
    // For importers, esbuild creates an object with the prototype of module.exports. This prototype is a Proxy that finds each export. A
    // getter for each export would add hundreds of functions.
    onLoad({ filter: /.*/, namespace: 'late' }, ({ path }) => ({
      contents: `const get = (_, name) => process.getBuiltinModule('${path}')[name];
        module.exports = Object.create(new Proxy({}, { get }));`,
    }));
  },
};

/** Creates string-width's Intl.Segmenter when it is first used. string-width creates it on import, and a snapshot cannot contain it. */
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

/** Folder of the files that `dist/main.cjs` loads later. They become assets of the executable. */
const laterFolder = join(dist, 'later');

/**
 * Writes dist/main.cjs, dist/later, and dist/meta.json, which lists their modules. Returns the path of main.cjs. main.cjs has the modules
 * that the entry point imports directly or indirectly, because most runs need them. Modules that are loaded by import() are in the files of
 * dist/later, because in a snapshot each function slows down every start.
 *
 * @param marks whether each run prints the time of its steps (see src/marks.ts)
 */
export async function bundle({ marks = false } = {}): Promise<string> {
  const { metafile, outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: ['scripts/entry.ts'],
    outdir: dist,
    chunkNames: 'later/[hash]',
    bundle: true,
    splitting: true,
    write: false,
    platform: 'node',
    define: {
      'import.meta.main': 'false',
      MARKS: String(marks),
      // These variables keep ws from searching for optional packages.
      'process.env.WS_NO_BUFFER_UTIL': '"1"',
      'process.env.WS_NO_UTF_8_VALIDATE': '"1"',
    },
    // These packages are not used: the first two are optional for ws, and typanion is for schemas of commands.
    external: ['bufferutil', 'utf-8-validate', 'typanion'],
    inject: ['scripts/performance.ts'],
    target: 'node26',
    format: 'esm',
    minify: true,
    metafile: true,
    legalComments: 'none',
    plugins: [declarationsOfClipanion, lateBuiltins, lateSegmenter],
  });
  await rm(laterFolder, { recursive: true, force: true });
  await mkdir(laterFolder, { recursive: true });
  for (const { entryPoint = '' } of Object.values(metafile.outputs))
    if (entryPoint.includes('node_modules'))
      throw new Error(`import() loads ${entryPoint}: its names would be lost`);
  const hot = importedBy(metafile, 'dist/entry.js');
  const wrapped: string[] = [];
  for (const { path, text } of outputFiles) {
    const name = relative(dist, path);
    const code = await commonJs(text);
    const [, other] = /([^\0-\x7f])/.exec(code) ?? [];
    if (other !== undefined)
      throw new Error(`the bundle contains "${other}": one such character doubles it in memory`);
    const rest = `(module,exports,require){${code}}`;
    if (hot.has(relative(root, path))) wrapped.push(JSON.stringify(basename(name)) + rest);
    else await writeFile(join(laterFolder, basename(name)), `(function${rest})`);
  }
  const main = join(dist, 'main.cjs');
  await writeFile(main, `"use strict";const parts={${wrapped.join(',\n')}};\n${loader}`);
  await writeFile(join(dist, 'meta.json'), JSON.stringify(metafile));
  return main;
}

/** Bundles a script into one file and returns its text. Node runs the script while an executable is made. */
export async function bundleOne(entryPoint: string): Promise<string> {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [entryPoint],
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node26',
    format: 'cjs',
  });
  return outputFiles.map(({ text }) => text).join('');
}

export function laterFiles(): Readonly<Record<string, string>> {
  const names = readdirSync(laterFolder).sort();
  return Object.fromEntries(names.map((name) => [name, join(laterFolder, name)]));
}

/**
 * Returns the outputs that an entry imports, directly or indirectly. Also returns outputs that have no code and only re-export returned
 * outputs for import().
 */
function importedBy({ outputs }: Metafile, entry: string): ReadonlySet<string> {
  const found = new Set<string>();
  const add = (path: string) => {
    if (found.has(path) || !outputs[path]) return;
    found.add(path);
    for (const { kind, path: imported } of outputs[path].imports)
      if (kind === 'import-statement') add(imported);
  };
  add(entry);
  for (const [path, { inputs, imports }] of Object.entries(outputs))
    if (Object.keys(inputs).length === 0 && imports.every((each) => found.has(each.path)))
      found.add(path);
  return found;
}

/** Converts a module to CommonJS, because a snapshot does not support import(). */
async function commonJs(text: string): Promise<string> {
  const { code } = await transform(text, {
    format: 'cjs',
    platform: 'node',
    target: 'node26',
    minify: true,
    supported: { 'dynamic-import': false },
  });
  return code;
}

/**
 * Source of `load`, which loads each part once. Parts come from main.cjs, from the assets of an executable, or, with `node dist/main.cjs`,
 * from dist/later. An executable with a snapshot also contains compiled code of some parts: scripts/snapshot/record-code.ts.
 */
const loader = `const loaded = {};
function load(path) {
  const builtin = process.getBuiltinModule(path);
  if (builtin) return builtin;
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (loaded[name]) return loaded[name].exports;
  const module = (loaded[name] = { exports: {} });
  (parts[name] ?? later(name))(module, module.exports, load);
  return module.exports;
}
function later(name) {
  const { isSea, getAsset, getAssetKeys, getRawAsset } = process.getBuiltinModule('node:sea');
  const { readFileSync } = process.getBuiltinModule('node:fs');
  const { Script } = process.getBuiltinModule('node:vm');
  const code = isSea() ? getAsset(name, 'utf8') : readFileSync(__dirname + '/later/' + name, 'utf8');
  const isCompiled = isSea() && getAssetKeys().includes(name + '.code');
  const cachedData = isCompiled ? Buffer.from(getRawAsset(name + '.code')) : undefined;
  return new Script(code, { filename: name, cachedData }).runInThisContext();
}
load('entry.js');
`;
