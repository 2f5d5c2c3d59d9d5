// Runs Windows programs on Linux by Wine of Debian 13, because older versions of Wine lack functions that V8 needs.
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { cachedFolder } from '../../scripts/release/cached-folder.ts';
import { needCommand } from '../../scripts/release/tools.ts';
import { run } from '../../scripts/tools/shell.ts';
import { withFiles } from '../kit/temporary.ts';

const release = 'trixie';
const prefix = '/var/wine';

interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Windows {
  /** The path of the test's folder. Windows programs see this folder as `Z:\mnt`. */
  readonly folder: string;
  /** Runs a command line in Windows. Wine prepends the folders in WINEPATH to PATH. */
  start(commandLine: readonly string[], env?: Readonly<Record<string, string>>): Promise<Result>;
}

/** Returns a folder with Debian, Wine and Wine's Windows files. The first call creates it, which takes a minute or two. */
function needWine(): Promise<string> {
  return cachedFolder(`wine-${release}`, `${release} 1`, async (folder) => {
    const mmdebstrap = await needCommand('mmdebstrap', 'mmdebstrap');
    const root = join(folder, 'root');
    await run(
      mmdebstrap,
      ['--mode=root', '--variant=apt', '--include=wine,wine64', release, root],
      { timeoutMs: 20 * 60_000 },
    );
    mkdirSync(join(root, prefix));
    await run('unshare', inRoot(root, '/tmp', ['wineboot --init; wineserver --wait']), {});
  });
}

/**
 * Returns the arguments of `unshare` that run a line of sh with `root` as root folder and `folder` as /mnt. The mounts and processes
 * are in new namespaces, so that all end when sh ends.
 */
function inRoot(root: string, folder: string, line: readonly string[]): readonly string[] {
  const settings = [
    'HOME=/root',
    'PATH=/usr/bin:/bin',
    'WINEDEBUG=-all',
    `WINEPREFIX=${prefix}`,
    'XDG_RUNTIME_DIR=/tmp',
  ];
  const script =
    'mount -t proc proc "$1/proc" && mount --bind /dev "$1/dev" && mount --bind "$2" "$1/mnt" && shift 2 && exec chroot "$@"';
  return [
    ...['--mount', '--pid', '--fork', '--kill-child', 'sh', '-c'],
    ...[script, 'sh', root, folder, root, 'env', '-i', ...settings, 'sh', '-c', ...line],
  ];
}

export async function withWindows(use: (windows: Windows) => Promise<void>): Promise<void> {
  const root = join(await needWine(), 'root');
  await withFiles({}, (folder) => {
    const start: Windows['start'] = async (commandLine, env = {}) => {
      const settings = Object.entries(env).map(([name, value]) => `${name}=${value}`);
      // The output goes to files, because libuv does not accept a Linux pipe as a Windows pipe.
      const line = 'env "$@" </dev/null >/mnt/stdout 2>/mnt/stderr; echo $?';
      const args = inRoot(root, folder, [line, 'sh', ...settings, 'wine', ...commandLine]);
      const code = Number(await run('unshare', args));
      const [stdout = '', stderr = ''] = ['stdout', 'stderr'].map((name) =>
        readFileSync(join(folder, name), 'utf8'),
      );
      return { code, stdout, stderr };
    };
    return use({ folder, start });
  });
}

/** Copies files into a new folder in the test's folder. Returns the path of the new folder in Windows. */
export function putInto({ folder }: Windows, name: string, files: readonly string[]): string {
  mkdirSync(join(folder, name));
  for (const file of files) copyFileSync(file, join(folder, name, basename(file)));
  return `Z:\\mnt\\${name}`;
}
