import { mkdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import * as assert from 'uvu/assert';
import { root } from '../../scripts/paths.ts';
import { run } from '../../scripts/tools/shell.ts';
import { version } from '../../src/version.ts';
import { suite } from '../kit/suite.ts';
import { withFiles } from '../kit/temporary.ts';
import { runProcess } from '../kit/tool.ts';

const readme = readFileSync(join(root, 'README.md'), 'utf8');
const [, install = ''] = /\n## Install\n(.*?)\n## /s.exec(readme) ?? [];
const lines = [...install.matchAll(/^(?:apt-get|npm install|tar) .*/gm)].map(([line]) => line);

suite('the lines in README that install the program', (test) => {
  test('use apt-get, npm and tar', () => {
    assert.equal(
      lines.map((line) => line.split(' ')[0]),
      ['apt-get', 'npm', 'tar'],
    );
  });

  for (const line of lines)
    test(`${line.split(' ').slice(0, 2).join(' ')} installs a program that runs`, () =>
      withFiles({ 'apt.conf': 'DPkg::Lock::Timeout "300";\n' }, async (home) => {
        const bin = join(home, '.local/bin');
        mkdirSync(bin, { recursive: true });
        const PATH = [bin, process.env['PATH']].join(delimiter);
        // Without a prefix, npm install -g writes to Node's own folder.
        const npm = { npm_config_prefix: join(home, '.local'), npm_config_offline: 'true' };
        // With this apt.conf, apt-get waits while another apt-get runs on this machine.
        const apt = { DEBIAN_FRONTEND: 'noninteractive', APT_CONFIG: join(home, 'apt.conf') };
        const env = { ...npm, ...apt, HOME: home, PATH };
        try {
          await run('bash', ['-ec', line.replace('install ./', 'install -y ./')], {
            cwd: root,
            env,
          });
          const started = await runProcess('kubectl-kubeletaccess', ['version'], { env });
          assert.is(started.stdout, `kubectl-kubeletaccess v${version}\n`, started.stderr);
          const words = await runProcess('kubectl_complete-kubeletaccess', ['vers'], { env });
          assert.match(words.stdout, /^version\t.*\n:4\n$/);
        } finally {
          if (line.startsWith('apt-get')) await run('dpkg', ['--purge', 'kubectl-kubeletaccess']);
        }
      }));
});
