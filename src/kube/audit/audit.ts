import pMap from 'p-map';
import { Failure, Interrupted } from '../../errors.ts';
import { kubeletAddress } from '../../kubelet/address.ts';
import { parseConfigz } from '../../kubelet/audit/configuration.ts';
import {
  type AuditFacts,
  isFound,
  type Look,
  type NodeAuditFacts,
  type Unseen,
} from '../../kubelet/audit/facts.ts';
import { oneLine } from '../../kubelet/verdict.ts';
import type { ClusterRole, ClusterRoleBinding, Node } from '../../objects.ts';
import { type ApiServer, ApiServerFailure, apiServerFailure, parseStatus } from '../api-server.ts';
import { type Kubelet, longestRefusal, openDirect, openViaApiServer } from '../kubelet.ts';
import type { KubeletAccess } from '../kubelet-access.ts';
import { chooseNodes, type NodeChoice } from '../survey/choose-nodes.ts';
import { defaultLimits, type Limits } from '../transport/limits.ts';
import { lookAtReadOnlyPort } from './read-only-port.ts';
import { type AnonymousAccess, lookWithoutCredential } from './without-credential.ts';

export interface AuditSettings {
  /** For all that is asked about one node, in ms; what is asked in parallel shares it. */
  readonly nodeMs: number;
  /** How many nodes are asked at once. */
  readonly parallel: number;
  readonly types: readonly string[];
  readonly port: number | undefined;
  readonly choice: NodeChoice;
  /** Where a read-only port is looked for, unless the configuration names one. */
  readonly readOnlyPort: number;
}

/** How kubelets are reached: with the caller's credentials, and without any. A failure says why not. */
export interface AuditAccess {
  readonly caller: KubeletAccess | Failure;
  readonly anonymous: AnonymousAccess;
}

export const usualReadOnlyPort = 10_255;

/** More than any configuration has, in bytes. */
const longestConfiguration = 1024 * 1024;

/** Looks at all that an audit tells about, with GETs alone. */
export async function gatherAudit(
  apiServer: ApiServer,
  access: AuditAccess,
  settings: AuditSettings,
  signal: AbortSignal,
): Promise<Pick<AuditFacts, 'nodes' | 'rbac'>> {
  const [nodes, rbac] = await Promise.all([
    readNodes(apiServer, settings.choice),
    unlessRefused(
      readRbac(apiServer),
      'list clusterroles and clusterrolebindings of rbac.authorization.k8s.io',
    ),
  ]);
  if (!isFound(nodes)) return { nodes, rbac };
  const found = await pMap(
    nodes.found,
    (node) => lookAtNode(apiServer, node, access, settings, signal),
    { concurrency: settings.parallel, signal },
  ).catch((error: unknown) => {
    throw signal.aborted ? new Interrupted() : error;
  });
  return { nodes: { found }, rbac };
}

async function readNodes(apiServer: ApiServer, choice: NodeChoice): Promise<Look<readonly Node[]>> {
  const { nodes, lacking } = await chooseNodes(apiServer, choice);
  return lacking === undefined ? { found: nodes } : { unseen: lacking.words, needs: lacking.right };
}

async function readRbac(apiServer: ApiServer) {
  const api = '/apis/rbac.authorization.k8s.io/v1';
  const [roles, bindings] = await Promise.all([
    apiServer.list<ClusterRole>(`${api}/clusterroles`),
    apiServer.list<ClusterRoleBinding>(`${api}/clusterrolebindings`),
  ]);
  return { roles, bindings };
}

async function unlessRefused<T>(asked: Promise<T>, needs: string): Promise<Look<T>> {
  try {
    return { found: await asked };
  } catch (error) {
    if (error instanceof ApiServerFailure && error.status === 403)
      return { unseen: error.words, needs };
    throw error;
  }
}

async function lookAtNode(
  apiServer: ApiServer,
  node: Node,
  access: AuditAccess,
  settings: AuditSettings,
  signal: AbortSignal,
): Promise<NodeAuditFacts> {
  const name = node.metadata?.name ?? '';
  const address = kubeletAddress(node, settings.types, settings.port);
  const { kubeletVersion: version = '', operatingSystem: system = '' } =
    node.status?.nodeInfo ?? {};
  const about = { name, version, system, address };
  const limits = limitsWithin(settings.nodeMs);
  const nowhere = {
    unseen: `node ${name} has no address of type ${settings.types.join(', ')}`,
  };
  const [strange, readOnly, configuration] = await Promise.all([
    address
      ? lookWithoutCredential(name, address, access.anonymous, limits, signal)
      : { anonymous: nowhere, certificate: nowhere, distrust: nowhere },
    address
      ? lookAtReadOnlyPort(address.host, settings.readOnlyPort, access.anonymous, limits, signal)
      : nowhere,
    readConfiguration(apiServer, name, address, access.caller, settings.nodeMs, signal),
  ]);
  return {
    ...about,
    ...strange,
    readOnly: await readOnlyPort(about, strange, readOnly, configuration, access, limits, signal),
    configuration,
  };
}

/** What is known of the read-only port once it is known whether the kubelet is there, and what its configuration says. */
async function readOnlyPort(
  { address }: Pick<NodeAuditFacts, 'address'>,
  { anonymous }: Pick<NodeAuditFacts, 'anonymous'>,
  usual: NodeAuditFacts['readOnly'],
  configuration: NodeAuditFacts['configuration'],
  access: AuditAccess,
  limits: Limits,
  signal: AbortSignal,
): Promise<NodeAuditFacts['readOnly']> {
  const configured = isFound(configuration) ? configuration.found.value['readOnlyPort'] : undefined;
  const isElsewhere =
    typeof configured === 'number' && (!isFound(usual) || usual.found.port !== configured);
  if (address && isElsewhere)
    return lookAtReadOnlyPort(address.host, configured, access.anonymous, limits, signal);
  // Where no kubelet answers, a closed port says nothing.
  return isFound(usual) && usual.found.said === 'closed' && !isFound(anonymous) ? anonymous : usual;
}

/** Straight from the kubelet where that can be, else by way of the API server. */
async function readConfiguration(
  apiServer: ApiServer,
  name: string,
  address: NodeAuditFacts['address'],
  caller: KubeletAccess | Failure,
  nodeMs: number,
  signal: AbortSignal,
): Promise<NodeAuditFacts['configuration']> {
  const start = performance.now();
  let direct: Unseen = { unseen: caller instanceof Failure ? caller.message : '' };
  if (!(caller instanceof Failure) && address) {
    // Half of the time: nodes that cannot be reached from here are asked about on the other path as well.
    const limits = limitsWithin(nodeMs / 2);
    const look = await configurationOf(openDirect(name, address, caller, signal, limits));
    if (isFound(look)) return look;
    direct = look;
  }
  const left = Math.max(1000, Math.round(nodeMs - (performance.now() - start)));
  const proxied = await configurationOf(openViaApiServer(name, apiServer, limitsWithin(left)));
  if (isFound(proxied)) return proxied;
  return {
    ...direct,
    ...proxied,
    unseen: [direct.unseen, proxied.unseen].filter(Boolean).join('; '),
  };
}

async function configurationOf(kubelet: Kubelet): Promise<NodeAuditFacts['configuration']> {
  try {
    const sent = await kubelet.send({ method: 'GET', path: '/configz' });
    const served = sent.status === 200;
    const answer = await kubelet.read(sent, served ? longestConfiguration : longestRefusal);
    const value = served ? parseConfigz(answer.text) : undefined;
    if (value) return { found: { via: kubelet.via, value } };
    if (served) return { unseen: `the ${kubelet.label} answered /configz with something else` };
    return unreadable(kubelet, answer);
  } catch (error) {
    if (error instanceof Failure) return { unseen: error.message };
    throw error;
  } finally {
    kubelet.close();
  }
}

function unreadable(
  kubelet: Kubelet,
  answer: { readonly status: number; readonly text: string },
): Unseen {
  const { status, text } = answer;
  const needs =
    'get nodes/configz at the kubelet (nodes/proxy before 1.33), or get nodes/proxy at the API server and the same for kube-apiserver at the kubelet';
  if (kubelet.via === 'apiserver' && parseStatus(text)) {
    const { words } = apiServerFailure(answer);
    return { unseen: words, ...(status === 403 && { needs }) };
  }
  const off = status === 404 ? ' (so it does where its debugging handlers are off)' : '';
  const unseen = `the ${kubelet.label} answered ${status}: ${oneLine(text)}${off}`;
  return { unseen, ...(status === 403 && { needs }) };
}

/** All of a request within so much time, as far as limits can say that. */
function limitsWithin(ms: number): Limits {
  return { connectMs: Math.min(ms, defaultLimits.connectMs), answerMs: ms };
}
