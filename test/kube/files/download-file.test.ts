import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { Failure } from '../../../src/errors.ts';
import { writeWhole } from '../../../src/kube/files/download-file.ts';
import { BorrowedBytes } from '../../../src/kube/transport/memory.ts';
import { suite } from '../../kit/suite.ts';
import { nowhere, withFiles } from '../../kit/temporary.ts';

async function* pieces(...texts: readonly string[]): AsyncGenerator<BorrowedBytes> {
  const memory = Buffer.alloc(9);
  for (const text of texts) yield new BorrowedBytes(memory.subarray(0, memory.write(text)));
}

suite('a downloaded file', (test) => {
  test('replaces an older file, and only its owner can access it', () =>
    withFiles({}, async (folder) => {
      const path = join(folder, 'file');
      writeFileSync(path, 'old');
      assert.is(await writeWhole(folder, 'file', pieces('a', 'bc')), 3);
      assert.equal(readdirSync(folder), ['file']);
      assert.is(readFileSync(path, 'utf8'), 'abc');
      if (process.platform !== 'win32') assert.is(statSync(path).mode & 0o777, 0o600);
    }));

  test('leaves the old file unchanged if the download breaks off', () =>
    withFiles({}, async (folder) => {
      writeFileSync(join(folder, 'file'), 'old');
      const broken = new Error('cut');
      async function* source() {
        yield* pieces('a');
        throw broken;
      }
      const error = await writeWhole(folder, 'file', source()).catch((each: unknown) => each);
      assert.is(error, broken);
      assert.equal(readdirSync(folder), ['file']);
      assert.is(readFileSync(join(folder, 'file'), 'utf8'), 'old');
    }));

  test('fails with the reason if the folder is missing', async () => {
    const error = await writeWhole(nowhere, 'file', pieces('a')).catch((each) => each);
    assert.instance(error, Failure);
    assert.match(String(error), /unable to write .*file: no such file or directory/);
  });
});
