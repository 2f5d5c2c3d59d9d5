import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { dist } from '../../scripts/paths.ts';
import { suite } from '../kit/suite.ts';
import { withFiles } from '../kit/temporary.ts';
import { runProcess } from '../kit/tool.ts';
import { currentCluster } from './current.ts';
import { withFault } from './faults.ts';
import { nodeAddress } from './network.ts';
import { kubectlOf } from './world.ts';

const cluster = await currentCluster();
const kubectl = kubectlOf(cluster, dist);
const tool = (args: readonly string[], cache = '/dev/null') =>
  kubectl(['kubeletaccess', ...args], 'admin', '', { XDG_CACHE_HOME: cache });

suite(`${cluster.version}: the kubectl plugin`, (test) => {
  test('curl uses a cached address, and looks up the address again if another node answers', () =>
    withFiles({}, async (cache) => {
      const call = async () => {
        const args = ['curl', '/healthz', '--node', 'node-1', '-v=6'];
        const { code, stdout, stderr } = await tool(args, cache);
        assert.equal([code, stdout], [0, 'ok'], stderr);
        return stderr.includes('/api/v1/nodes/node-1');
      };
      assert.equal([await call(), await call()], [true, false]);
      const folder = join(cache, 'kubectl-kubeletaccess', 'nodes');
      const file = join(folder, readdirSync(folder)[0] ?? '');
      const known = readFileSync(file, 'utf8');
      writeFileSync(file, known.replaceAll(nodeAddress(1), nodeAddress(2)));
      assert.equal([await call(), await call()], [true, false]);
    }));

  test('--kubelet-fingerprint trusts a self-signed certificate', async () => {
    const file = join(cluster.directory, 'fingerprints');
    const healthz = ['curl', '/healthz', '--node', 'node-2', '--via', 'direct'];
    await withFault(cluster, 'node-2', 'self-signed', async () => {
      const refused = await tool(healthz);
      assert.is(refused.code, 1, refused.stderr);
      const { stdout: lines } = await tool(['certificates', 'node-2', '-o', 'fingerprints']);
      const [, shown = ''] = /^node-2=(SHA256:[0-9A-F:]{95})\n$/.exec(lines) ?? [];
      const status = await tool(['status']);
      assert.match(status.stdout, `, fingerprint ${shown}\n`);
      writeFileSync(file, lines);
      for (const pin of [shown, `@${file}`]) {
        const pinned = await tool([...healthz, '--kubelet-fingerprint', pin]);
        assert.equal([pinned.code, pinned.stdout], [0, 'ok'], pinned.stderr);
      }
      const all = ['status', '-o', 'json', '--kubelet-fingerprint', `@${file}`];
      const { nodes } = JSON.parse((await tool(all)).stdout) as {
        nodes: readonly { direct: { result: string } }[];
      };
      assert.ok(
        nodes.every(({ direct }) => direct.result === 'ok'),
        JSON.stringify(nodes),
      );
    });
    const later = await tool([...healthz, '--kubelet-fingerprint', `@${file}`]);
    assert.is(later.code, 1);
    assert.match(later.stderr, ` given in ${file}, line 1\n`);
  });

  test('one sentence reports an unknown node, an unknown context, or an unreachable API server', async () => {
    const node = await tool(['curl', '/healthz', '--node', 'nope']);
    assert.is(
      node.stderr,
      'Error from server (NotFound): nodes "nope" not found\nhint: kubectl get nodes\n',
    );
    const context = await tool(['status', '--context', 'nope']);
    assert.match(context.stderr, /^error: context "nope" does not exist\n/);
    const server = await tool(['status', '--server', 'https://127.0.0.1:1']);
    assert.match(
      server.stderr,
      /^error: cannot reach the API server https:\/\/127\.0\.0\.1:1: connection refused\n/,
    );
    assert.equal([node.code, context.code, server.code], [1, 1, 1]);
  });

  test('kubectl lists the plugin without a warning', async () => {
    const { stdout, stderr } = await runProcess(cluster.kubectl, ['plugin', 'list'], {
      env: { PATH: dist, HOME: cluster.directory },
    });
    assert.match(stdout, /\/kubectl-kubeletaccess\n/);
    assert.not.match(stderr, /warning/i);
  });

  test('kubectl exits with the code of the plugin', async () => {
    assert.is((await tool(['nonsense'])).code, 2);
  });
});
