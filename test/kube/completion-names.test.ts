import { chmodSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { createNameCache } from '../../src/kube/completion-names.ts';
import { suite } from '../kit/suite.ts';
import { withFiles } from '../kit/temporary.ts';

const inHome = 'kubectl-kubeletaccess/completion';

suite('cache of names', (test) => {
  test('keeps names by key for their lifetime', () =>
    withFiles({}, (folder) => {
      let now = 1_000_000;
      const cache = createNameCache({ XDG_CACHE_HOME: folder }, () => now);
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

  test('ignores a file that has no names, has a time in the future, or may be written by other users', () =>
    withFiles({}, (folder) => {
      const cache = createNameCache({ XDG_CACHE_HOME: folder });
      cache.write('a', ['x'], 5000);
      const own = join(folder, inHome);
      const path = join(own, readdirSync(own)[0] ?? '');
      chmodSync(path, 0o666);
      assert.is(cache.read('a'), undefined);
      chmodSync(path, 0o600);
      assert.equal(cache.read('a'), ['x']);
      const [at, lifetimeMs, names] = [Date.now(), 5000, ['x']];
      for (const json of [
        ...[null, [], { at }, { at, value: { lifetimeMs: 'x', names } }],
        ...[
          { at: 9e15, value: { lifetimeMs, names } },
          { at: 'x', value: { lifetimeMs, names } },
        ],
        { at, value: { lifetimeMs, names: ['x', 1, null] } },
      ]) {
        writeFileSync(path, JSON.stringify(json));
        assert.is(cache.read('a'), undefined, JSON.stringify(json));
      }
      writeFileSync(path, '{');
      assert.is(cache.read('a'), undefined);
    }));
});
