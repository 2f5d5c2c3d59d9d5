import * as assert from 'uvu/assert';
import { pprofProfileOf } from '../../src/kubelet/pprof.ts';
import { suite } from '../kit/suite.ts';

suite('a profile of a kubelet', (test) => {
  for (const [path, name, ms] of [
    ['heap', 'heap', 0],
    ['heap?debug=0', 'heap', 0],
    ['goroutine?seconds=5', 'goroutine', 5000],
    ['heap?seconds=x', 'heap', 0],
    ['heap?seconds=-1', 'heap', 0],
    ['profile', 'profile', 30_000],
    ['profile?debug=1', 'profile', 30_000],
    ['profile?seconds=60', 'profile', 60_000],
    ['profile?seconds=x', 'profile', 30_000],
    ['profile?seconds=0', 'profile', 30_000],
    ['profile?seconds=1.5', 'profile', 30_000],
    ['profile?seconds=5&seconds=9', 'profile', 5000],
    ['profile?seconds=99999999999999999999999', 'profile', 14_400_000],
    ['trace', 'trace', 1000],
    ['trace?seconds=1.5', 'trace', 1500],
  ] as const)
    test(`is recognized by path ${path}`, () => {
      const profile = pprofProfileOf(`/debug/pprof/${path}`);
      assert.equal([profile?.name, profile?.ms], [name, ms]);
      assert.is(profile?.extension, name === 'trace' ? 'trace' : 'pb.gz');
    });

  for (const path of [
    '/debug/pprof/',
    '/debug/pprof/cmdline',
    '/debug/pprof/symbol',
    '/debug/pprof/heap?debug=1',
    '/debug/pprof/goroutine?debug=2&seconds=1',
    '/debug/pprof/..',
    '/debug/pprof/a/b',
    '/debug/pprof/a%2fb',
    `/debug/pprof/${'x'.repeat(41)}`,
    '/metrics',
  ])
    test(`is not recognized by path ${path.slice(0, 60)}`, () =>
      assert.is(pprofProfileOf(path), undefined));
});
