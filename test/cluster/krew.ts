import {
  createReadStream,
  existsSync,
  mkdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import * as assert from 'uvu/assert';
import { release } from '../../scripts/paths.ts';
import { type Result, runProcess } from '../kit/tool.ts';
import { listen } from '../sandbox/listen.ts';

/** The index of this home folder has one manifest. */
export interface KrewHome {
  readonly manifest: string;
  /** Folder with `store` and `bin` of krew. */
  readonly root: string;
  readonly env: Readonly<Record<string, string>>;
  run(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Result>;
  /** Replaces the manifest in the index, and makes krew read it. */
  update(manifest: string): Promise<void>;
}

/** @param programs paths by the names that they have on PATH */
export async function withKrew(
  programs: Readonly<Record<'kubectl-krew' | 'kubectl', string>>,
  manifest: string,
  use: (home: KrewHome) => Promise<void>,
): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), 'kubeletaccess-krew-'));
  const index = join(home, 'index');
  const bin = join(home, 'bin');
  mkdirSync(join(index, 'plugins'), { recursive: true });
  mkdirSync(bin);
  for (const [name, path] of Object.entries(programs))
    if (existsSync(path)) symlinkSync(path, join(bin, name));
  // krew requires a file with the name of the plugin.
  const file = join(index, 'plugins', 'kubeletaccess.yaml');
  const root = join(home, 'krew');
  const env = {
    HOME: home,
    KREW_ROOT: root,
    KREW_DEFAULT_INDEX_URI: index,
    KREW_NO_UPGRADE_CHECK: '1',
    PATH: `${bin}:${join(root, 'bin')}:${process.env['PATH']}`,
  };
  const run: KrewHome['run'] = (args, more = {}) =>
    succeed(programs['kubectl-krew'], args, { ...env, ...more });
  const author = ['-c', 'user.name=test', '-c', 'user.email=test@localhost'];
  const update = async (text: string) => {
    writeFileSync(file, text);
    await succeed('git', ['-C', index, 'add', '.'], env);
    const commit = [...author, 'commit', '--quiet', '--message=index'];
    await succeed('git', ['-C', index, ...commit], env);
    await run(['update']);
  };
  try {
    await succeed('git', ['-C', index, 'init', '--quiet'], env);
    await update(manifest);
    await use({ manifest: file, root, env, run, update });
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

export async function succeed(
  command: string,
  args: readonly string[],
  env: KrewHome['env'],
): Promise<Result> {
  const result = await runProcess(command, args, { env, timeoutMs: 60_000 });
  assert.is(result.code, 0, `${command} ${args.join(' ')}: ${result.stdout}${result.stderr}`);
  return result;
}

/** Serves the archives of dist/release on loopback. `use` gets a manifest with these URLs. */
export async function withReleasePage(
  manifest: string,
  use: (manifest: string) => Promise<void>,
): Promise<void> {
  const server = createServer((request, response) => {
    createReadStream(join(release, basename(request.url ?? ''))).pipe(response);
  });
  const { port, stop } = await listen(server, '127.0.0.1');
  try {
    await use(manifest.replaceAll(/uri: \S+\//g, `uri: http://127.0.0.1:${port}/`));
  } finally {
    await stop();
  }
}
