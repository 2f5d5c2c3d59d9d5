import { Failure, orFailure } from '../../errors.ts';
import { isFound, type Known } from '../../known.ts';
import { readRunningAs } from '../../kube/api-server/account-pods.ts';
import type { ApiServer } from '../../kube/api-server/api-server.ts';
import { kinds } from '../../kube/api-server/kinds.ts';
import { readNodes } from '../../kube/api-server/nodes.ts';
import { readClusterRbac } from '../../kube/api-server/rbac-lists.ts';
import { askGates } from '../../kube/kubelet-client/ask-gates.ts';
import { type Manifest, readManifests } from '../../kube/read-manifests.ts';
import { readOrNote } from '../../kube/read-or-note.ts';
import { agentsIn } from '../../kubelet/agents/recognize-agent.ts';
import { type RunningWorkload, runningOf, templateOf } from '../../kubelet/agents/workloads.ts';
import { minorOfNode } from '../../kubelet/authorization.ts';
import { checkedMinor, gateNotes } from '../../kubelet/finer-permissions.ts';
import { isOlder, newerMinors, olderMinors } from '../../kubelet/narrow/kubelets.ts';
import {
  anyList,
  type ClusterRole,
  type ClusterRoleBinding,
  type ConfigMap,
  clusterRole,
  clusterRoleBinding,
  configMap,
  type RbacSubject,
  type Secret,
  secret,
  type Workload,
  workload,
} from '../../objects.ts';
import { subjectKey } from '../../rbac/subject.ts';
import { checkType } from '../../schema.ts';
import { summarizeUnread } from '../../unread.ts';
import type { FoundKubelets, NarrowFacts } from './facts.ts';
import type { NarrowSettings } from './options.ts';
import { type SelectedRoles, selectRoles } from './select-roles.ts';

/**
 * Reads the selected roles, the workloads that use them, and the versions of kubelets. With --agent or --calls, reads no workloads. With
 * `given`, reads no versions.
 */
export async function gatherCluster(
  apiServer: ApiServer,
  wanted: Pick<NarrowSettings, 'role' | 'subject' | 'agent' | 'calls'>,
  given: FoundKubelets | undefined,
  signal: AbortSignal,
): Promise<{ readonly facts: NarrowFacts; readonly selection: SelectedRoles }> {
  const { unread, ...listed } = await readClusterRbac(apiServer);
  // An unread binding may give the role to someone who needs what is removed.
  if (unread.length > 0)
    throw new Failure(`cannot read all roles and bindings: ${summarizeUnread(unread)}`);
  const rbac = { ...listed, isWhole: true };
  const selection = selectRoles(rbac, wanted);
  const isAnswered = wanted.agent !== undefined || wanted.calls !== undefined;
  const accounts = (isAnswered ? [] : selection.chosen)
    .flatMap(({ holders }) => holders.map(({ subject }) => subject))
    .filter(({ kind }) => kind === 'ServiceAccount');
  const workloads = new Map<string, Known<readonly RunningWorkload[]>>();
  for (const account of accounts) {
    const key = subjectKey(account);
    if (!workloads.has(key)) workloads.set(key, await readWithConfiguration(apiServer, account));
  }
  const workloadsOf = (subject: RbacSubject) =>
    workloads.get(subjectKey(subject)) ?? { unknown: 'not a service account' };
  const kubelets = given ?? (await kubeletsOf(apiServer, signal));
  return { facts: { ...rbac, workloadsOf, kubelets }, selection };
}

/**
 * Reads the workloads of a service account. If their calls to kubelets depend on configuration, also reads the ConfigMaps of the
 * namespace and the objects of the Prometheus operator.
 */
async function readWithConfiguration(
  apiServer: ApiServer,
  account: RbacSubject,
): Promise<Known<readonly RunningWorkload[]>> {
  const running = await readRunningAs(apiServer, account);
  if (!isFound(running)) return running;
  const { namespace = '', name } = account;
  const known = { serviceAccount: { namespace, name } };
  const isConfigured = running.found
    .flatMap((workload) => agentsIn(workload, known))
    .some(({ agent }) => agent.calls?.some(({ configured }) => configured !== undefined));
  if (!isConfigured) return running;
  const path = `/api/v1/namespaces/${namespace}/configmaps`;
  const maps = await readOrNote(() => apiServer.list(path, kinds.ConfigMap), 'list configmaps');
  const jobs = await Promise.all(
    operatorLists(namespace).map(({ path, kind }) => {
      const apiVersion = path.split('/').slice(2, 4).join('/');
      return orFailure(apiServer.find(path, { kind, apiVersion, type: anyList }));
    }),
  );
  const operated = jobs.flatMap((list) =>
    list instanceof Error ? [] : (list?.items ?? []).map((item) => JSON.stringify(item)),
  );
  const isWhole =
    isFound(maps) &&
    jobs.every((list) => !(list instanceof Error)) &&
    operated.every((text) => !text.includes('"additionalScrapeConfigs"'));
  const texts = [...textsOf(isFound(maps) ? maps.found : []), ...operated];
  const configuration = { texts, isWhole };
  return { found: running.found.map((each) => ({ ...each, configuration })) };
}

/**
 * Returns the API paths of objects from which the Prometheus operator makes scrape jobs. Without the operator, these paths do not
 * exist.
 */
function operatorLists(namespace: string) {
  const group = '/apis/monitoring.coreos.com';
  return [
    { path: `${group}/v1/namespaces/${namespace}/prometheuses`, kind: 'PrometheusList' },
    { path: `${group}/v1/podmonitors`, kind: 'PodMonitorList' },
    { path: `${group}/v1/servicemonitors`, kind: 'ServiceMonitorList' },
    { path: `${group}/v1/probes`, kind: 'ProbeList' },
    { path: `${group}/v1alpha1/scrapeconfigs`, kind: 'ScrapeConfigList' },
  ] as const;
}

function textsOf(maps: readonly ConfigMap[]): readonly string[] {
  return maps.flatMap(({ data }) => Object.values(data ?? {}));
}

/** Returns the values of a Secret from a manifest file. The command never reads Secrets from the cluster. */
function secretTexts({ data = {}, stringData = {} }: Secret): readonly string[] {
  const decoded = Object.values(data).map((text) => Buffer.from(text, 'base64').toString());
  return [...decoded, ...Object.values(stringData)];
}

async function kubeletsOf(apiServer: ApiServer, signal: AbortSignal): Promise<FoundKubelets> {
  const nodes = await readNodes(apiServer);
  const every = [...olderMinors, ...newerMinors];
  if (!isFound(nodes))
    return {
      minors: every,
      also: [],
      olderNodes: [],
      notes: [`the versions of kubelets are unknown, and may be of any kind: ${nodes.unknown}`],
    };
  const asked = await askGates(apiServer, nodes.found, signal);
  const checked = new Map(asked.map((each) => [each.node, checkedMinor(each)]));
  const known = nodes.found.map((node) => {
    const { name } = node.metadata;
    return { name, minor: checked.get(name) ?? minorOfNode(node) };
  });
  const unknown = known.filter(({ minor }) => minor === undefined);
  const minors = known.flatMap(({ minor }) => minor ?? []);
  const olderNodes = known
    .filter(({ minor }) => minor === undefined || isOlder(minor))
    .map(({ name }) => name);
  return {
    minors: [...new Set([...minors, ...(unknown.length > 0 || known.length === 0 ? every : [])])],
    also: [],
    olderNodes,
    notes: [
      ...(known.length === 0 ? ['there are no nodes: kubelets may be of any version'] : []),
      ...gateNotes(asked),
    ],
  };
}

const workloadKinds = [
  ...['Pod', 'Deployment', 'DaemonSet', 'StatefulSet', 'ReplicaSet', 'Job', 'CronJob'],
] as const;
const scrapeKinds = ['PodMonitor', 'ServiceMonitor', 'ScrapeConfig', 'Probe'] as const;
const manifestKinds: readonly string[] = [
  ...['ClusterRole', 'ClusterRoleBinding', 'ConfigMap', 'Secret'],
  ...scrapeKinds,
  ...workloadKinds,
];

export async function gatherFiles(
  files: readonly string[],
  source: Parameters<typeof readManifests>[2],
): Promise<Omit<NarrowFacts, 'kubelets'>> {
  const manifests = await readManifests(files, manifestKinds, source);
  const roles: ClusterRole[] = [];
  const bindings: ClusterRoleBinding[] = [];
  const workloads: Workload[] = [];
  const texts: string[] = [];
  for (const manifest of manifests) {
    const { kind, apiVersion } = manifest.fields;
    const isRbac =
      typeof apiVersion === 'string' && apiVersion.startsWith('rbac.authorization.k8s.io/');
    if (kind === 'ClusterRole' && isRbac) roles.push(checked(manifest, clusterRole));
    if (kind === 'ClusterRoleBinding' && isRbac)
      bindings.push(checked(manifest, clusterRoleBinding));
    if (kind === 'ConfigMap') texts.push(...textsOf([checked(manifest, configMap)]));
    if (kind === 'Secret') texts.push(...secretTexts(checked(manifest, secret)));
    if (scrapeKinds.some((each) => each === kind)) texts.push(JSON.stringify(manifest.fields));
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
    workloadsOf: (subject) => ({
      found: runningOf(running, subject).map((each) => ({
        ...each,
        // The cluster may have configuration that is not in the files.
        configuration: { texts, isWhole: false },
      })),
    }),
  };
}

function checked<T>({ fields, place }: Manifest, type: Parameters<typeof checkType<T>>[0]): T {
  const { decoded, problem } = checkType(type, fields, { whole: true });
  if (decoded) return decoded.value;
  throw new Failure(`unreadable ${String(fields['kind'])} in ${place}: ${problem}`);
}
