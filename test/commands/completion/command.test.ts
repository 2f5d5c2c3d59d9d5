import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { pathNote, shimsIn } from '../../../src/commands/completion/command.ts';
import { shells } from '../../../src/commands/completion/scripts.ts';
import { completer as name, shims } from '../../../src/commands/completion/shim.ts';
import { suite } from '../../kit/suite.ts';
import { nowhere, withFiles } from '../../kit/temporary.ts';
import { runProcess, runTool } from '../../kit/tool.ts';

const [{ text: shim = '' } = {}] = shims.unix;

interface Home {
  readonly folder: string;
  readonly bin: string;
  complete(...words: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }>;
}

/** Runs a test with a home folder whose `.local/bin` is in PATH. */
function withHome(use: (home: Home) => Promise<void>): Promise<void> {
  return withFiles({ '.local/bin/other': '' }, async (folder) => {
    const bin = join(folder, '.local', 'bin');
    const env = { HOME: folder, PATH: `relative:${bin}/:/usr/bin:/bin` };
    const complete = async (...words: readonly string[]) => {
      const { code, stdout, stderr } = await runTool(['completion', ...words], {
        env,
        cwd: folder,
      });
      return { code, stdout, stderr };
    };
    await use({ folder, bin, complete });
  });
}

suite('completion', (test) => {
  test('install writes the shim into a folder of PATH, and rewrites a shim only if it differs', () =>
    withHome(async ({ bin, complete }) => {
      const path = join(bin, name);
      assert.equal(await complete('install', '--dry-run'), {
        code: 0,
        stdout: `${path} created (dry run)\n`,
        stderr: '',
      });
      assert.not.ok(existsSync(path));
      assert.equal(await complete('install'), { code: 0, stdout: `${path} created\n`, stderr: '' });
      assert.is(readFileSync(path, 'utf8'), shim);
      assert.is(statSync(path).mode & 0o777, 0o755);
      assert.is((await complete('install')).stdout, `${path} unchanged\n`);
      chmodSync(path, 0o644);
      writeFileSync(path, shim.replace('echo :4', 'echo :0'));
      assert.is((await complete('install')).stdout, `${path} configured\n`);
      assert.is(readFileSync(path, 'utf8'), shim);
      assert.is(statSync(path).mode & 0o777, 0o755);
    }));

  test('install writes the shim next to the plugin, or into the folder where krew links plugins', () =>
    withFiles({ 'own/kubectl-kubeletaccess': '', 'krew/bin/other': '' }, async (folder) => {
      chmodSync(join(folder, 'own', 'kubectl-kubeletaccess'), 0o755);
      const krew = join(folder, 'krew');
      for (const [paths, expected] of [
        [['krew/bin', 'own'], 'own'],
        [['krew/bin'], 'krew/bin'],
      ] as const) {
        const PATH = paths.map((path) => join(folder, path)).join(':');
        const env = { HOME: folder, KREW_ROOT: krew, PATH };
        const { stdout } = await runTool(['completion', 'install'], { env });
        assert.is(stdout, `${join(folder, expected, name)} created\n`);
      }
    }));

  test('install --dir says how to add the folder to PATH', () =>
    withHome(async ({ folder, complete }) => {
      const { code, stdout, stderr } = await complete('install', '--dir', 'tools');
      assert.equal([code, stdout], [0, `${folder}/tools/${name} created\n`]);
      assert.match(
        stderr,
        `note: kubectl finds it only if PATH has its folder: export PATH="$PATH":${folder}/tools`,
      );
    }));

  test('install --shell also writes the script where the shell loads it', () =>
    withHome(async ({ folder, complete }) => {
      for (const [shell, path] of [
        ['bash', '.local/share/bash-completion/completions/kubectl-kubeletaccess'],
        ['zsh', '.local/share/zsh/site-functions/_kubectl-kubeletaccess'],
        ['fish', '.config/fish/completions/kubectl-kubeletaccess.fish'],
      ] as const) {
        const { stdout, stderr } = await complete('install', '--shell', shell);
        assert.match(stdout, `${join(folder, path)} created\n`);
        assert.match(readFileSync(join(folder, path), 'utf8'), 'kubectl-kubeletaccess __complete');
        assert.is(stderr !== '', shell === 'zsh', stderr);
      }
      assert.match(
        readFileSync(
          join(folder, '.local/share/zsh/site-functions/_kubectl-kubeletaccess'),
          'utf8',
        ),
        /^#compdef /,
      );
      const { stdout } = await complete('uninstall');
      assert.is(stdout.match(/ deleted\n/g)?.length, 4);
    }));

  test('never replaces or removes a link, or a file of another program', () =>
    withHome(async ({ bin, folder, complete }) => {
      const path = join(bin, name);
      const script = join(folder, '.config/fish/completions/kubectl-kubeletaccess.fish');
      mkdirSync(join(folder, '.config/fish/completions'), { recursive: true });
      writeFileSync(script, '# mine\n');
      const failed = await complete('install', '--shell', 'fish');
      assert.equal([failed.code, failed.stdout], [1, '']);
      assert.match(failed.stderr, `error: ${script} exists, and install has not written it\n`);
      assert.not.ok(existsSync(path));
      writeFileSync(path, '#!/bin/sh\n');
      assert.is((await complete('install')).code, 1);
      const { code, stdout, stderr } = await complete('uninstall');
      assert.equal([code, stdout], [0, '']);
      assert.match(stderr, `note: ${path} is left: install has not written it\n`);
      assert.is(readFileSync(path, 'utf8'), '#!/bin/sh\n');
      writeFileSync(join(folder, 'target'), shim);
      symlinkSync(join(folder, 'target'), join(folder, name));
      assert.is((await complete('install', '--dir', folder)).code, 1);
    }));

  test('uninstall removes files that install wrote, or prints that there are no such files', () =>
    withHome(async ({ bin, complete }) => {
      const path = join(bin, name);
      await complete('install');
      assert.is((await complete('uninstall', '--dry-run')).stdout, `${path} deleted (dry run)\n`);
      assert.ok(existsSync(path));
      assert.is((await complete('uninstall')).stdout, `${path} deleted\n`);
      assert.not.ok(existsSync(path));
      assert.equal(await complete('uninstall'), {
        code: 0,
        stdout: '',
        stderr: 'note: no completion is installed\n',
      });
    }));

  test('install suggests --dir if no folder of PATH is writable', () =>
    withFiles({}, async (folder) => {
      const env = { HOME: folder, PATH: nowhere };
      const { code, stderr } = await runTool(['completion', 'install'], { env });
      assert.is(code, 2);
      assert.match(stderr, 'error: no folder of PATH can be written: use --dir\n');
    }));

  test('prints a script for each shell that calls the program', async () => {
    for (const shell of shells) {
      const { code, stdout } = await runTool(['completion', shell]);
      assert.is(code, 0);
      assert.match(stdout, 'kubectl-kubeletaccess __complete');
    }
  });

  test('install on Windows writes a batch file, and a file with the name of the plugin', () => {
    const files = shimsIn('C:\\tools', 'windows');
    assert.equal(
      files.map(({ path }) => path),
      [`C:\\tools\\${name}.cmd`, 'C:\\tools\\kubectl-kubeletaccess'],
    );
    for (const { text, mark } of files) assert.ok(text.includes(mark));
    const [batch = ''] = files.map(({ text }) => text);
    assert.ok(batch.startsWith('@echo off\r\nrem '));
    assert.not.match(batch, /[^\r]\n/);
    // kubectl reads ":4\r" as a candidate.
    assert.not.match(batch, 'echo :4');
  });

  test('the suggested command that extends PATH is for the usual shell of the system', () => {
    assert.match(pathNote("C:\\it's here", 'windows'), "$env:PATH += ';C:\\it''s here'");
    assert.match(pathNote('/a$(id)', 'unix'), `export PATH="$PATH":'/a$(id)'`);
    assert.match(pathNote('/opt/tools', 'unix'), 'export PATH="$PATH":/opt/tools');
  });

  if (process.platform !== 'win32')
    test('the shim passes words to the plugin, hides its errors, and offers nothing if the plugin is missing', () =>
      withFiles(
        { shim, 'bin/kubectl-kubeletaccess': '#!/bin/sh\nprintf "%s|" "$@"; echo no >&2\n' },
        async (folder) => {
          const program = join(folder, 'bin', 'kubectl-kubeletaccess');
          for (const path of [join(folder, 'shim'), program]) chmodSync(path, 0o755);
          const start = async (env: Record<string, string>) => {
            const result = await runProcess(join(folder, 'shim'), ['a b', '', '*'], { env });
            return [result.code, result.stdout, result.stderr];
          };
          const system = '/usr/bin:/bin';
          const found = [0, '__complete|a b||*|', ''];
          assert.equal(await start({ PATH: `${join(folder, 'bin')}:${system}` }), found);
          // krew's folder is found even if PATH lacks it.
          assert.equal(await start({ PATH: system, KREW_ROOT: folder }), found);
          assert.equal(await start({ PATH: system, HOME: folder }), [0, ':4\n', '']);
        },
      ));
});
