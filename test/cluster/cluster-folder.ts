import { resolve } from 'node:path';

export function clusterFolder(): string {
  return resolve(process.env['KUBELETACCESS_CLUSTER_DIR'] || '/var/tmp/kubeletaccess-cluster');
}
