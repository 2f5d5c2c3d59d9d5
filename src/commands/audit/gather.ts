import pMap from 'p-map';
import { Failure, Interrupted } from '../../errors.ts';
import { type ApiServer, apiServerFailure, parseStatus } from '../../kube/api-server/api-server.ts';
import type { NodeChoice } from '../../kube/api-server/choose-nodes.ts';
import type { KubeletAccess } from '../../kube/kubelet/credentials.ts';
import {
  type Kubelet,
  longestRefusal,
  openDirect,
  openViaApiServer,
} from '../../kube/kubelet/kubelet.ts';
import { defaultLimits, type Limits } from '../../kube/transport/limits.ts';
import { kubeletAddress } from '../../kubelet/address.ts';
import { oneLine } from '../../kubelet/authorization-answer.ts';
import { longestConfiguration, parseConfigz, securitySettings } from '../../kubelet/configz.ts';
import type { Node } from '../../objects.ts';
import {
  type AuditFacts,
  interrupted,
  isFound,
  type NodeAuditFacts,
  type Unseen,
} from './facts.ts';
import { readCluster } from './gather-cluster.ts';
import { type AnonymousAccess, lookWithoutCredential } from './probe-anonymous.ts';
import { lookAtReadOnlyPort } from './probe-read-only-port.ts';

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
  /** How many nodes of how many have been looked at. */
  readonly progress: (done: number, all: number) => void;
}

/** How kubelets are reached: with the caller's credentials, and without any. A failure says why not. */
export interface AuditAccess {
  readonly caller: KubeletAccess | Failure;
  readonly anonymous: AnonymousAccess;
}

export const usualReadOnlyPort = 10_255;

/** Looks at all that an audit tells about, with GETs alone. Once interrupted, what was not yet looked at is unseen. */
export async function gatherAudit(
  apiServer: ApiServer,
  access: AuditAccess,
  settings: AuditSettings,
  signal: AbortSignal,
): Promise<Pick<AuditFacts, 'nodes' | 'rbac'>> {
  const { nodes, rbac } = await readCluster(apiServer, settings.choice);
  if (!isFound(nodes)) return { nodes, rbac };
  const all = nodes.found.length;
  let done = 0;
  settings.progress(done, all);
  const found = await pMap(
    nodes.found,
    async (node) => {
      const facts = await lookAtNode(apiServer, node, access, settings, signal);
      done += 1;
      settings.progress(done, all);
      return facts;
    },
    { concurrency: settings.parallel },
  );
  return { nodes: { found }, rbac };
}

/** What comes of a look, or of its interruption. */
async function unlessInterrupted<T, E>(look: Promise<T>, otherwise: E): Promise<T | E> {
  try {
    return await look;
  } catch (error) {
    if (error instanceof Interrupted) return otherwise;
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
  const [strange, readOnly, configuration] = await Promise.all([
    address
      ? unlessInterrupted(
          lookWithoutCredential(name, address, access.anonymous, limits, signal),
          strangeUnseen(interrupted),
        )
      : strangeUnseen(nowhere(name, settings.types)),
    address
      ? unlessInterrupted(
          lookAtReadOnlyPort(address.host, settings.readOnlyPort, access.anonymous, limits, signal),
          interrupted,
        )
      : nowhere(name, settings.types),
    unlessInterrupted(
      readConfiguration(apiServer, name, address, access.caller, limits, signal),
      interrupted,
    ),
  ]);
  return {
    ...about,
    ...strange,
    readOnly: await unlessInterrupted(
      readOnlyPort(about, strange, readOnly, configuration, access, limits, signal),
      interrupted,
    ),
    configuration,
  };
}

function nowhere(name: string, types: readonly string[]): Unseen {
  return { unseen: `node ${name} has no address of type ${types.join(', ')}` };
}

function strangeUnseen(unseen: Unseen) {
  return { anonymous: unseen, certificate: unseen, distrust: unseen };
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
  const configured = isFound(configuration)
    ? securitySettings(configuration.found.value).readOnlyPort
    : 0;
  const isElsewhere = configured !== 0 && (!isFound(usual) || usual.found.port !== configured);
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
  limits: NodeLimits,
  signal: AbortSignal,
): Promise<NodeAuditFacts['configuration']> {
  let direct: Unseen = { unseen: caller instanceof Failure ? oneLine(caller.message) : '' };
  if (!(caller instanceof Failure) && address) {
    // Half of the time: nodes that cannot be reached from here are asked about on the other path as well.
    const half = limitsWithin(limits.answerMs / 2);
    const look = await configurationOf(openDirect(name, address, caller, signal, half));
    if (isFound(look)) return look;
    direct = look;
  }
  const proxied = await configurationOf(openViaApiServer(name, apiServer, limits));
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
    if (served)
      return { unseen: `the ${oneLine(kubelet.label)} answered /configz with something else` };
    return unreadable(kubelet, answer);
  } catch (error) {
    if (error instanceof Failure) return { unseen: oneLine(error.message) };
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
    return { unseen: oneLine(words), ...(status === 403 && { needs }) };
  }
  const off = status === 404 ? ' (so it does where its debugging handlers are off)' : '';
  const unseen = `the ${oneLine(kubelet.label)} answered ${status}: ${oneLine(text)}${off}`;
  return { unseen, ...(status === 403 && { needs }) };
}

type NodeLimits = Limits & { readonly deadline: number };

/** All that is asked with these, within so much time from now. */
function limitsWithin(ms: number): NodeLimits {
  return {
    connectMs: Math.min(ms, defaultLimits.connectMs),
    answerMs: ms,
    deadline: performance.now() + ms,
  };
}
