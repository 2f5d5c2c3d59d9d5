// Makes one executable of the bundle and Node by pkg.
import childProcess from 'node:child_process';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import { laterFiles } from './bundle.ts';
import { mainFile, makeBlob, v8Flags } from './snapshot/make-blob.ts';

export interface ExecutableOptions {
  /** The path of the file that `bundle` writes. */
  readonly bundle: string;
  /** The platform of the executable, in Go's names. */
  readonly platform: { readonly os: string; readonly arch: string };
  /** The path of the Node that the executable contains. */
  readonly nodePath: string;
  readonly nodeVersion: string;
  /** The command that starts a Node of the same version on this machine. */
  readonly generator: readonly string[];
  /**
   * Whether the executable starts from a snapshot of the evaluated modules; evaluating them at each start takes twice as long. A
   * snapshot fits only its platform and Node, and only that Node can make it.
   */
  readonly snapshot: boolean;
  readonly output: string;
}

/** The function behind pkg's `--sea`; the command line of pkg cannot pass a seaConfig. */
type MakeSea = (entry: string, options: object) => Promise<void>;

const nodeFlags = [
  // Together with src/kube/transport/tls.ts this keeps Node from parsing CAs that are not used.
  '--use-openssl-ca',
  // The environment may set --use-system-ca, which excludes --use-openssl-ca.
  '--no-use-system-ca',
  // Size of the young generation, in MB: a start needs at most 1. The data of fifty kubelets at once is larger and would be
  // copied to the old generation. 8 takes more memory and saves no time.
  '--max-semi-space-size=4',
  '--min-semi-space-size=1',
  // Threads of V8, mostly for compilation: a run starts all of them, and each takes time.
  '--v8-pool-size=1',
];

export async function makeExecutable(options: ExecutableOptions): Promise<void> {
  const { bundle, platform, nodePath, nodeVersion, generator, snapshot, output } = options;
  const makeSea = loadPkg(bundle, generator);
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
    // On macOS, pkg calls codesign. On other machines, scripts/release signs.
    signature: process.platform === 'darwin',
    seaConfig: {
      // Stack traces show this name, so it has no path of the build machine.
      main: process.platform === 'linux' ? `/proc/self/cwd/${mainFile}` : mainFile,
      useSnapshot: snapshot,
      useCodeCache: false,
      assets: laterFiles(),
      disableExperimentalSEAWarning: true,
      execArgv: snapshot ? [...nodeFlags, ...v8Flags] : nodeFlags,
      // The executable ignores NODE_OPTIONS.
      execArgvExtension: 'none',
    },
  });
}

/** Loads pkg in a way that makes reproducible snapshots without names of this machine. */
function loadPkg(bundle: string, generator: readonly string[]): MakeSea {
  const { execFile } = childProcess;
  const reproducible = async (_file: string, [flag, config]: readonly string[]) => {
    if (flag === '--experimental-sea-config' && config !== undefined)
      await makeBlob(generator, bundle, config);
    // Answers pkg, which asks a Node for its version. The Node of another platform cannot run here.
    return { stdout: process.version, stderr: '' };
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
