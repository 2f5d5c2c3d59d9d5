import { join } from 'node:path';
import { imageArchiveName } from '../../scripts/image/make-image.ts';
import { release } from '../../scripts/paths.ts';
import { quietTask } from '../../scripts/tools/task.ts';
import { version } from '../../src/version.ts';
import { clusterPrograms } from './build.ts';
import { bridgeAddress } from './network.ts';
import { importImage } from './node.ts';
import { apiPort } from './pki.ts';
import type { RealCluster } from './real-cluster.ts';

const repository = 'registry.example.com/kubectl-kubeletaccess';

/** The image of a release has this name in docs/fleet-job.yaml. */
export const programImage = `${repository}:v${version}`;

export async function importProgramImage(cluster: RealCluster): Promise<void> {
  const programs = clusterPrograms(cluster.minor);
  for (const index of cluster.nodes.keys())
    await importImage(join(release, imageArchiveName), index + 1, programs, quietTask, [
      `--base-name=${repository}`,
    ]);
}

export interface InCluster {
  readonly initContainers?: readonly [Container];
  readonly containers: readonly [Container];
  readonly volumes?: readonly object[];
  readonly [field: string]: unknown;
}

interface Container {
  readonly image: string;
  readonly env?: readonly object[];
  readonly volumeMounts?: readonly object[];
  readonly [field: string]: unknown;
}

/**
 * Adds the address of the API server to a pod, and a token unless it mounts one by itself. Other clusters have kube-proxy and an admission
 * plugin for this.
 */
export function withAccess(pod: InCluster): InCluster {
  const mountPath = '/var/run/secrets/kubernetes.io/serviceaccount';
  const sources = [
    { serviceAccountToken: { path: 'token', expirationSeconds: 3607 } },
    { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
    {
      downwardAPI: {
        items: [{ path: 'namespace', fieldRef: { fieldPath: 'metadata.namespace' } }],
      },
    },
  ];
  const inCluster = (container: Container): Container => ({
    ...container,
    env: [
      ...(container.env ?? []),
      { name: 'KUBERNETES_SERVICE_HOST', value: bridgeAddress },
      { name: 'KUBERNETES_SERVICE_PORT', value: String(apiPort) },
    ],
    volumeMounts: [
      ...(container.volumeMounts ?? []),
      ...(isMounted ? [] : [{ name: 'token', mountPath, readOnly: true }]),
    ],
  });
  const isMounted = pod['automountServiceAccountToken'] === false;
  const { initContainers } = pod;
  return {
    ...pod,
    ...(initContainers && { initContainers: [inCluster(initContainers[0])] }),
    containers: [inCluster(pod.containers[0])],
    volumes: [
      ...(pod.volumes ?? []),
      ...(isMounted ? [] : [{ name: 'token', projected: { sources } }]),
    ],
  };
}
