import { resolve } from 'node:path';

/** Returns the folder with the state of the running cluster. */
export function clusterFolder(): string {
  return resolve(process.env['KUBELETACCESS_CLUSTER_DIR'] || '/var/tmp/kubeletaccess-cluster');
}
