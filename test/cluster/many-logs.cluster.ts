import { setTimeout as sleep } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { dist } from '../../scripts/paths.ts';
import { suite } from '../kit/suite.ts';
import { startTool } from '../kit/tool.ts';
import { waitFor } from '../kit/wait-for.ts';
import { adminApi } from './admin-api.ts';
import { currentCluster } from './current.ts';
import { busyboxImage } from './image.ts';
import { nodeAddress } from './network.ts';
import { container, podObject } from './start-pod.ts';
import { kubectlOf } from './world.ts';

const cluster = await currentCluster();
const api = adminApi(cluster);
const kubectl = kubectlOf(cluster, dist);
const pods = '/api/v1/namespaces/default/pods';
const sets = '/apis/apps/v1/namespaces/default/replicasets';

/** The container writes five lines and exits, and the kubelet restarts it. */
const script = 'n=0; while [ $n -lt 5 ]; do echo $HOSTNAME line $n; n=$((n+1)); sleep 0.2; done';

const createPod = (name: string, node: string) =>
  api.call(
    'POST',
    pods,
    podObject(
      name,
      { nodeName: node, containers: [container('app', script)] },
      { labels: { app: 'many' } },
    ),
  );

suite(`logs of several pods, ${cluster.version}`, (test) => {
  test('-f loses no line during restarts and in new pods', async () => {
    await api.call('POST', sets, {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: { name: 'many' },
      spec: {
        replicas: 0,
        selector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['many'] }] },
        template: {
          metadata: { labels: { app: 'many' } },
          spec: { containers: [{ name: 'app', image: busyboxImage }] },
        },
      },
    });
    try {
      await createPod('many-1', 'node-1');
      await createPod('many-2', 'node-2');
      await waitFor(
        'the first lines',
        60_000,
        async () =>
          (await kubectl(['kubeletaccess', 'logs', '-l', 'app=many'])).stdout.split('line 0')
            .length > 2,
      );
      const env = { KUBECONFIG: cluster.kubeconfigs.admin };
      const one = startTool('logs many-1 -f --tail=-1', { env });
      const running = startTool('logs rs/many -f --prefix --tail=-1', { env });
      const linesOf = (pod: string) =>
        running
          .stdout()
          .split('\n')
          .flatMap((line) => {
            const [, name, number] = /^\[pod\/(many-\d)\/app\] many-\d line (\d)$/.exec(line) ?? [];
            if (line !== '') assert.ok(name, line);
            return name === pod ? Number(number) : [];
          });
      try {
        await createPod('many-3', 'node-1');
        await waitFor('three series of one pod, and two of a later one', 120_000, async () => {
          await sleep(200);
          return linesOf('many-1').length >= 15 && linesOf('many-3').length >= 10;
        });
        // As a StatefulSet does, replaces a pod by another of the same name.
        await api.call('DELETE', `${pods}/many-2`);
        const before = linesOf('many-2').length;
        await waitFor('room for the pod that replaces it', 60_000, () =>
          createPod('many-2', 'node-2').then(
            () => true,
            () => false,
          ),
        );
        await waitFor('lines of the pod that replaced another', 60_000, async () => {
          await sleep(200);
          return linesOf('many-2').length >= before + 5;
        });
      } finally {
        for (const each of [one, running]) each.interrupt();
      }
      for (const each of [one, running]) assert.is((await each.result).code, 130);
      const ofOne = one.stdout().trim().split('\n');
      assert.ok(ofOne.length >= 10, one.stdout());
      assert.equal(
        ofOne,
        ofOne.map((_, index) => `many-1 line ${index % 5}`),
      );
      for (const pod of ['many-1', 'many-3']) {
        const lines = linesOf(pod);
        assert.equal(
          lines,
          lines.map((_, index) => index % 5),
          `${pod}: ${running.stdout()}`,
        );
      }
      const address = ['--kubelet-address', nodeAddress(2), '-n', 'default', '--prefix'];
      const alone = await kubectl(['kubeletaccess', 'logs', ...address, '--via', 'direct']);
      assert.match(alone.stdout, /^\[pod\/many-2\/app\] many-2 line 0$/m, alone.stderr);
      assert.not.match(alone.stdout, 'many-1');
    } finally {
      for (const name of ['many-1', 'many-2', 'many-3'])
        await api.call('DELETE', `${pods}/${name}`).catch(() => {});
      await api.call('DELETE', `${sets}/many`);
    }
  });
});
