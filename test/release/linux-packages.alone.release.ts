import { existsSync, lstatSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { linuxPackageName } from '../../scripts/packages/linux.ts';
import { release } from '../../scripts/paths.ts';
import { needCommand } from '../../scripts/release/tools.ts';
import { waitForApt } from '../../scripts/tools/install-packages.ts';
import { run } from '../../scripts/tools/shell.ts';
import { version } from '../../src/version.ts';
import { suite } from '../kit/suite.ts';
import { withFiles } from '../kit/temporary.ts';
import { runProcess } from '../kit/tool.ts';
import { made, platformOf } from './programs.ts';

const rpm = await needCommand('rpm', 'rpm');
const program = 'usr/bin/kubectl-kubeletaccess';
const shim = 'usr/bin/kubectl_complete-kubeletaccess';

function packageFile(arch: string, format: 'deb' | 'rpm'): string {
  return join(release, linuxPackageName(platformOf(`linux/${arch}`), format));
}

async function runs(root: string): Promise<void> {
  assert.is(await run(join(root, program), ['version']), `kubectl-kubeletaccess v${version}\n`);
  assert.is(lstatSync(join(root, shim)).mode & 0o777, 0o755);
}

suite('a deb', (test) => {
  test('has its architecture and its dependencies', async () => {
    for (const { arch } of made.filter(({ os }) => os === 'linux')) {
      const fields = await run('dpkg-deb', ['--field', packageFile(arch, 'deb')]);
      assert.ok(fields.includes(`\nArchitecture: ${arch}\n`), fields);
      assert.ok(fields.includes(`\nVersion: ${version}-1\n`), fields);
      assert.match(fields, /^Depends: libc6 \(>= 2\.28\), libstdc\+\+6 \(>= 5\.2\), libatomic1$/m);
    }
  });

  test('is installed with its dependencies, runs, and is removed without a trace', async () => {
    const quiet = { env: { DEBIAN_FRONTEND: 'noninteractive' } };
    const options = ['-y', '--no-install-recommends', ...waitForApt];
    const install = ['install', ...options, packageFile('amd64', 'deb')];
    await run('apt-get', install, quiet);
    try {
      await runs('/');
      assert.ok(existsSync('/usr/share/doc/kubectl-kubeletaccess/copyright'));
    } finally {
      await run('dpkg', ['--purge', 'kubectl-kubeletaccess'], quiet);
    }
    for (const path of [program, shim, 'usr/share/doc/kubectl-kubeletaccess'])
      assert.not.ok(existsSync(join('/', path)), path);
  });
});

suite('an rpm', (test) => {
  const query = (arch: string, ...args: readonly string[]) =>
    run(rpm, ['-qp', ...args, packageFile(arch, 'rpm')]);

  test('has its architecture and its dependencies', async () => {
    for (const { arch } of made.filter(({ os }) => os === 'linux')) {
      const name = arch === 'amd64' ? 'x86_64' : 'aarch64';
      const format = '--qf=%{NAME} %{VERSION} %{ARCH} %{LICENSE}';
      const expected = `kubectl-kubeletaccess ${version} ${name} Apache-2.0`;
      assert.is(await query(arch, format), expected);
      const needed = await query(arch, '--requires');
      for (const library of ['libc.so.6(GLIBC_2.28)', 'libstdc++.so.6(', 'libatomic.so.1('])
        assert.ok(needed.includes(library), needed);
    }
  });

  test('is rejected without a needed library; with --nodeps, is installed, runs, and is removed without a trace', () =>
    withFiles({}, async (root) => {
      const file = packageFile('amd64', 'rpm');
      await run(rpm, ['--root', root, '--initdb']);
      // No library is installed in the folder, and rpm's database lists no library.
      const refused = await runProcess(rpm, ['--root', root, '-i', file]);
      assert.is.not(refused.code, 0);
      assert.match(refused.stderr, /libatomic\.so\.1\(\)\(64bit\) is needed/);
      assert.not.ok(existsSync(join(root, program)));

      await run(rpm, ['--root', root, '-i', '--nodeps', file]);
      await runs(root);
      await run(rpm, ['--root', root, '-e', 'kubectl-kubeletaccess']);
      for (const path of [program, shim, 'usr/share/licenses/kubectl-kubeletaccess'])
        assert.not.ok(existsSync(join(root, path)), path);
    }));
});
