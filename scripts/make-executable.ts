// One executable of the bundle and a Node, by pkg.
import childProcess from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { bundleOne, laterFiles } from './bundle.ts';
import { snapshotIn, withCodeOf } from './trim-snapshot.ts';

export interface ExecutableOptions {
  /** The file that `bundle` makes. */
  readonly bundle: string;
  /** In Go's names. */
  readonly platform: { readonly os: string; readonly arch: string };
  /** The Node to put it into; without it, that of pkg's cache. */
  readonly nodePath?: string;
  readonly nodeVersion: string;
  /**
   * Whether a start continues from a snapshot of the evaluated modules instead of evaluating them, which takes twice as long. A
   * snapshot belongs to its platform and Node, and only that Node can make it.
   */
  readonly snapshot: boolean;
  /** How to start that Node where it is not of this machine. */
  readonly emulation?: readonly string[];
  readonly output: string;
}

/** The function behind pkg's `--sea`. Its command line cannot pass a seaConfig. */
type MakeSea = (
  entry: string,
  options: {
    readonly targets: readonly {
      readonly nodeRange: string;
      readonly platform: string;
      readonly arch: string;
      readonly output: string;
    }[];
    readonly nodePath: string | undefined;
    readonly seaConfig: Readonly<Record<string, unknown>>;
    readonly signature: boolean;
  },
) => Promise<void>;

/**
 * How V8 runs the program where it starts from a snapshot. It takes compiled code only in a process with the flags of the one that made
 * it: also that of Node's own modules, which Node itself has without these flags.
 */
export const v8Flags = [
  // A run is over before what these compile pays; what a fleet runs often is compiled all the same.
  '--no-sparkplug',
  '--invocation-count-for-maglev=4000',
  '--regexp-tier-up-ticks=20',
];

const nodeFlags = [
  // Together with src/kube/transport/tls.ts this keeps Node from parsing CAs that are not used.
  '--use-openssl-ca',
  // The environment may set --use-system-ca, which excludes --use-openssl-ca.
  '--no-use-system-ca',
  // A fleet takes 50 MB less, at the same speed.
  '--max-semi-space-size=1',
  // Threads for V8, which mostly compile: a run starts them all, and each takes time.
  '--v8-pool-size=1',
];

const mainFile = 'kubectl-kubeletaccess.js';

export async function makeExecutable(options: ExecutableOptions): Promise<void> {
  const { bundle, platform, nodePath, nodeVersion, snapshot, emulation = [], output } = options;
  const makeSea = loadPkg(bundle, emulation);
  await makeSea(bundle, {
    targets: [
      {
        nodeRange: `node${nodeVersion}`,
        platform: { windows: 'win', darwin: 'macos' }[platform.os] ?? platform.os,
        arch: platform.arch === 'amd64' ? 'x64' : platform.arch,
        output,
      },
    ],
    nodePath,
    // By codesign of macOS; elsewhere scripts/release signs.
    signature: process.platform === 'darwin',
    seaConfig: {
      // Stack traces show this name: it tells nothing of the machine that builds.
      main: process.platform === 'linux' ? `/proc/self/cwd/${mainFile}` : mainFile,
      useSnapshot: snapshot,
      useCodeCache: false,
      assets: laterFiles(),
      disableExperimentalSEAWarning: true,
      execArgv: snapshot ? [...nodeFlags, ...v8Flags] : nodeFlags,
      // Ignores NODE_OPTIONS.
      execArgvExtension: 'none',
    },
  });
}

/** Loads pkg so that the Node that it starts to make a snapshot makes the same bytes each time, without names of this machine. */
function loadPkg(bundle: string, emulation: readonly string[]): MakeSea {
  const { execFile } = childProcess;
  const start = promisify(execFile);
  const reproducible = async (file: string, args: readonly string[]) => {
    const [flag, config] = args;
    if (flag !== '--experimental-sea-config' || config === undefined) return start(file, args);
    await makeBlob(emulation.length === 0 ? [file] : emulation, bundle, config);
    return { stdout: '', stderr: '' };
  };
  // pkg promisifies execFile once, when it is loaded.
  childProcess.execFile = Object.assign(() => {}, {
    [promisify.custom]: reproducible,
  }) as unknown as typeof execFile;
  try {
    const require = createRequire(import.meta.url);
    const path = require.resolve('@yao-pkg/pkg/lib-es5/sea.js');
    delete require.cache[path];
    return (require(path) as { readonly default: MakeSea }).default;
  } finally {
    childProcess.execFile = execFile;
  }
}

/** @param config where pkg wants the blob to be, and what it is made of */
async function makeBlob(node: readonly string[], bundle: string, config: string): Promise<void> {
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
  const inHeap = await loadedModules(node, cwd, ['--snapshot-blob=unused', '--build-snapshot'], '');
  const used = await loadedModules(node, cwd, [], loadAll);
  const late = used.filter((module) => !inHeap.includes(module));
  await writeFile(output, withCodeOf(blob, new Set(late)));
}

interface SeaConfig {
  readonly useSnapshot: boolean;
  readonly output: string;
  readonly assets: Readonly<Record<string, string>>;
}

/** What is run when the executable is built, to keep the code that it loads compiled. The second grant finds what the first one made. */
const compiledCommands = ['grant', 'grant', 'status'];

/**
 * Files with the compiled code of assets, by their names as assets. V8 takes it only from a process that has begun with the same
 * snapshot.
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
  const recorder = await bundleOne('scripts/record-code.ts');
  await writeFile(join(cwd, 'record.js'), recorder);
  const flags = ['--snapshot-blob', 'snapshot.blob', '--require', './record.js'];
  // In the place of a script's name.
  for (const command of compiledCommands)
    await startNode(node, [...flags, mainFile, command], cwd, 'ignore');
  const names = (await readdir(folder)).filter((name) => name.endsWith('.code'));
  return Object.fromEntries(names.sort().map((name) => [name, join(folder, name)]));
}

/** Loads what the bundle may load of Node at some time, in place of the bundle. */
const loadAll = `const names = require('node:fs').readFileSync('${mainFile}', 'utf8')
  .matchAll(/(?:require|getBuiltinModule)\\(["'](node:[\\w/]+|[\\w/]+)["']\\)/g);
for (const [, name] of names) if (require('node:module').isBuiltin(name)) require(name);
[require('node:tty'), process.stdin, process.stdout, process.stderr, performance];
`;

/** Node's own modules that are loaded after a script, by default the bundle. */
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
  const body = script || (await readFile(join(cwd, mainFile), 'utf8'));
  await writeFile(join(cwd, 'tell.js'), tell + body);
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
  // When garbage is collected differs, and shows in the snapshot: with so much room it is not, before the end, and then by one thread.
  const room = ['--min-semi-space-size=64', '--max-semi-space-size=128'];
  const flags = ['--random-seed=1', '--single-threaded-gc', ...room, ...v8Flags];
  const child = childProcess.spawn(command, [...before, ...flags, ...args], {
    cwd,
    // The snapshot contains it. execFile would ignore argv0.
    argv0: 'node',
    env: { ...neutralEnv(), NODE_NO_WARNINGS: '1' },
    // Not our own streams, whose kinds differ by who builds: so would the modules that Node loads.
    stdio: ['ignore', output, output],
  });
  child.stdout?.pipe(process.stdout, { end: false });
  child.stderr?.pipe(process.stderr, { end: false });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`node ${args.join(' ')} exited with ${code}`);
}

/** A snapshot differs by the names of variables. Windows starts no program without some of its own. */
function neutralEnv(): NodeJS.ProcessEnv {
  return process.platform === 'win32' ? process.env : { PATH: process.env['PATH'] };
}
