import { join } from 'node:path';
import { buildControllers, clusterPrograms } from './build.ts';
import { kubeconfigPath } from './pki.ts';
import { endProcess, startProcess } from './processes.ts';
import type { RealCluster } from './real-cluster.ts';

/** Those that a Job needs, and the one that takes from ready nodes the taint that keeps pods away. */
const ofJobs = [
  'job-controller',
  'namespace-controller',
  'node-lifecycle-controller',
  'root-ca-certificate-publisher-controller',
];

/** Signs requests that are approved. */
export const signer = 'certificatesigningrequest-signing-controller';

/** Runs kube-controller-manager and kube-scheduler, which clusters of tests do without, until the use of them is over. */
export async function withControllers(
  cluster: RealCluster,
  use: () => Promise<void>,
  wanted: readonly string[] = ofJobs,
): Promise<void> {
  const { controllerManager, scheduler } = await buildControllers(cluster.minor);
  const common = [
    `--kubeconfig=${kubeconfigPath(cluster.directory, 'admin')}`,
    '--leader-elect=false',
    '--secure-port=0',
  ];
  const start = (name: string, program: string, args: readonly string[]) =>
    startProcess(cluster.directory, name, program, [...common, ...args]);
  const started = [
    await start('controllers', controllerManager, [
      `--controllers=${wanted.join(',')}`,
      `--root-ca-file=${join(cluster.pki, 'ca.crt')}`,
      `--cluster-signing-cert-file=${join(cluster.pki, 'ca.crt')}`,
      `--cluster-signing-key-file=${join(cluster.pki, 'ca.key')}`,
    ]),
    await start('scheduler', scheduler, []),
  ];
  try {
    await use();
  } finally {
    const folders = [cluster.directory, ...clusterPrograms(cluster.minor).folders];
    for (const each of started) await endProcess(each, folders);
  }
}
