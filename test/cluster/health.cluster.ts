import * as assert from 'uvu/assert';
import { suite } from '../kit/suite.ts';
import { runTool } from '../kit/tool.ts';
import { currentCluster } from './current.ts';
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
});
