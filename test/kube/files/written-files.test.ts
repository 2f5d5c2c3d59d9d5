import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { checkReplaceable, readWrittenFiles } from '../../../src/kube/files/written-files.ts';
import { suite } from '../../kit/suite.ts';
import { withFiles } from '../../kit/temporary.ts';

const list = '.kubectl-kubeletaccess-files';

suite('the list of written files', (test) => {
  test('is kept for later runs', () =>
    withFiles({ a: '', b: '' }, (folder) => {
      const written = readWrittenFiles(folder);
      for (const name of ['a', 'b', 'a']) written.added(name);
      written.removed('b');
      const later = readWrittenFiles(folder);
      assert.equal([later.has('a'), later.has('b')], [true, false]);
      assert.is(readFileSync(join(folder, list), 'utf8'), '+a\n+b\n-b\n');
      checkReplaceable(folder, 'a', later);
      assert.throws(() => checkReplaceable(folder, 'b', later), /no earlier run wrote it/);
    }));

  test('counts as empty if other users may write to it or if it is a link', () =>
    withFiles({ [`open/${list}`]: '+a\n', 'link/x': '', 'own/f': '+a\n' }, (folder) => {
      chmodSync(join(folder, 'open', list), 0o666);
      symlinkSync(join(folder, 'own/f'), join(folder, 'link', list));
      for (const name of ['open', 'link']) {
        const written = readWrittenFiles(join(folder, name));
        assert.not(written.has('a'));
        assert.throws(() => written.added('b'));
      }
      assert.is(readFileSync(join(folder, 'own/f'), 'utf8'), '+a\n');
    }));

  if (process.platform === 'win32') test.skip('is no pipe', 'there is no mkfifo');
  else
    test('cannot be a named pipe, because a write would wait for a reader', () =>
      withFiles({}, (folder) => {
        execFileSync('mkfifo', [join(folder, list)]);
        const written = readWrittenFiles(folder);
        assert.throws(() => written.added('a'));
      }));
});
