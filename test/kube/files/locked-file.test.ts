import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { Failure, Interrupted } from '../../../src/errors.ts';
import { readPrivateFile, updatePrivateFile } from '../../../src/kube/files/locked-file.ts';
import { suite } from '../../kit/suite.ts';
import { withFiles } from '../../kit/temporary.ts';

const { signal } = new AbortController();
const title = 'trust file';
const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);
const words = (failed: unknown) => {
  assert.instance(failed, Failure);
  return (failed as Failure).message;
};
const thrownBy = (use: () => unknown) =>
  Promise.resolve()
    .then(use)
    .then(
      () => undefined,
      (error: unknown) => error,
    );

suite('a private file', (test) => {
  test('is empty if it does not exist, and 0600 once it is written', () =>
    withFiles({}, async (folder) => {
      const file = { title, path: join(folder, 'f') };
      assert.is(readPrivateFile(file), '');
      await updatePrivateFile(file, signal, (text) => `${text}one\n`);
      await updatePrivateFile(file, signal, (text) => `${text}two\n`);
      assert.is(readPrivateFile(file), 'one\ntwo\n');
      assert.equal([modeOf(file.path), readdirSync(folder)], ['600', ['f']]);
    }));

  test('stays as it is, with its lock removed, if it needs no change or changing it fails', () =>
    withFiles({ f: 'old' }, async (folder) => {
      const file = { title, path: join(folder, 'f') };
      await updatePrivateFile(file, signal, () => undefined);
      const failed = await thrownBy(() =>
        updatePrivateFile(file, signal, () => {
          throw new Failure('damaged');
        }),
      );
      assert.is(words(failed), 'damaged');
      assert.equal([readFileSync(file.path, 'utf8'), readdirSync(folder)], ['old', ['f']]);
    }));

  test('is replaced where a link points to', () =>
    withFiles({ 'home/real': 'old' }, async (folder) => {
      const path = join(folder, 'link');
      symlinkSync(join(folder, 'home/real'), path);
      await updatePrivateFile({ title, path }, signal, () => 'new');
      assert.ok(lstatSync(path).isSymbolicLink());
      assert.is(readFileSync(join(folder, 'home/real'), 'utf8'), 'new');
    }));

  for (const mode of [0o620, 0o602, 0o666])
    test(`is not used if others can write it: ${mode.toString(8)}`, () =>
      withFiles({ f: '' }, async (folder) => {
        const path = join(folder, 'f');
        chmodSync(path, mode);
        const expected = `trust file ${path} is not used: ${path} can be written by others`;
        for (const use of [
          () => readPrivateFile({ title, path }),
          () => updatePrivateFile({ title, path }, signal, () => 'new'),
        ]) {
          const failed = await thrownBy(use);
          assert.is(words(failed), expected);
          assert.equal((failed as Failure).hints, [`chmod go-w ${path}`]);
        }
        assert.equal([readFileSync(path, 'utf8'), readdirSync(folder)], ['', ['f']]);
      }));

  test('is not used if others can replace it, nor made where they could', () =>
    withFiles({ 'home/f': '' }, async (folder) => {
      const home = join(folder, 'home');
      chmodSync(home, 0o777);
      for (const name of ['f', 'new']) {
        const file = { title, path: join(home, name) };
        const failed = await thrownBy(() => updatePrivateFile(file, signal, () => 'text'));
        assert.is(
          words(failed),
          `trust file ${file.path} is not used: ${home} can be written by others`,
        );
      }
      assert.equal(readdirSync(home), ['f']);
      const read = await thrownBy(() => readPrivateFile({ title, path: join(home, 'f') }));
      assert.match(words(read), / can be written by others$/);
      // As in /tmp, others cannot replace it there.
      chmodSync(home, 0o1777);
      assert.is(readPrivateFile({ title, path: join(home, 'f') }), '');
    }));

  test('may be read by others', () =>
    withFiles({ f: 'text' }, (folder) => {
      chmodSync(join(folder, 'f'), 0o644);
      assert.is(readPrivateFile({ title, path: join(folder, 'f') }), 'text');
    }));

  test('cannot be a folder, or in one that is not there', () =>
    withFiles({}, async (folder) => {
      mkdirSync(join(folder, 'd'));
      assert.is(
        words(await thrownBy(() => readPrivateFile({ title, path: join(folder, 'd') }))),
        `trust file ${folder}/d is not a regular file`,
      );
      const path = join(folder, 'none/f');
      assert.is(readPrivateFile({ title, path }), '');
      assert.is(
        words(await thrownBy(() => updatePrivateFile({ title, path }, signal, () => ''))),
        `unable to write trust file ${path}: no such file or directory`,
      );
    }));

  test('waits for the lock of another process, and says whose it may be if that takes too long', () =>
    withFiles({ 'f.lock': '' }, async (folder) => {
      const path = join(folder, 'f');
      const update = () => updatePrivateFile({ title, path, patienceMs: 60 }, signal, () => 'text');
      const failed = await thrownBy(update);
      assert.is(
        words(failed),
        `unable to write trust file ${path}: ${path}.lock exists, so that another process is writing it, or ended while it did`,
      );
      assert.equal((failed as Failure).hints, [`if none is running: rm ${path}.lock`]);
      assert.ok(existsSync(`${path}.lock`) && !existsSync(path));
    }));

  test('is written as soon as the lock is gone, and waits no longer than for an interrupt', () =>
    withFiles({ 'f.lock': '' }, async (folder) => {
      const path = join(folder, 'f');
      const interrupt = new AbortController();
      const interrupted = thrownBy(() =>
        updatePrivateFile({ title, path }, interrupt.signal, () => 'no'),
      );
      const updated = updatePrivateFile({ title, path }, signal, () => 'yes');
      interrupt.abort();
      assert.instance(await interrupted, Interrupted);
      rmSync(`${path}.lock`);
      await updated;
      assert.is(readFileSync(path, 'utf8'), 'yes');
    }));

  test('is in no folder, nor behind a link in one, that others may write', () =>
    withFiles({ 'own/f': 'pin', 'open/x': '', 'open/in/f': 'pin' }, async (folder) => {
      chmodSync(join(folder, 'open'), 0o777);
      symlinkSync(join(folder, 'own/f'), join(folder, 'open/link'));
      for (const path of [join(folder, 'open/link'), join(folder, 'open/in/f')]) {
        const failed = await thrownBy(() => readPrivateFile({ title, path }));
        assert.match(
          words(failed),
          `is not used: ${join(folder, 'open')} can be written by others`,
        );
      }
      assert.is(readPrivateFile({ title, path: join(folder, 'own/f') }), 'pin');
    }));

  if (process.getuid?.() !== 0)
    test.skip('belongs to the user or to root', 'only root can make files of others');
  else
    test('belongs to the user or to root', () =>
      withFiles({ f: '' }, async (folder) => {
        const path = join(folder, 'f');
        chownSync(path, 12_345, 12_345);
        const failed = await thrownBy(() => readPrivateFile({ title, path }));
        assert.is(words(failed), `trust file ${path} is not used: ${path} belongs to another user`);
      }));
});
