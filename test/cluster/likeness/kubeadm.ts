import { copyFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../../scripts/tools/shell.ts';
import { quietTask } from '../../../scripts/tools/task.ts';
import { group } from '../../kit/rbac.ts';
import { buildKubeadm } from '../build.ts';
import { bridgeAddress } from '../network.ts';
import { containerdSocket } from '../node-settings.ts';
import { apiPort, kubeconfigPath } from '../pki.ts';
import type { RealCluster } from '../real-cluster.ts';
import { versions } from '../versions.ts';
import { bind } from './bind.ts';
import type { Blueprint, Making } from './blueprint.ts';

/** Certificates, kubeconfig and RBAC come from kubeadm itself, whose phases are run one by one. */
export const asKubeadm: Partial<Blueprint> = {
  isSelfSigned: () => true,
  caller: 'operator',
  prepare: issueByKubeadm,
  furnish: bindByKubeadm,
};

const configuration = ({ directory, minor }: Pick<Making, 'directory' | 'minor'>) => ({
  init: {
    apiVersion: 'kubeadm.k8s.io/v1beta4',
    kind: 'InitConfiguration',
    localAPIEndpoint: { advertiseAddress: bridgeAddress, bindPort: apiPort },
    nodeRegistration: { name: 'node-1', criSocket: `unix://${containerdSocket(1)}` },
  },
  cluster: {
    apiVersion: 'kubeadm.k8s.io/v1beta4',
    kind: 'ClusterConfiguration',
    kubernetesVersion: versions[minor],
    clusterName: 'test',
    certificatesDir: join(directory, 'pki'),
    // kubeadm uses the existing CA.
    encryptionAlgorithm: 'ECDSA-P256',
    networking: { serviceSubnet: '10.96.0.0/24' },
    apiServer: { certSANs: ['127.0.0.1', 'localhost'] },
  },
});

const configPath = (directory: string) => join(directory, 'kubeadm.yaml');

async function issueByKubeadm(making: Making) {
  const { directory, minor, task } = making;
  const kubeadm = await buildKubeadm(minor, task);
  const { init, cluster } = configuration(making);
  await writeFile(
    configPath(directory),
    [init, cluster].map((part) => JSON.stringify(part)).join('\n---\n'),
  );
  const pki = (name: string) => join(directory, 'pki', name);
  for (const name of ['apiserver.crt', 'apiserver.key']) await rm(pki(name));
  const config = `--config=${configPath(directory)}`;
  await run(kubeadm, ['init', 'phase', 'certs', 'all', config], { signal: task.signal });
  await run(
    kubeadm,
    ['init', 'phase', 'kubeconfig', 'admin', config, `--kubeconfig-dir=${directory}`],
    { signal: task.signal },
  );
  for (const [from, to] of [
    ['apiserver-kubelet-client.crt', 'kubelet-client.crt'],
    ['apiserver-kubelet-client.key', 'kubelet-client.key'],
    ['sa.key', 'service-account.key'],
    ['sa.pub', 'service-account.pub'],
  ] as const)
    await copyFile(pki(from), pki(to));
  await copyFile(join(directory, 'admin.conf'), kubeconfigPath(directory, 'operator'));
  return { 'kubelet-certificate-authority': undefined };
}

async function bindByKubeadm(cluster: RealCluster): Promise<void> {
  const { directory, minor } = cluster;
  const kubeadm = await buildKubeadm(minor, quietTask);
  const flags = [
    `--config=${configPath(directory)}`,
    `--kubeconfig=${kubeconfigPath(directory, 'admin')}`,
  ];
  for (const phase of [['bootstrap-token'], ['upload-config', 'all']])
    await run(kubeadm, ['init', 'phase', ...phase, ...flags]);
  // kubeadm creates this binding only with a kubeconfig at its usual path.
  await bind(cluster, {
    name: 'kubeadm:cluster-admins',
    role: 'cluster-admin',
    subject: group('kubeadm:cluster-admins'),
  });
}
