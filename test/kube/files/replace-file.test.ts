import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { replaceFile } from '../../../src/kube/files/replace-file.ts';
import { suite } from '../../kit/suite.ts';
import { withFiles } from '../../kit/temporary.ts';

suite('a replaced file', (test) => {
  test('has the new text and mode, and no file remains beside it', () =>
    withFiles({ old: 'before' }, async (folder) => {
      const path = join(folder, 'old');
      replaceFile(path, 'after', 0o600);
      assert.is(readFileSync(path, 'utf8'), 'after');
      if (process.platform !== 'win32') assert.is(statSync(path).mode & 0o777, 0o600);
      assert.equal(readdirSync(folder), ['old']);
    }));

  if (process.platform !== 'win32')
    test('has its mode despite the umask', () =>
      withFiles({}, (folder) => {
        const path = join(folder, 'f');
        const old = process.umask(0o077);
        try {
          replaceFile(path, 'text', 0o755);
        } finally {
          process.umask(old);
        }
        assert.is(statSync(path).mode & 0o777, 0o755);
      }));

  test('leaves no partial file if it cannot be written', () =>
    withFiles({}, async (folder) => {
      mkdirSync(join(folder, 'taken'));
      assert.throws(() => replaceFile(join(folder, 'taken'), 'text', 0o600), /EISDIR|EEXIST|EPERM/);
      assert.equal(readdirSync(folder), ['taken']);
    }));
});
