import {
  createReadStream,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { archive, packedManifest } from '../../scripts/paths.ts';
import { suite } from '../kit/suite.ts';
import { type Result, runProcess } from '../kit/tool.ts';
import { buildKrew } from './build.ts';
import { currentCluster } from './current.ts';
import { krewBinaries } from './krew.ts';

const cluster = await currentCluster();
await buildKrew();
const { krew, validator } = krewBinaries();

interface Home {
  readonly manifest: string;
  readonly env: Readonly<Record<string, string>>;
}

/** A krew that nobody has used yet, on PATH as kubectl's plugin, with an index that holds our manifest alone. */
async function withKrew(manifest: string, use: (home: Home) => Promise<void>): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), 'kubeletaccess-krew-'));
  const index = join(home, 'index');
  const bin = join(home, 'bin');
  mkdirSync(join(index, 'plugins'), { recursive: true });
  mkdirSync(bin);
  symlinkSync(krew, join(bin, 'kubectl-krew'));
  symlinkSync(cluster.kubectl, join(bin, 'kubectl'));
  // krew wants the file to have the plugin's name.
  const file = join(index, 'plugins', 'kubeletaccess.yaml');
  writeFileSync(file, manifest);
  const root = join(home, 'krew');
  const env = {
    HOME: home,
    KREW_ROOT: root,
    KREW_DEFAULT_INDEX_URI: index,
    KREW_NO_UPGRADE_CHECK: '1',
    PATH: `${bin}:${join(root, 'bin')}:${process.env['PATH']}`,
  };
  try {
    const author = ['-c', 'user.name=test', '-c', 'user.email=test@localhost'];
    for (const args of [
      ['init', '--quiet'],
      ['add', '.'],
      [...author, 'commit', '--quiet', '--message=index'],
    ])
      await succeed('git', ['-C', index, ...args], env);
    await succeed(krew, ['update'], env);
    await use({ manifest: file, env });
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

async function succeed(
  command: string,
  args: readonly string[],
  env: Home['env'],
): Promise<Result> {
  const result = await runProcess(command, args, { env, timeoutMs: 100_000 });
  assert.is(result.code, 0, `${command} ${args.join(' ')}: ${result.stdout}${result.stderr}`);
  return result;
}

/** Serves the archive on loopback, as a release page would. */
async function withRelease(use: (manifest: string) => Promise<void>): Promise<void> {
  const server = createServer((_, response) => createReadStream(archive).pipe(response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const uri = `http://127.0.0.1:${(server.address() as AddressInfo).port}/archive.tar.gz`;
  try {
    await use(readFileSync(packedManifest, 'utf8').replace(/uri: \S+/, `uri: ${uri}`));
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

async function pluginRuns({ env }: Home): Promise<void> {
  const { stdout } = await succeed(cluster.kubectl, ['kubeletaccess', 'version'], env);
  assert.match(stdout, /^kubectl-kubeletaccess v\d+\.\d+\.\d+\n$/);
}

suite(`${cluster.version}: krew`, (test) => {
  const limit = { timeoutMs: 120_000 };

  test(
    'installs from the manifest and the archive, and kubectl then runs the plugin',
    () =>
      withKrew(readFileSync(packedManifest, 'utf8'), async (home) => {
        await succeed(
          krew,
          ['install', `--manifest=${home.manifest}`, `--archive=${archive}`],
          home.env,
        );
        await pluginRuns(home);
        await succeed(krew, ['uninstall', 'kubeletaccess'], home.env);
      }),
    limit,
  );

  test(
    'installs by name from an index, downloading the archive whose sha256 the manifest gives',
    () =>
      withRelease((manifest) =>
        withKrew(manifest, async (home) => {
          await succeed(krew, ['install', 'kubeletaccess'], home.env);
          await pluginRuns(home);
        }),
      ),
    limit,
  );

  test(
    "krew's own validator accepts the manifest, and finds the licence in the archive",
    () =>
      withRelease((manifest) =>
        withKrew(manifest, async (home) => {
          await succeed(validator, ['-manifest', home.manifest], home.env);
        }),
      ),
    limit,
  );

  test('the validator accepts the manifest of all platforms, too', () =>
    withKrew(readFileSync('plugins.yaml', 'utf8'), async (home) => {
      await succeed(validator, ['-manifest', home.manifest, '-skip-install'], home.env);
    }));
});
