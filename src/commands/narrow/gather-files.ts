import { Failure } from '../../errors.ts';
import { type Manifest, readManifests } from '../../kube/read-manifests.ts';
import { runningOf, templateOf } from '../../kubelet/agents/workloads.ts';
import {
  type ClusterRole,
  type ClusterRoleBinding,
  clusterRole,
  clusterRoleBinding,
  type Workload,
  workload,
} from '../../objects.ts';
import { checkType } from '../../schema.ts';
import type { NarrowFacts } from './facts.ts';

const workloadKinds = [
  ...['Pod', 'Deployment', 'DaemonSet', 'StatefulSet', 'ReplicaSet', 'Job', 'CronJob'],
] as const;
const kinds: readonly string[] = ['ClusterRole', 'ClusterRoleBinding', ...workloadKinds];

/** What files have of roles, who has them, and what runs with them. */
export async function gatherFiles(
  files: readonly string[],
  source: Parameters<typeof readManifests>[2],
): Promise<Omit<NarrowFacts, 'kubelets'>> {
  const manifests = await readManifests(files, kinds, source);
  const roles: ClusterRole[] = [];
  const bindings: ClusterRoleBinding[] = [];
  const workloads: Workload[] = [];
  for (const manifest of manifests) {
    const { kind, apiVersion } = manifest.fields;
    const isRbac =
      typeof apiVersion === 'string' && apiVersion.startsWith('rbac.authorization.k8s.io/');
    if (kind === 'ClusterRole' && isRbac) roles.push(checked(manifest, clusterRole));
    if (kind === 'ClusterRoleBinding' && isRbac)
      bindings.push(checked(manifest, clusterRoleBinding));
    if (workloadKinds.some((each) => each === kind)) workloads.push(checked(manifest, workload));
  }
  if (roles.length === 0)
    throw new Failure(
      `no ClusterRole in ${files.map((file) => (file === '-' ? 'standard input' : file)).join(', ')}`,
    );
  const running = workloads.map(templateOf);
  return {
    roles,
    bindings,
    isWhole: false,
    workloadsOf: (subject) => ({ found: runningOf(running, subject) }),
  };
}

function checked<T>({ fields, place }: Manifest, type: Parameters<typeof checkType<T>>[0]): T {
  const { decoded, problem } = checkType(type, fields, { whole: true });
  if (decoded) return decoded.value;
  throw new Failure(`unreadable ${String(fields['kind'])} in ${place}: ${problem}`);
}
