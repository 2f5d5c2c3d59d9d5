import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { suite } from '../kit/suite.ts';
import { withFiles } from '../kit/temporary.ts';
import { runTool } from '../kit/tool.ts';
import { currentCluster } from './current.ts';
import { run } from './shell.ts';
import { minorNumber } from './versions.ts';

const cluster = await currentCluster();
const isOld = minorNumber(cluster.minor) < 36;

const curl = (...args: readonly string[]) =>
  runTool(['curl', ...args], { env: { KUBECONFIG: cluster.kubeconfigs.admin } });

async function itemsOf<Item>(...args: readonly string[]): Promise<readonly Item[]> {
  const { code, stdout, stderr } = await curl(...args, '-o', 'json');
  assert.is(code, 0, stderr);
  return (JSON.parse(stdout) as { items: readonly Item[] }).items;
}

suite(`what kubelets say of themselves, ${cluster.version}`, (test) => {
  test('has their health checks, together and one by one', async () => {
    const checks = await itemsOf<{ node: string; check: string; result: string; passes: boolean }>(
      'healthz?verbose',
      '--all',
    );
    const names = ['ping', 'log', 'syncloop', ...(isOld ? [] : ['device-plugin'])];
    assert.equal(
      checks,
      cluster.nodes.flatMap((node) =>
        names.map((check) => ({ node, check, result: 'ok', passes: true })),
      ),
    );
    for (const name of names) {
      const one = await curl(`/healthz/${name}`, '--node', 'node-1', '-o', 'table', '--no-headers');
      assert.equal([one.code, one.stdout], [0, `node-1   ${name}   ok   -\n`]);
    }
    const excluded = await curl('/healthz?exclude=log', '--node', 'node-1', '-o', 'table');
    assert.match(excluded.stdout, /^node-1 +log +excluded +-$/m);
  });

  if (isOld)
    test('has neither statusz nor flagz', async () => {
      for (const path of ['statusz', 'flagz']) {
        const { code, stdout, stderr } = await curl(path, '--node', 'node-1', '-o', 'table');
        assert.equal([code, stdout], [1, ''], stderr);
        assert.match(stderr, 'with 404');
      }
    });
  else
    test('has version, uptime and flags, the same from JSON and from text', async () => {
      for (const path of ['statusz', 'flagz']) {
        const rows = async (...args: readonly string[]) => {
          const found = await itemsOf<{ uptimeSeconds?: number }>(
            path,
            '--node',
            'node-1',
            ...args,
          );
          return found.map(({ uptimeSeconds = 0, ...row }) => {
            assert.ok(uptimeSeconds < 3600, String(uptimeSeconds));
            return row;
          });
        };
        assert.equal(await rows('-H', 'Accept: text/plain'), await rows());
      }
      const [status] = await itemsOf<{ version: string }>('statusz', '--node', 'node-1');
      assert.is(`v${status?.version}`, cluster.version);
      const different = await itemsOf<{ flag: string; value: string; nodes: number }>(
        'flagz',
        '--all',
        '--diff',
      );
      const names = different.filter(({ flag }) => flag === 'hostname-override');
      assert.equal(
        names.map(({ value, nodes }) => `${value} ${nodes}`),
        cluster.nodes.map((node) => `${node} 1`),
      );
    });

  test(
    'has profiles that go tool opens, saved on a terminal and in a folder',
    () =>
      withFiles({}, async (cwd) => {
        const env = { KUBECONFIG: cluster.kubeconfigs.admin };
        const save = async (path: string, ...args: readonly string[]) => {
          const words = ['curl', `/debug/pprof/${path}`, ...args];
          const { code, stdout, stderr } = await runTool(words, { env, cwd, onTerminal: true });
          assert.equal([code, stdout], [0, ''], stderr);
          return stderr;
        };
        for (const path of ['heap', 'goroutine', 'profile?seconds=1', 'heap?seconds=1'])
          await save(path, '--node', 'node-1');
        assert.match(await save('trace', '--node', 'node-1'), /^hint: go tool trace kubelet-/m);
        await save('allocs', '--all');
        const files = readdirSync(cwd).sort();
        assert.equal(
          files.map((file) => file.replace(/\d{8}T\d{6}Z(?:-\d)?/, 'TIME')),
          [
            'kubelet-node-1-allocs-TIME.pb.gz',
            'kubelet-node-1-goroutine-TIME.pb.gz',
            'kubelet-node-1-heap-TIME.pb.gz',
            'kubelet-node-1-heap-TIME.pb.gz',
            'kubelet-node-1-profile-TIME.pb.gz',
            'kubelet-node-1-trace-TIME.trace',
            'kubelet-node-2-allocs-TIME.pb.gz',
          ],
        );
        const top = (names: readonly string[]) =>
          run('go', ['tool', 'pprof', '-top', ...names.map((name) => join(cwd, name))]);
        for (const file of files.filter((name) => name.endsWith('.pb.gz')))
          assert.match(await top([file]), /^Showing nodes accounting for /m, file);
        assert.match(
          await top(files.filter((name) => name.includes('allocs'))),
          /^Type: alloc_space/m,
        );
        const trace = files.find((name) => name.endsWith('.trace')) ?? '';
        assert.match(
          readFileSync(join(cwd, trace)).subarray(0, 20).toString('latin1'),
          /^go 1\.\d+ trace/,
        );
        await save('heap', '--all', '--output-dir', 'heaps');
        assert.equal(
          readdirSync(join(cwd, 'heaps')).sort(),
          cluster.nodes.map((node) => `${node}-heap.pb.gz`),
        );
      }),
    { timeoutMs: 120_000 },
  );
});
