import { resolve } from 'node:path';

/** The state of the running cluster is in this folder. */
export function clusterFolder(): string {
  return resolve(process.env['KUBELETACCESS_CLUSTER_DIR'] || '/var/tmp/kubeletaccess-cluster');
}
