// Makes the content of an executable: the program, its snapshot, and the compiled code that a start needs.
import childProcess from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { bundleOne, laterFiles } from '../bundle.ts';
import { snapshotIn, withCodeOf } from './trim-snapshot.ts';

/**
 * Flags of V8 for a start from a snapshot. V8 accepts compiled code only if the process that made the code had the same flags. The compiled
 * code of Node's own modules was made without these flags, so V8 does not accept it.
 */
export const v8Flags = [
  // Most runs end before these compilers are useful. Code that runs very often, for many nodes, is still compiled.
  '--no-sparkplug',
  '--invocation-count-for-maglev=4000',
  '--regexp-tier-up-ticks=20',
  // Without this flag, a compiler thread may wait for the main thread's garbage collection, and then process.exit() hangs. This happened in
  // 1 of 10 runs that passed on 100 MB.
  '--no-concurrent-recompilation',
];

/** The program's name in stack traces. */
export const mainFile = 'kubectl-kubeletaccess.js';

/** @param config path of pkg's configuration, which contains the output path and the inputs of the blob */
export async function makeBlob(
  node: readonly string[],
  bundle: string,
  config: string,
): Promise<void> {
  const cwd = dirname(config);
  await copyFile(bundle, join(cwd, mainFile));
  const settings = JSON.parse(await readFile(config, 'utf8')) as SeaConfig;
  const output = resolve(cwd, settings.output);
  const make = async (assets: SeaConfig['assets']) => {
    await writeFile(config, JSON.stringify({ ...settings, assets }));
    await startNode(node, ['--experimental-sea-config', basename(config)], cwd);
    return readFile(output);
  };
  const first = await make(settings.assets);
  if (!settings.useSnapshot) return;
  const code = await compiledCode(node, cwd, snapshotIn(first));
  const blob = await make({ ...settings.assets, ...code });
  const flags = ['--snapshot-blob=unused', '--build-snapshot'];
  const inHeap = await loadedModules(node, cwd, flags, await readFile(bundle, 'utf8'));
  const used = await loadedModules(node, cwd, [], loadAll);
  const late = used.filter((module) => !inHeap.includes(module));
  await writeFile(output, withCodeOf(blob, new Set(late)));
}

interface SeaConfig {
  readonly useSnapshot: boolean;
  readonly output: string;
  readonly assets: Readonly<Record<string, string>>;
}

/**
 * Commands that run during the build, so that their compiled code is stored. The second `grant` finds the objects that the first one
 * created.
 */
const compiledCommands = ['grant', 'grant', 'status'];

/**
 * Compiles assets and returns the files with the compiled code, by asset name. V8 accepts the code only in a process that was started from
 * the same snapshot.
 */
async function compiledCode(
  node: readonly string[],
  cwd: string,
  snapshot: Buffer,
): Promise<SeaConfig['assets']> {
  const folder = join(cwd, 'later');
  await mkdir(folder);
  for (const [name, file] of Object.entries(laterFiles())) await copyFile(file, join(folder, name));
  await writeFile(join(cwd, 'snapshot.blob'), snapshot);
  const recorder = await bundleOne('scripts/snapshot/record-code.ts');
  await writeFile(join(cwd, 'record.js'), recorder);
  const flags = ['--snapshot-blob', 'snapshot.blob', '--require', './record.js'];
  // Node expects the path of a script before the arguments. The name of the program takes its place.
  for (const command of compiledCommands)
    await startNode(node, [...flags, mainFile, command], cwd, 'ignore');
  const names = (await readdir(folder)).filter((name) => name.endsWith('.code'));
  return Object.fromEntries(names.sort().map((name) => [name, join(folder, name)]));
}

/** A script that loads every Node module that the bundle may load. */
const loadAll = `const names = require('node:fs').readFileSync('${mainFile}', 'utf8')
  .matchAll(/(?:require|getBuiltinModule)\\(["'](node:[\\w/]+|[\\w/]+)["']\\)/g);
for (const [, name] of names) if (require('node:module').isBuiltin(name)) require(name);
[require('node:tty'), process.stdin, process.stdout, process.stderr, performance];
`;

/** Returns Node's own modules that are loaded by the end of a script. */
async function loadedModules(
  node: readonly string[],
  cwd: string,
  flags: readonly string[],
  script: string,
): Promise<readonly string[]> {
  const tell = `const tell = () =>
  require('node:fs').writeFileSync('modules.json', JSON.stringify(process.moduleLoadList));
const { startupSnapshot } = require('node:v8');
if (startupSnapshot.isBuildingSnapshot()) startupSnapshot.addSerializeCallback(tell);
else process.on('exit', tell);
`;
  await writeFile(join(cwd, 'tell.js'), tell + script);
  await startNode(node, [...flags, 'tell.js'], cwd, 'ignore');
  const loaded = JSON.parse(await readFile(join(cwd, 'modules.json'), 'utf8')) as string[];
  return loaded.map((line) => line.replace('NativeModule ', ''));
}

async function startNode(
  [command = '', ...before]: readonly string[],
  args: readonly string[],
  cwd: string,
  output: 'pipe' | 'ignore' = 'pipe',
): Promise<void> {
  // Garbage collection at varying times would change the snapshot. With this much memory, it runs only at the end, and in one thread.
  const room = ['--min-semi-space-size=64', '--max-semi-space-size=128'];
  const flags = ['--random-seed=1', '--single-threaded-gc', ...room, ...v8Flags];
  const child = childProcess.spawn(command, [...before, ...flags, ...args], {
    cwd,
    // The snapshot contains argv0, so that it must always be the same. execFile would ignore this option.
    argv0: 'node',
    env: { ...neutralEnv(), NODE_NO_WARNINGS: '1' },
    // The child does not inherit the streams of this process, because their types decide which modules Node loads.
    stdio: ['ignore', output, output],
  });
  child.stdout?.pipe(process.stdout, { end: false });
  child.stderr?.pipe(process.stderr, { end: false });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`node ${args.join(' ')} exited with ${code}`);
}

/**
 * Returns a minimal environment, because a snapshot contains the names of environment variables. On Windows, programs need some variables
 * to start.
 */
function neutralEnv(): NodeJS.ProcessEnv {
  return process.platform === 'win32' ? process.env : { PATH: process.env['PATH'] };
}
