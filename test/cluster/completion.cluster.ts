import { dist, executable } from '../../scripts/paths.ts';
import { quietTask } from '../../scripts/tools/task.ts';
import { completion } from '../contract/completion.ts';
import { currentCluster } from './current.ts';
import { installShells } from './prerequisites.ts';
import { realWorld } from './world.ts';

const cluster = await currentCluster();
await installShells(quietTask);
// Creates the pod web, which completion lists.
const { title } = await realWorld(cluster, dist);
completion({
  title,
  kubeconfig: cluster.kubeconfigs.admin,
  kubectl: cluster.kubectl,
  program: executable,
});
