import { dist } from '../../scripts/paths.ts';
import { firstCommands } from '../contract/first-commands.ts';
import { currentCluster } from './current.ts';
import { endAgents } from './likeness/konnectivity.ts';
import { realWorld } from './world.ts';
import { yearOldCertificate } from './year-old-certificate.ts';

const cluster = await currentCluster();
const { likeness } = cluster;
if (likeness === undefined) throw new Error('npm run test:cluster -- VERSION --like NAME');
firstCommands({
  ...(await realWorld(cluster, dist)),
  likeness,
  endAgents: () => endAgents(cluster),
});
if (likeness === 'kubeadm') yearOldCertificate(cluster);
