import { resolve } from 'node:path';

/** Where the state of the running cluster is. */
export function clusterFolder(): string {
  return resolve(process.env['KUBELETACCESS_CLUSTER_DIR'] || '/var/tmp/kubeletaccess-cluster');
}
