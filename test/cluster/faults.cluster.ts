import * as assert from 'uvu/assert';
import { dist } from '../../scripts/paths.ts';
import { suite } from '../kit/suite.ts';
import { runProcess } from '../kit/tool.ts';
import { currentCluster } from './current.ts';
import { withFault } from './faults.ts';

const cluster = await currentCluster();
const path = `${dist}:${process.env['PATH']}`;
const tool = (args: readonly string[]) =>
  runProcess(cluster.kubectl, ['kubeletaccess', ...args], {
    env: { PATH: path, KUBECONFIG: cluster.kubeconfigs.admin, HOME: cluster.directory },
  });

suite(`${cluster.version}: faults`, (test) => {
  test(
    'a stopped kubelet is told in one sentence, by either path',
    () =>
      withFault(cluster, 'node-2', 'stopped', async () => {
        const direct = await tool(['curl', '/healthz', '--node', 'node-2']);
        assert.is(direct.code, 1);
        assert.is(direct.stdout, '');
        assert.match(
          direct.stderr,
          /^error: cannot reach the kubelet of node-2 at \S+:10250: connection refused\n/,
        );
        const status = await tool(['status']);
        assert.match(status.stdout, /node-2 +\S+ +\S+ +connection refused +connection refused\n/);
        assert.match(status.stdout, /dial tcp \S+:10250: connect: connection refused/);
      }),
    { timeoutMs: 120_000 },
  );

  test('an unknown node, context and API server are told in one sentence each', async () => {
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

  test('the exit code comes through kubectl', async () => {
    assert.is((await tool(['nonsense'])).code, 2);
  });
});
