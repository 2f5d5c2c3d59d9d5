import { openConnection, openServer } from '../../cli/connection.ts';
import type { FleetReading } from '../../cli/fleet-options.ts';
import { addressChoiceOf, type KubeletInvocation } from '../../cli/kubelets.ts';
import { foundIn, isFound, type Known } from '../../known.ts';
import type { ApiServer } from '../../kube/api-server/api-server.ts';
import { chooseNodes } from '../../kube/api-server/choose-nodes.ts';
import { kinds } from '../../kube/api-server/kinds.ts';
import { readNodes } from '../../kube/api-server/nodes.ts';
import type { ApiConnection } from '../../kube/config/api-connection.ts';
import { forEachNode } from '../../kube/for-each-node.ts';
import { certificateReader } from '../../kube/kubelet-client/read-certificate.ts';
import { readOrNote } from '../../kube/read-or-note.ts';
import { readYaml, YamlFault } from '../../kube/yaml/read-yaml.ts';
import { type AgentSettings, asSet, variablesOf } from '../../kubelet/agents/agent-variables.ts';
import { asRunning } from '../../kubelet/agents/agent-versions.ts';
import { originOfFile } from '../../kubelet/agents/mounted-file.ts';
import { settingsOfJobs } from '../../kubelet/agents/prometheus-config.ts';
import type { Workload } from '../../objects.ts';
import { openDoor } from '../shared/door/open-door.ts';
import { interruptedServing, readServing } from '../shared/fleet/gather-serving.ts';
import { withCa } from '../shared/fleet/open-fleet.ts';
import type { ServingNode } from '../shared/fleet/serving-node.ts';
import type { AgentCa, AgentFacts, ServedApi, WantedAgent } from './facts.ts';
import {
  argsOf,
  byAccount,
  containersOf,
  foundAgent,
  imagesOf,
  valueOfFlag,
  withoutPods,
} from './found-agent.ts';
import { callKubelets } from './gather-calls.ts';
import { findPods } from './gather-pods.ts';

/** Finds the pods of an agent, and sends the agent's requests to kubelets as its service account. Changes nothing in the cluster. */
export async function gatherAgent(
  wanted: WantedAgent,
  invocation: KubeletInvocation,
  settings: FleetReading,
): Promise<AgentFacts> {
  const connection = await openConnection(invocation);
  using apiServer = openServer(invocation, connection);
  const now = Date.now();
  const { server } = connection;
  const { agent, pods, lookedFor, absent } = await findPods(apiServer, wanted);
  const [own, ...others] = byAccount(pods);
  const facts = { server, now, agent, lookedFor, account: wanted.account, absent };
  const seen = own ? foundAgent(own, others, agent, now) : withoutPods(wanted);
  if (!seen) return { ...facts, found: undefined, requests: [], serving: [], api: undefined };
  const isKnown = seen.settings.verifies !== 'unknown' || seen.settings.caFile !== undefined;
  const configFile = isKnown ? undefined : valueOfFlag(argsOf(pods), '--config.file');
  const jobs = await gatherJobSettings(apiServer, own ?? [], configFile);
  const all = { ...seen.settings, ...jobs };
  const { ca, certificates } = await gatherAgentCa(apiServer, own ?? [], all, invocation);
  const found = { ...seen, settings: all, ca };
  const variables = variablesOf({ containers: containersOf(pods) });
  const requests = await callKubelets(
    asRunning(asSet(agent, variables), imagesOf(own ?? []), undefined),
    found,
    { args: argsOf(pods), ca: certificates },
    invocation,
    settings,
  );
  // If no kubelet showed its certificate, skips the handshakes with all nodes, because they would fail after a long time.
  const serving = requests.some(({ call, result }) => call.via === 'direct' && result !== 'failed')
    ? await readServingNodes(apiServer, withCa(connection, certificates), invocation, settings)
    : [];
  const api = agent.name === 'metrics-server' ? await readMetricsApi(apiServer) : undefined;
  return { ...facts, found, requests, serving, api };
}

/** Reads the certificates of all nodes, because a setting of the agent has to fit all of them. */
async function readServingNodes(
  apiServer: ApiServer,
  connection: ApiConnection,
  invocation: KubeletInvocation,
  settings: FleetReading,
): Promise<readonly ServingNode[]> {
  const { nodes } = await chooseNodes(apiServer, settings.choice);
  const choice = addressChoiceOf(invocation.globals);
  const path = { ...choice, via: 'direct', shows: 'handshake', apiServer } as const;
  const { direct } = await openDoor(invocation, connection, path);
  const read = certificateReader(direct);
  const { signal } = invocation.context;
  const place = { ...choice, serverName: direct.trust.serverName };
  return forEachNode(
    nodes.map((node) => ({ node })),
    {
      ...settings,
      signal,
      visit: (target, limits) => readServing(target, read, place, limits, signal),
      interrupted: (target) => interruptedServing(target, place),
    },
  );
}

/** The versions of metrics.k8s.io. It is v1 since 1.37 (KEP-5207). */
const metricsVersions = [
  ['v1beta1', kinds.NodeMetricsBetaList],
  ['v1', kinds.NodeMetricsList],
] as const;

/** Reads the API in the first version that is available, or says why the first one that exists is not. */
async function readMetricsApi(apiServer: ApiServer): Promise<Known<ServedApi>> {
  let unavailable: ServedApi | undefined;
  for (const [version, kind] of metricsVersions) {
    const name = `${version}.metrics.k8s.io`;
    const path = `/apis/apiregistration.k8s.io/v1/apiservices/${name}`;
    const read = await readOrNote(() => apiServer.find(path, kinds.APIService), 'get apiservices');
    if (!isFound(read)) return read;
    const available = read.found?.status?.conditions?.find(({ type }) => type === 'Available');
    if (available?.status === 'True') return readNodeMetrics(apiServer, name, version, kind);
    const { reason = '', message = '' } = available ?? {};
    const words = [reason, message].filter(Boolean).join(': ');
    if (read.found)
      unavailable ??= { name, exists: true, available: false, message: words, missing: [] };
  }
  const [[first]] = metricsVersions;
  const name = `${first}.metrics.k8s.io`;
  const absent = { name, exists: false, available: false, message: '', missing: [] };
  return { found: unavailable ?? absent };
}

async function readNodeMetrics(
  apiServer: ApiServer,
  name: string,
  version: string,
  kind: (typeof metricsVersions)[number][1],
): Promise<Known<ServedApi>> {
  const metrics = await readOrNote(
    () => apiServer.get(`/apis/metrics.k8s.io/${version}/nodes`, kind),
    'list nodes of metrics.k8s.io',
  );
  if (!isFound(metrics)) return metrics;
  const nodes = await readNodes(apiServer);
  if (!isFound(nodes)) return nodes;
  const known = new Set((metrics.found.items ?? []).map(({ metadata }) => metadata.name));
  const missing = nodes.found
    .map(({ metadata }) => metadata.name)
    .filter((name) => !known.has(name));
  return { found: { name, exists: true, available: true, message: '', missing } };
}

/** Options that replace the agent's own trust settings. */
const trustFlags = [
  '--kubelet-certificate-authority',
  '--kubelet-fingerprint',
  '--kubelet-insecure-skip-tls-verify',
];

/** Finds the CA file of an agent, and reads it if a ConfigMap has it. Secrets are never read. */
async function gatherAgentCa(
  apiServer: ApiServer,
  pods: readonly Workload[],
  { verifies, caFile }: AgentSettings,
  { given }: KubeletInvocation,
): Promise<{ readonly ca?: AgentCa; readonly certificates?: string }> {
  const [pod] = pods;
  if (!pod || !caFile || verifies === 'no') return {};
  const origin = originOfFile(pod, caFile.path, caFile.namedIn);
  if (origin.kind === 'cluster CA') return {};
  const isGiven = given.some(({ option }) => trustFlags.includes(option.name));
  const used = isGiven ? 'given' : 'cluster';
  if (origin.kind === 'other') return { ca: { ...caFile, used, from: origin.from } };
  const { name, key } = origin;
  const from = `ConfigMap ${name}`;
  if (isGiven) return { ca: { ...caFile, used, from } };
  const read = await readConfigMap(apiServer, pod, name);
  const certificates = foundIn(read)?.data?.[key];
  if (certificates !== undefined) return { ca: { ...caFile, used: 'own', from }, certificates };
  const absent = foundIn(read) ? `it has no key ${key}` : 'it does not exist';
  const whyUnread = isFound(read) ? absent : read.unknown;
  return { ca: { ...caFile, used, from, whyUnread } };
}

/** Reads the settings of Prometheus jobs, if their configuration is in a ConfigMap. */
async function gatherJobSettings(
  apiServer: ApiServer,
  pods: readonly Workload[],
  file: string | undefined,
): Promise<Partial<AgentSettings>> {
  const [pod] = pods;
  if (!pod || file === undefined) return {};
  const origin = originOfFile(pod, file);
  if (origin.kind !== 'ConfigMap') return {};
  const read = await readConfigMap(apiServer, pod, origin.name);
  const text = foundIn(read)?.data?.[origin.key];
  if (text === undefined) return {};
  try {
    return settingsOfJobs(readYaml(Buffer.from(text)), file) ?? {};
  } catch (error) {
    if (error instanceof YamlFault) return {};
    throw error;
  }
}

function readConfigMap(apiServer: ApiServer, { metadata }: Workload, name: string) {
  const namespace = encodeURIComponent(metadata.namespace ?? '');
  const path = `/api/v1/namespaces/${namespace}/configmaps/${encodeURIComponent(name)}`;
  return readOrNote(() => apiServer.find(path, kinds.ConfigMap), 'get configmaps');
}
