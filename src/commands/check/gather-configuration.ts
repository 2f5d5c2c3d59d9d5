import type { KubeletInvocation } from '../../cli/kubelets.ts';
import { foundIn, isFound } from '../../known.ts';
import type { ApiServer } from '../../kube/api-server/api-server.ts';
import { kinds } from '../../kube/api-server/kinds.ts';
import { readOrNote } from '../../kube/read-or-note.ts';
import { readYaml, YamlFault } from '../../kube/yaml/read-yaml.ts';
import type { AgentSettings } from '../../kubelet/agents/agent-variables.ts';
import { originOfFile } from '../../kubelet/agents/mounted-file.ts';
import { settingsOfJobs } from '../../kubelet/agents/prometheus-config.ts';
import type { Workload } from '../../objects.ts';
import type { AgentCa } from './facts.ts';

/** Options that replace the agent's own trust settings. */
const trustFlags = [
  '--kubelet-certificate-authority',
  '--kubelet-fingerprint',
  '--kubelet-insecure-skip-tls-verify',
];

/** Finds the CA file of an agent, and reads it if a ConfigMap has it. Secrets are never read. */
export async function gatherAgentCa(
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
export async function gatherJobSettings(
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
