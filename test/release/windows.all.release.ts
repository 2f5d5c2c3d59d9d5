import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { filesOf } from '../../scripts/release/platforms.ts';
import { version } from '../../src/version.ts';
import { suite } from '../kit/suite.ts';
import { withSandbox } from '../kit/with-sandbox.ts';
import { platformOf, unpack } from './programs.ts';
import { putInto, type Windows, withWindows } from './wine.ts';

const platform = platformOf('windows/amd64');
const program = 'kubectl-kubeletaccess.exe';
const completer = 'kubectl_complete-kubeletaccess.cmd';

suite('release windows/amd64 in Wine', (each) => {
  /** Copies the files of the archive into a folder of Windows, and calls `use` with this folder. */
  const test = (title: string, use: (windows: Windows, folder: string) => Promise<void>) =>
    each(
      title,
      () =>
        withWindows(async (windows) => {
          const content = await unpack(platform);
          const files = filesOf(platform).map((name) => join(content, name));
          await use(windows, putInto(windows, 'archive', files));
        }),
      { timeoutMs: 25 * 60_000 },
    );

  test('runs: version, help, curl, status', async (windows, folder) => {
    const start = (args: readonly string[], env = {}) =>
      windows.start([`${folder}\\${program}`, ...args], env);
    assert.is((await start(['version'])).stdout, `kubectl-kubeletaccess v${version}\n`);
    assert.match((await start(['curl', '--help'])).stdout, /^Usage:\n {2}kubectl kubeletaccess/m);
    await withSandbox(async (sandbox) => {
      copyFileSync(sandbox.kubeconfigs.admin, join(windows.folder, 'admin'));
      const env = { KUBECONFIG: 'Z:\\mnt\\admin' };
      const healthz = await start(['curl', '/healthz', '--node', 'node-1'], env);
      assert.is(healthz.stdout, 'ok', healthz.stderr);
      const status = await start(['status', '-o', 'json'], env);
      assert.is(JSON.parse(status.stdout).kind, 'KubeletAccessReport', status.stderr);
    });
  });

  test('completes by the script that kubectl starts, if the program is in the same folder or on PATH', async (windows, folder) => {
    const words = ['curl', 'sum'];
    const alone = putInto(windows, 'a b', [join(windows.folder, 'archive', completer)]);
    const offered = /^summary\t.*\n:4\n$/;
    const ask = (place: string, env = {}) =>
      windows.start(['cmd', '/c', `${place}\\${completer}`, ...words], env);
    assert.match((await ask(folder)).stdout, offered);
    assert.match((await ask(alone, { WINEPATH: folder })).stdout, offered);
    // The script must not start the program in the current folder, although cmd.exe alone would start it.
    const here = `@cd /d ${folder}\r\n@call "${alone}\\${completer}" curl sum\r\n`;
    writeFileSync(join(windows.folder, 'here.cmd'), here);
    assert.is((await windows.start(['cmd', '/c', 'Z:\\mnt\\here.cmd'])).stdout, ':4');
    const { code, stdout, stderr } = await ask(alone);
    assert.equal([code, stdout, stderr], [0, ':4', '']);
  });

  test('completion install writes the files of the archive, and completion uninstall removes them', async (windows, folder) => {
    const names = filesOf(platform).filter((name) => !/^[A-Z]/.test(name) && name !== program);
    const read = (name: string) => readFileSync(join(windows.folder, 'archive', name), 'utf8');
    const texts = names.map(read);
    for (const name of names) rmSync(join(windows.folder, 'archive', name));
    const start = (...args: readonly string[]) =>
      windows.start([program, 'completion', ...args], { WINEPATH: folder });
    const { code, stdout, stderr } = await start('install');
    const lines = (change: string) =>
      names.map((name) => `${folder}\\${name} ${change}\n`).join('');
    assert.equal([code, stdout, stderr], [0, lines('created'), '']);
    assert.equal(names.map(read), texts);
    assert.is((await start('uninstall')).stdout, lines('deleted'));
    const other = await start('install', '--dir', "Z:\\mnt\\it's");
    assert.match(other.stderr, `$env:PATH += ';Z:\\mnt\\it''s'`);
  });

  test('completion uninstall keeps a script that npm wrote under the name of the plugin', async (windows, folder) => {
    const file = join(windows.folder, 'archive', 'kubectl-kubeletaccess');
    writeFileSync(file, '#!/bin/sh\n');
    const start = (...args: readonly string[]) =>
      windows.start([program, 'completion', ...args], { WINEPATH: folder });
    assert.is((await start('install')).code, 0);
    assert.is((await start('uninstall')).stdout, `${folder}\\${completer} deleted\n`);
    assert.is(readFileSync(file, 'utf8'), '#!/bin/sh\n');
  });
});
