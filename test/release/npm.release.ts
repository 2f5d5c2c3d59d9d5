import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { npmArchive, npmName } from '../../scripts/packages/npm.ts';
import { release } from '../../scripts/paths.ts';
import { type Platform, platformName, programName } from '../../scripts/release/platforms.ts';
import { run } from '../../scripts/tools/shell.ts';
import { completer } from '../../src/commands/completion/shim.ts';
import { version } from '../../src/version.ts';
import { suite } from '../kit/suite.ts';
import { temporaryFolder } from '../kit/temporary.ts';
import { runProcess } from '../kit/tool.ts';
import { made, platformOf } from './programs.ts';

const product = 'kubectl-kubeletaccess';
const folder = temporaryFolder();

const archive = (name: string) => `file:${join(release, npmArchive(name))}`;

/** Creates a project and installs our package in it. npm takes all packages from the release, so that it downloads nothing. */
async function install(name: string, args: readonly string[] = []): Promise<string> {
  const project = mkdtempSync(join(folder, `${name}-`));
  const overrides = Object.fromEntries(
    made.map((platform) => [npmName(platform), archive(npmName(platform))]),
  );
  const manifest = { private: true, dependencies: { [product]: archive(product) }, overrides };
  writeFileSync(join(project, 'package.json'), JSON.stringify(manifest));
  const more = ['--offline', '--no-audit', '--no-fund', '--ignore-scripts', ...args];
  const env = { npm_config_cache: join(folder, 'cache') };
  await run('npm', ['install', ...more], { cwd: project, env });
  return project;
}

const installed = (project: string) =>
  readdirSync(join(project, 'node_modules')).filter((name) => name.startsWith(product));

const native = platformOf('linux/amd64');

suite('the npm package', (test) => {
  test('is installed with the program of this platform, which npx starts', async () => {
    const project = await install('native');
    assert.equal(installed(project), [product, npmName(native)]);
    const { code, stdout } = await runProcess('npx', ['--no', product, 'version'], {
      cwd: project,
    });
    assert.is(stdout, `${product} v${version}\n`);
    assert.is(code, 0);
    const bin = join(project, 'node_modules/.bin');
    const wrong = await runProcess(join(bin, product), ['version', '--nope']);
    assert.is(wrong.code, 2);
    assert.match(wrong.stderr, /^error: /);
    const reads = await runProcess(join(bin, product), ['explain', '-'], { stdin: 'nothing' });
    assert.is(reads.code, 3);
    const complete = async () => {
      const result = await runProcess(join(bin, completer), ['curl', 'sum']);
      return [result.code, result.stdout.replace(/\t.*/, ''), result.stderr];
    };
    assert.equal(await complete(), [0, 'summary\n:4\n', '']);

    rmSync(join(project, 'node_modules', npmName(native)), { recursive: true });
    const bare = await runProcess(join(bin, product), ['version']);
    assert.is(bare.code, 1);
    assert.match(bare.stderr, /^error: the npm package \S+-linux-x64 is not installed\nhint: /);
    assert.equal(await complete(), [0, ':4\n', '']);
  });

  test('is installed without a program on Linux with musl', async () => {
    const project = await install('musl', ['--os=linux', '--cpu=x64', '--libc=musl']);
    assert.equal(installed(project), [product]);
  });

  for (const platform of made.filter((other) => other !== native))
    test(`is installed with the program of ${platformName(platform)} on that platform`, async () => {
      const { os, arch }: Platform = platform;
      const cpu = arch === 'amd64' ? 'x64' : arch;
      const args = [`--os=${os === 'windows' ? 'win32' : os}`, `--cpu=${cpu}`, '--libc=glibc'];
      const project = await install(`${os}-${arch}`, args);
      assert.equal(installed(project), [product, npmName(platform)]);
      const program = join(project, 'node_modules', npmName(platform), programName(platform));
      assert.ok(existsSync(program));
      rmSync(project, { recursive: true });
    });
});
