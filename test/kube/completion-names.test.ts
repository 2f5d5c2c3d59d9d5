import { chmodSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { openNameCache } from '../../src/kube/completion-names.ts';
import { suite } from '../kit/suite.ts';
import { withFiles } from '../kit/temporary.ts';

const inHome = 'kubectl-kubeletaccess/completion';

suite('cache of names', (test) => {
  test('keeps names by key for their lifetime', () =>
    withFiles({}, (folder) => {
      let now = 1_000_000;
      const cache = openNameCache({ XDG_CACHE_HOME: folder }, () => now);
      assert.is(cache.read('a'), undefined);
      cache.write('a', ['x', 'y'], 5000);
      cache.write('b', [], 5000);
      assert.equal(
        [cache.read('a'), cache.read('b'), cache.read('c')],
        [['x', 'y'], [], undefined],
      );
      now += 5000;
      assert.equal(cache.read('a'), ['x', 'y']);
      now += 1;
      assert.is(cache.read('a'), undefined);
    }));

  test('writes files for the user alone, whose names tell nothing', () =>
    withFiles({}, (folder) => {
      openNameCache({ XDG_CACHE_HOME: folder }).write('https://server.example', ['x'], 5000);
      const own = join(folder, inHome);
      const [file = ''] = readdirSync(own);
      assert.match(file, /^[0-9a-f]{64}$/);
      assert.is(statSync(own).mode & 0o777, 0o700);
      assert.is(statSync(join(own, file)).mode & 0o777, 0o600);
      assert.not.match(readFileSync(join(own, file), 'utf8'), 'server.example');
    }));

  test('does not read what others may write, what is no list of names, or what lives too long', () =>
    withFiles({}, (folder) => {
      const cache = openNameCache({ XDG_CACHE_HOME: folder });
      cache.write('a', ['x'], 5000);
      const own = join(folder, inHome);
      const path = join(own, readdirSync(own)[0] ?? '');
      chmodSync(path, 0o666);
      assert.is(cache.read('a'), undefined);
      chmodSync(path, 0o600);
      assert.equal(cache.read('a'), ['x']);
      for (const text of ['{', '[]', 'null', '{"expires":9e15,"names":["x"]}', '{"expires":"x"}']) {
        writeFileSync(path, text);
        assert.is(cache.read('a'), undefined, text);
      }
      writeFileSync(path, JSON.stringify({ expires: Date.now() + 1000, names: ['x', 1, null] }));
      assert.is(cache.read('a'), undefined);
    }));

  test('removes old files', () =>
    withFiles({}, (folder) => {
      const cache = openNameCache({ XDG_CACHE_HOME: folder });
      cache.write('a', ['x'], 5000);
      const own = join(folder, inHome);
      utimesSync(join(own, readdirSync(own)[0] ?? ''), 0, 0);
      cache.write('b', ['y'], 5000);
      assert.is(readdirSync(own).length, 1);
      assert.equal(cache.read('b'), ['y']);
    }));

  test('is none without a home, or where it cannot be written', () =>
    withFiles({ file: '' }, (folder) => {
      for (const env of [
        {},
        { XDG_CACHE_HOME: join(folder, 'file') },
        { XDG_CACHE_HOME: join(folder, 'no', 'caches') },
        { HOME: join(folder, 'no') },
      ]) {
        const cache = openNameCache(env);
        cache.write('a', ['x'], 5000);
        assert.is(cache.read('a'), undefined);
      }
      assert.equal(readdirSync(folder), ['file'], 'a home is made for nobody');
    }));
});
