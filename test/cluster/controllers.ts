import { join } from 'node:path';
import { buildControllers, clusterPrograms } from './build.ts';
import { kubeconfigPath } from './pki.ts';
import { endProcess, startProcess } from './processes.ts';
import type { RealCluster } from './real-cluster.ts';

/** Jobs need these controllers. node-lifecycle-controller removes the taint of nodes that have become ready. */
const ofJobs = [
  'job-controller',
  'namespace-controller',
  'node-lifecycle-controller',
  'root-ca-certificate-publisher-controller',
];

export const signer = 'certificatesigningrequest-signing-controller';

/** Runs kube-controller-manager and kube-scheduler while `use` runs. Without this function, clusters of tests have neither. */
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
