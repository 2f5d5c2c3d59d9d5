// Makes one executable from the bundle and Node, with pkg.
import childProcess from 'node:child_process';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import { laterFiles } from './bundle.ts';
import { mainFile, makeBlob, v8Flags } from './snapshot/make-blob.ts';

export interface ExecutableOptions {
  /** Path of the file that `bundle` in bundle.ts writes. */
  readonly bundle: string;
  /** The platform of the executable, in Go's names. */
  readonly platform: { readonly os: string; readonly arch: string };
  readonly nodePath: string;
  readonly nodeVersion: string;
  /** Command that starts a Node of the same version on this machine. */
  readonly generator: readonly string[];
  /**
   * Whether the executable starts from a snapshot of the evaluated modules. Without a snapshot, evaluating them at each start doubles the
   * start time. A snapshot works only with one platform and Node binary, and only this binary can create it.
   */
  readonly snapshot: boolean;
  readonly output: string;
}

/** The function that pkg runs for `--sea`. It is called directly, because the command line of pkg cannot pass a seaConfig. */
type MakeSea = (entry: string, options: object) => Promise<void>;

const nodeFlags = [
  // Together with src/kube/transport/tls.ts, this flag keeps Node from parsing CAs that are not used.
  '--use-openssl-ca',
  // NODE_USE_SYSTEM_CA may set --use-system-ca, which cannot be combined with --use-openssl-ca.
  '--no-use-system-ca',
  // Size of V8's young generation in MB. A start needs at most 1. The data of fifty kubelets at the same time needs more, and would
  // otherwise be copied to the old generation. 8 would use more memory without saving time.
  '--max-semi-space-size=4',
  '--min-semi-space-size=1',
  // Number of V8's threads, which mostly compile. There is only one, because each run starts all of them, and each takes time.
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
    // On macOS, pkg calls codesign. On other systems, scripts/release signs the executable.
    signature: process.platform === 'darwin',
    seaConfig: {
      // Stack traces show this name, so that it must not contain a path of the build machine.
      main: process.platform === 'linux' ? `/proc/self/cwd/${mainFile}` : mainFile,
      useSnapshot: snapshot,
      useCodeCache: false,
      assets: laterFiles(),
      disableExperimentalSEAWarning: true,
      execArgv: snapshot ? [...nodeFlags, ...v8Flags] : nodeFlags,
      // Makes the executable ignore NODE_OPTIONS.
      execArgvExtension: 'none',
    },
  });
}

/** Loads pkg so that the snapshots that it makes are reproducible and do not contain names of this machine. */
function loadPkg(bundle: string, generator: readonly string[]): MakeSea {
  const { execFile } = childProcess;
  const reproducible = async (_file: string, [flag, config]: readonly string[]) => {
    if (flag === '--experimental-sea-config' && config !== undefined)
      await makeBlob(generator, bundle, config);
    // Answers pkg's question for the version of Node. The Node of another platform cannot run here to answer it.
    return { stdout: process.version, stderr: '' };
  };
  // The replacement must be set before pkg is loaded, because pkg then promisifies execFile.
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
