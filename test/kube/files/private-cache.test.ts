import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { openPrivateCache } from '../../../src/kube/files/private-cache.ts';
import { suite } from '../../kit/suite.ts';
import { withFiles } from '../../kit/temporary.ts';

suite('a cache of the user', (test) => {
  test('keeps nothing longer than it may, whatever is written next', () =>
    withFiles({}, (folder) => {
      const env = { XDG_CACHE_HOME: join(folder, 'cache') };
      const open = (at: number) => openPrivateCache(env, 'c', 60_000, () => at);
      const kept = () => readdirSync(join(folder, 'cache/kubectl-kubeletaccess/c')).length;
      open(Date.now()).write('one', { a: 1 });
      open(Date.now() + 50_000).write('two', {});
      assert.is(kept(), 2);
      assert.equal(open(Date.now()).read('one'), { a: 1 });
      open(Date.now() + 70_000).write('three', {});
      assert.is(kept(), 1);
      assert.is(open(Date.now()).read('one'), undefined);
    }));

  test('makes no home for a user without one', () =>
    withFiles({}, (folder) => {
      const env = { XDG_CACHE_HOME: join(folder, 'gone/cache') };
      openPrivateCache(env, 'c', 60_000).write('one', {});
      assert.not(existsSync(join(folder, 'gone')));
    }));
});
