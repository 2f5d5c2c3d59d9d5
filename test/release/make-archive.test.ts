import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { archiveIngredients } from '../../scripts/release/make-archive.ts';
import { suite } from '../kit/suite.ts';
import { withFiles } from '../kit/temporary.ts';

suite('an archive of a release', (test) => {
  test('is made again if the program, the version or build of Node, or the time changes', () =>
    withFiles({ one: 'one', two: 'two' }, (folder) => {
      const of = (program: string, version: string, integrity: string, day: number) =>
        archiveIngredients(
          join(folder, program),
          [{ path: '', folder: '', version, integrity }],
          new Date(Date.UTC(2026, 0, day)),
        );
      const made = [
        of('one', '26.1.0', 'sha512-a', 1),
        of('two', '26.1.0', 'sha512-a', 1),
        of('one', '26.2.0', 'sha512-a', 1),
        of('one', '26.1.0', 'sha512-b', 1),
        of('one', '26.1.0', 'sha512-a', 2),
      ];
      assert.is(new Set(made).size, made.length);
      assert.is(of('one', '26.1.0', 'sha512-a', 1), made[0]);
    }));
});
