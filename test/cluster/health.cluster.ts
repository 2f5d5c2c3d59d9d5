import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { run } from '../../scripts/tools/shell.ts';
import { suite } from '../kit/suite.ts';
import { filesIn, withFiles } from '../kit/temporary.ts';
import { currentCluster } from './current.ts';
import { minorNumber } from './versions.ts';
import { toolOf } from './world.ts';

const cluster = await currentCluster();
const isOld = minorNumber(cluster.minor) < 36;

const tool = toolOf(cluster);

async function itemsOf<Item>(...args: readonly string[]): Promise<readonly Item[]> {
  const { code, stdout, stderr } = await tool([...args, '-o', 'json']);
  assert.is(code, 0, stderr);
  return (JSON.parse(stdout) as { items: readonly Item[] }).items;
}

suite(`debugging endpoints of kubelets, ${cluster.version}`, (test) => {
  test('get healthz lists each health check of each node', async () => {
    const checks = await itemsOf<{ node: string; check: string; result: string; healthy: boolean }>(
      'get',
      'healthz',
    );
    const names = ['ping', 'log', 'syncloop', ...(isOld ? [] : ['device-plugin'])];
    assert.equal(
      checks,
      cluster.nodes.flatMap((node) =>
        names.map((check) => ({ node, check, result: 'ok', healthy: true })),
      ),
    );
  });

  if (isOld)
    test('get statusz and flagz fail with 404 before 1.36', async () => {
      for (const path of ['statusz', 'flagz']) {
        const { code, stdout, stderr } = await tool(['get', path, 'node-1']);
        assert.equal([code, stdout], [1, ''], stderr);
        assert.match(stderr, 'with 404');
      }
    });
  else
    test('get statusz and flagz list version, uptime and flags', async () => {
      const [uptime] = await itemsOf<{ uptimeSeconds: number }>('get', 'statusz', 'node-1');
      assert.ok(uptime && uptime.uptimeSeconds < 3600, JSON.stringify(uptime));
      const flags = await itemsOf<{ flag: string }>('get', 'flagz', 'node-1');
      assert.ok(flags.some(({ flag }) => flag === 'hostname-override'));
      const [status] = await itemsOf<{ version: string }>('get', 'statusz', 'node-1');
      assert.is(`v${status?.version}`, cluster.version);
      const different = await itemsOf<{ flag: string; value: string; nodeCount: number }>(
        'diff',
        'flagz',
      );
      const names = different.filter(({ flag }) => flag === 'hostname-override');
      assert.equal(
        names.map(({ value, nodeCount }) => `${value} ${nodeCount}`),
        cluster.nodes.map((node) => `${node} 1`),
      );
    });

  test('go tool pprof opens the profiles that curl writes', () =>
    withFiles({}, async (cwd) => {
      const read = async (path: string, file: string) => {
        const args = ['curl', `/debug/pprof/${path}`, '--node', 'node-1'];
        const { code, bytes, stderr } = await tool(args);
        assert.is(code, 0, stderr);
        writeFileSync(join(cwd, file), bytes);
      };
      const top = (file: string) => run('go', ['tool', 'pprof', '-top', join(cwd, file)]);
      for (const path of ['heap', 'goroutine', 'profile?seconds=1', 'heap?seconds=1']) {
        await read(path, 'one.pb.gz');
        assert.match(await top('one.pb.gz'), /^Showing nodes accounting for /m, path);
      }
      await read('trace?seconds=1', 'one.trace');
      const trace = readFileSync(join(cwd, 'one.trace')).subarray(0, 20).toString('latin1');
      assert.match(trace, /^go 1\.\d+ trace/);
      const heaps = join(cwd, 'heaps');
      const all = await tool(['curl', '/debug/pprof/heap', '--all', '--output-dir', heaps]);
      assert.is(all.code, 0, all.stderr);
      const files = filesIn(heaps);
      assert.equal(
        files,
        cluster.nodes.map((node) => `${node}-heap.pb.gz`),
      );
      for (const file of files) assert.match(await top(join('heaps', file)), /^Type: /m);
    }));
});
