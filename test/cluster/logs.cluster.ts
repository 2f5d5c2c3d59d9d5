import { join } from 'node:path';
import { dist } from '../../scripts/paths.ts';
import { logs } from '../contract/logs.ts';
import { waitFor } from '../kit/wait-for.ts';
import { currentCluster } from './current.ts';
import { startPod } from './start-pod.ts';
import { realWorld } from './world.ts';

const cluster = await currentCluster();
const world = await realWorld(cluster, dist);
const pod = 'chatty';

await startPod(world, {
  name: pod,
  script: 'echo hello from web; while [ ! -e /end ]; do sleep 1; done',
  restartPolicy: 'Never',
});

/** Runs a script in the pod by /run. Spaces are replaced by the variable IFS, because the kubelet splits the command at spaces. */
const shell = (script: string) =>
  world.tool([
    ...['curl', '-X', 'POST', '--allow-unsafe', '--node', 'node-1'],
    `/run/default/${pod}/main?cmd=${encodeURIComponent(`sh -c ${script.replaceAll(' ', `\${IFS}`)}`)}`,
  ]);

logs(world, {
  varLog: join(cluster.directory, 'node-1/var/log'),
  kubeconfig: cluster.kubeconfigs.admin,
  pod,
  say: (text) => shell(`echo ${text} >/proc/1/fd/1`),
  end: () => shell('echo x >/end'),
  withQueriesOff: async (use) => {
    await cluster.restartKubelet('node-1', (usual) => ({ ...usual, enableSystemLogQuery: false }));
    try {
      await use();
    } finally {
      await cluster.restartKubelet('node-1');
      // The kubelet responds before it has loaded its pods.
      await waitFor(`the log of the pod ${pod}`, 60_000, async () => {
        const { code } = await world.tool(['logs', pod]);
        return code === 0;
      });
    }
  },
});
