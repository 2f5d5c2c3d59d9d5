import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import * as v from '@badrap/valita';
import * as assert from 'uvu/assert';
import type { Environment } from '../../../src/kube/environment.ts';
import { createPrivateCache } from '../../../src/kube/files/private-cache.ts';
import { suite } from '../../kit/suite.ts';
import { withFiles } from '../../kit/temporary.ts';

const openCache = (env: Environment, now?: () => number) =>
  createPrivateCache(env, 'c', 60_000, v.record(v.number()), now);

/** Returns whether a written value can be read. */
function isKept(env: Environment): boolean {
  const cache = openCache(env);
  cache.write('one', { a: 1 });
  return cache.read('one') !== undefined;
}

suite('the cache of the user', (test) => {
  test('removes old values when any value is written', () =>
    withFiles({}, (folder) => {
      const env = { XDG_CACHE_HOME: join(folder, 'cache') };
      const open = (at: number) => openCache(env, () => at);
      const kept = () => readdirSync(join(folder, 'cache/kubectl-kubeletaccess/c')).length;
      open(Date.now()).write('one', { a: 1 });
      open(Date.now() + 50_000).write('two', {});
      assert.is(kept(), 2);
      assert.equal(open(Date.now()).read('one')?.value, { a: 1 });
      open(Date.now() + 70_000).write('three', {});
      assert.is(kept(), 1);
      assert.is(open(Date.now()).read('one'), undefined);
    }));

  test('writes files that only the user can access, with names that reveal nothing', () =>
    withFiles({}, (folder) => {
      openCache({ XDG_CACHE_HOME: folder }).write('https://server.example', {});
      const own = join(folder, 'kubectl-kubeletaccess/c');
      const [file = ''] = readdirSync(own);
      assert.match(file, /^[0-9a-f]{64}$/);
      assert.is(statSync(own).mode & 0o777, 0o700);
      assert.is(statSync(join(own, file)).mode & 0o777, 0o600);
      assert.not.match(readFileSync(join(own, file), 'utf8'), 'server.example');
    }));

  const old = new Date(Date.now() - 86_400_000 * 3);

  for (const place of ['kubectl-kubeletaccess', 'kubectl-kubeletaccess/c'])
    test(`is not kept if its folder is a symbolic link; files in the target remain: ${place}`, () =>
      withFiles({ 'docs/c/letter': 'x', 'docs/letter': 'x' }, (folder) => {
        const link = join(folder, 'cache', place);
        mkdirSync(dirname(link), { recursive: true });
        symlinkSync(join(folder, 'docs'), link);
        for (const file of ['docs/letter', 'docs/c/letter'])
          utimesSync(join(folder, file), old, old);
        assert.not(isKept({ XDG_CACHE_HOME: join(folder, 'cache') }));
        assert.equal(readdirSync(join(folder, 'docs')).sort(), ['c', 'letter']);
        assert.equal(readdirSync(join(folder, 'docs/c')), ['letter']);
      }));

  for (const place of ['', 'kubectl-kubeletaccess', 'kubectl-kubeletaccess/c'])
    test(`is not kept in a folder that other users may write to: cache/${place}`, () =>
      withFiles({}, (folder) => {
        const open = join(folder, 'cache', place);
        mkdirSync(open, { recursive: true });
        chmodSync(open, 0o777);
        assert.not(isKept({ XDG_CACHE_HOME: join(folder, 'cache') }));
      }));

  test('is kept in a folder that other users may write to if the folder has the sticky bit', () =>
    withFiles({}, (folder) => {
      chmodSync(folder, 0o1777);
      assert.ok(isKept({ XDG_CACHE_HOME: folder }));
    }));

  test('removes only files that it wrote', () =>
    withFiles({ 'kubectl-kubeletaccess/c/letter': 'x' }, (folder) => {
      const own = join(folder, 'kubectl-kubeletaccess/c');
      const cache = openCache({ XDG_CACHE_HOME: folder });
      cache.write('one', { a: 1 });
      symlinkSync('letter', join(own, 'a'.repeat(64)));
      for (const file of readdirSync(own)) utimesSync(join(own, file), old, old);
      cache.write('two', {});
      assert.equal(readdirSync(own).filter((name) => !/^[0-9b-f]/.test(name)).length, 2);
      assert.is(readdirSync(own).length, 3);
    }));

  test('is not kept if the home or cache folder is missing or not a folder; no folder is created', () =>
    withFiles({ file: '' }, (folder) => {
      for (const env of [
        {},
        { XDG_CACHE_HOME: join(folder, 'file') },
        { XDG_CACHE_HOME: join(folder, 'no', 'caches') },
        { HOME: join(folder, 'no') },
      ])
        assert.not(isKept(env));
      assert.equal(readdirSync(folder), ['file']);
    }));
});
