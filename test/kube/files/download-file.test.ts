import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { Failure } from '../../../src/errors.ts';
import { renameToNew, writeNew } from '../../../src/kube/files/download-file.ts';
import { suite } from '../../kit/suite.ts';
import { nowhere, withFiles } from '../../kit/temporary.ts';

async function* pieces(...texts: readonly string[]): AsyncGenerator<Buffer> {
  for (const text of texts) yield Buffer.from(text);
}

const numbered = (attempt: number) => `file-${attempt}`;

suite('a new file', (test) => {
  test('has the first name that is free, and is for its owner alone', () =>
    withFiles({}, async (folder) => {
      writeFileSync(join(folder, 'file-1'), 'kept');
      assert.equal(await writeNew(folder, numbered, pieces('a', 'bc')), {
        ...{ name: 'file-2', bytes: 3 },
      });
      assert.equal(readdirSync(folder).sort(), ['file-1', 'file-2']);
      assert.is(readFileSync(join(folder, 'file-1'), 'utf8'), 'kept');
      assert.is(readFileSync(join(folder, 'file-2'), 'utf8'), 'abc');
      if (process.platform !== 'win32')
        assert.is(statSync(join(folder, 'file-2')).mode & 0o777, 0o600);
    }));

  test('is one for each of those who write at once', () =>
    withFiles({}, async (folder) => {
      const written = await Promise.all(
        Array.from({ length: 20 }, (_, index) => writeNew(folder, numbered, pieces(`${index}`))),
      );
      assert.is(new Set(written.map(({ name }) => name)).size, 20);
      const texts = written.map(({ name }) => readFileSync(join(folder, name), 'utf8'));
      assert.equal(texts, [...texts.keys()].map(String));
      assert.is(readdirSync(folder).length, 20);
    }));

  test('is none if its source breaks', () =>
    withFiles({}, async (folder) => {
      const broken = new Error('cut');
      async function* source() {
        yield Buffer.from('a');
        throw broken;
      }
      const error = await writeNew(folder, numbered, source()).catch((each: unknown) => each);
      assert.is(error, broken);
      assert.equal(readdirSync(folder), []);
    }));

  test('is none in a folder that is not there, which is told', async () => {
    const error = await writeNew(nowhere, numbered, pieces('a')).catch((each) => each);
    assert.instance(error, Failure);
    assert.match(String(error), /cannot write .*file-1: ENOENT/);
  });

  test('replaces nothing on file systems without links either', () =>
    withFiles({}, async (folder) => {
      const without = async () => {
        throw Object.assign(new Error('no links'), { code: 'EPERM' });
      };
      const path = (name: string) => join(folder, name);
      writeFileSync(path('from'), 'new');
      writeFileSync(path('kept'), 'kept');
      const error = await renameToNew(path('from'), path('kept'), without).catch((each) => each);
      assert.is(error.code, 'EEXIST');
      assert.is(readFileSync(path('kept'), 'utf8'), 'kept');
      await renameToNew(path('from'), path('to'), without);
      assert.equal(readdirSync(folder).sort(), ['kept', 'to']);
      assert.is(readFileSync(path('to'), 'utf8'), 'new');
    }));
});
