import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { isWritten, writeOwnFile } from '../../../src/kube/files/installed-file.ts';
import { suite } from '../../kit/suite.ts';
import { withFiles } from '../../kit/temporary.ts';

suite('an installed file', (test) => {
  test('counts as written only with the same text and mode', () =>
    withFiles({}, (folder) => {
      const file = { path: join(folder, 'bin/f'), text: 'own', mark: 'own', isExecutable: true };
      assert.not(isWritten(file));
      writeOwnFile(file);
      assert.ok(isWritten(file));
      assert.not(isWritten({ ...file, text: 'own, newer' }));
      if (process.platform === 'win32') return;
      chmodSync(file.path, 0o644);
      assert.not(isWritten(file));
      assert.ok(isWritten({ ...file, isExecutable: false }));
    }));
});
