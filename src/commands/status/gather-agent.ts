import { isGiven } from '../../cli/argv.ts';
import { openConnection, openServer } from '../../cli/connection.ts';
import type { FleetReading } from '../../cli/fleet-options.ts';
import {
  addressChoiceOf,
  addressTypesOf,
  type KubeletInvocation,
  kubeletPortOf,
  openKubeletsForHandshakes,
} from '../../cli/kubelets.ts';
import type { FleetChoice } from '../../cli/node-options.ts';
import { Failure, orFailure, UsageFailure } from '../../errors.ts';
import { isFound, type Known } from '../../known.ts';
import { listPodsOf } from '../../kube/api-server/account-pods.ts';
import type { ApiServer } from '../../kube/api-server/api-server.ts';
import { chooseNodes, labelsOf } from '../../kube/api-server/choose-nodes.ts';
import { kinds } from '../../kube/api-server/kinds.ts';
import { listClusterRbac } from '../../kube/api-server/rbac-lists.ts';
import { reviewSubject } from '../../kube/api-server/reviews.ts';
import type { ApiConnection } from '../../kube/config/api-connection.ts';
import { forEachNode } from '../../kube/for-each-node.ts';
import { askGates } from '../../kube/kubelet-client/ask-gates.ts';
import { longestErrorBody } from '../../kube/kubelet-client/client.ts';
import { causeOfFailure } from '../../kube/kubelet-client/kubelet-failure.ts';
import { certificateReader } from '../../kube/kubelet-client/read-certificate.ts';
import { responseFailure } from '../../kube/kubelet-client/response-failure.ts';
import { readOrNote } from '../../kube/read-or-note.ts';
import type { Limits } from '../../kube/transport/limits.ts';
import type { Agent, AgentCall } from '../../kubelet/agents/agent.ts';
import {
  asSet,
  type AgentSettings as OwnSettings,
  settingsBy,
  variablesOf,
} from '../../kubelet/agents/agent-variables.ts';
import { asRunning } from '../../kubelet/agents/agent-versions.ts';
import {
  agentsBy,
  type RecognizedAgent,
  recognizeAgent,
  seenIn,
} from '../../kubelet/agents/recognize-agent.ts';
import { runningOf, templateOf } from '../../kubelet/agents/workloads.ts';
import { kubeletAttributes, minorOf } from '../../kubelet/authorization.ts';
import { oneLine, readAuthorization } from '../../kubelet/authorization-result.ts';
import { certificateCauses } from '../../kubelet/causes/causes.ts';
import { checkedMinor, gateNotes } from '../../kubelet/finer-permissions.ts';
import { whoReaches } from '../../kubelet/reach.ts';
import type { RbacSubject, Workload } from '../../objects.ts';
import { profileNames, profileOf } from '../../rbac/profiles.ts';
import { formatSubject, identityOf, sameSubject } from '../../rbac/subject.ts';
import { command } from '../../text/command.ts';
import { largestGroups } from '../../text/groups.ts';
import { summarize } from '../../text/list.ts';
import { findKubelet } from '../shared/fleet/find-kubelet.ts';
import type { KubeletTarget } from '../shared/fleet/find-targets.ts';
import { interruptedServing, readServing } from '../shared/fleet/gather-serving.ts';
import { type OpenFleet, withCa, withFleet } from '../shared/fleet/open-fleet.ts';
import type { ServingNode } from '../shared/fleet/serving-node.ts';
import type {
  AgentFacts,
  AskedKubelet,
  FailedRequest,
  FoundAgent,
  ServedApi,
} from './agent-facts.ts';
import { gatherAgentCa, gatherJobSettings } from './gather-agent-ca.ts';

/** Number of nodes to ask if the user selects no nodes. */
const mostNodes = 5;

export type WantedAgent =
  | { readonly agent: Agent; readonly account: undefined }
  /** `agent` is undefined without --for. The service account then shows which agent is meant. */
  | { readonly agent: Agent | undefined; readonly account: RbacSubject };

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
  const { agent, pods, lookedFor } = await findPods(apiServer, wanted);
  const seen = foundIn(pods, agent, now);
  const facts = { server, now, agent, lookedFor };
  if (!seen) return { ...facts, found: undefined, requests: [], serving: [], api: undefined };
  const own = pods.filter((pod) => {
    const { namespace, serviceAccount } = templateOf(pod);
    return namespace === seen.namespace && serviceAccount === seen.serviceAccount;
  });
  const isKnown = seen.settings.verifies !== 'unknown' || seen.settings.caFile !== undefined;
  const configFile = isKnown ? undefined : valueOfFlag(argsOf(own), '--config.file');
  const jobs = await gatherJobSettings(apiServer, own, configFile);
  const all = { ...seen.settings, ...jobs };
  const { ca, certificates } = await gatherAgentCa(apiServer, own, all, invocation);
  const found = { ...seen, settings: all, ca };
  const variables = variablesOf({ containers: containersOf(pods) });
  const requests = await callKubelets(
    asRunning(asSet(agent, variables), imagesOf(own), undefined),
    found,
    { args: argsOf(pods), ca: certificates },
    invocation,
    settings,
  );
  // If no kubelet showed its certificate, skips the handshakes with all nodes, because they would fail after a long time.
  const serving = requests.some(showedCertificate)
    ? await readServingNodes(apiServer, withCa(connection, certificates), invocation, settings)
    : [];
  const api = agent.name === 'metrics-server' ? await readMetricsApi(apiServer) : undefined;
  return { ...facts, found, requests, serving, api };
}

function showedCertificate({ call, result }: AskedKubelet): boolean {
  return call.via === 'direct' && result !== 'failed';
}

/** Reads the certificates of all nodes, because a setting of the agent has to fit all of them. */
async function readServingNodes(
  apiServer: ApiServer,
  connection: ApiConnection,
  invocation: KubeletInvocation,
  settings: FleetReading,
): Promise<readonly ServingNode[]> {
  const { nodes } = await chooseNodes(apiServer, settings.choice);
  const access = await openKubeletsForHandshakes(invocation, connection);
  const read = certificateReader(access);
  const { signal } = invocation.context;
  const place = { ...addressChoiceOf(invocation.globals), serverName: access.trust.serverName };
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

interface FoundPods {
  readonly agent: Agent;
  readonly pods: readonly Workload[];
  readonly lookedFor: readonly string[];
}

async function findPods(apiServer: ApiServer, wanted: WantedAgent): Promise<FoundPods> {
  if (!wanted.account) return findPodsOf(apiServer, wanted.agent);
  const { agent, account } = wanted;
  const pods = await listPodsOf(apiServer, account);
  const lookedFor = [`service account ${account.namespace}/${account.name}`];
  const found = agent ?? agentAs(account, pods) ?? (await agentByRoles(apiServer, account, pods));
  if (!found) throw profileMissing(account, pods);
  return { agent: found, pods, lookedFor };
}

/** Returns the agent that most pods of a service account run. Without known pods, recognizes the agent by the name of the account. */
function agentAs(account: RbacSubject, pods: readonly Workload[]): Agent | undefined {
  const { namespace = '', name } = account;
  const agents = pods.flatMap((pod) => recognizeIn(pod)?.agent ?? []);
  const [most] = largestGroups(agents, (each) => each);
  return most?.[0] ?? recognizeAgent({ serviceAccount: { namespace, name } })?.agent;
}

async function agentByRoles(
  apiServer: ApiServer,
  account: RbacSubject,
  pods: readonly Workload[],
): Promise<Agent | undefined> {
  const rbac = await readOrNote(() => listClusterRbac(apiServer));
  if (!isFound(rbac)) return undefined;
  const running = runningOf(pods.map(templateOf), account);
  const agentOf = agentsBy(new Map([[formatSubject(account), { found: running }]]));
  const own = whoReaches(rbac.found.roles, rbac.found.bindings).filter(({ subject }) =>
    sameSubject(subject, account),
  );
  return own.flatMap(({ by }) => by.flatMap(({ role }) => agentOf(account, role) ?? []))[0];
}

function profileMissing(account: RbacSubject, pods: readonly Workload[]): UsageFailure {
  const subject = formatSubject(account);
  return new UsageFailure(`--subject ${subject} requires --profile: what does it need?`, {
    details: [
      pods.length > 0
        ? `its pods run ${summarize([...new Set(imagesOf(pods))], 3, oneLine)}, no known agent`
        : 'no pod runs as it, and no known agent has its name or its role',
    ],
    hints: [
      `${profileNames.filter((each) => !profileOf(each).runsCommands).join(', ')}: such as --profile stats`,
      'of an agent: --for AGENT, as in kubectl kubeletaccess help agents',
      command`what it has: kubectl kubeletaccess who-can --subject ${subject}`,
    ],
  });
}

/** Lists only pods with the labels or service accounts of the agent, because a cluster may have 150,000 pods. */
async function findPodsOf(apiServer: ApiServer, agent: Agent): Promise<FoundPods> {
  const { labels, serviceAccounts } = agent.signs;
  const lookedFor: string[] = [];
  const byLabel = Object.entries(labels).map(([name, value]) => {
    lookedFor.push(`-l ${name}=${value}`);
    return `/api/v1/pods?labelSelector=${encodeURIComponent(`${name}=${value}`)}`;
  });
  const byAccount = serviceAccounts
    .filter((sign) => !sign.includes('*'))
    .map((sign) => {
      const [name = '', namespace] = sign.split('/').reverse();
      lookedFor.push(`service account ${sign}`);
      const within = namespace === undefined ? '' : `/namespaces/${namespace}`;
      return `/api/v1${within}/pods?fieldSelector=${encodeURIComponent(`spec.serviceAccountName=${name}`)}`;
    });
  if (lookedFor.length === 0)
    throw new Failure(
      `pods of ${agent.name} cannot be found: it has no labels or names of its own`,
      { hints: ['name its service account: --subject serviceaccount:NAMESPACE:NAME'] },
    );
  const lists = await Promise.all(
    [...byLabel, ...byAccount].map((path) => apiServer.list(path, kinds.PodWorkload)),
  );
  const byName = new Map(
    lists.flat().map((pod) => [`${pod.metadata.namespace}/${pod.metadata.name}`, pod]),
  );
  const own = [...byName.values()].filter((pod) => recognizeIn(pod)?.agent.name === agent.name);
  return { agent, pods: own, lookedFor };
}

function recognizeIn(pod: Workload): RecognizedAgent | undefined {
  const template = templateOf(pod);
  const { namespace = '', serviceAccount } = template;
  return recognizeAgent({
    serviceAccount: { namespace, name: serviceAccount },
    ...seenIn(template),
  });
}

function foundIn(pods: readonly Workload[], agent: Agent, now: number): FoundAgent | undefined {
  const subjectOf = (pod: Workload) => {
    const { namespace = '', serviceAccount } = templateOf(pod);
    return `serviceaccount:${namespace}:${serviceAccount}`;
  };
  const [own, ...others] = largestGroups(pods, subjectOf);
  if (!own) return undefined;
  const { namespace = '', serviceAccount } = templateOf(own[0]);
  return {
    ...{ namespace, serviceAccount },
    pods: own.map(({ metadata, spec, status }) => {
      const startedAt = Date.parse(status?.startTime ?? '');
      return {
        name: metadata.name ?? '',
        node: spec?.nodeName ?? '',
        ready:
          status?.conditions?.some((each) => each.type === 'Ready' && each.status === 'True') ===
          true,
        ageSeconds: Number.isNaN(startedAt)
          ? null
          : Math.max(0, Math.round((now - startedAt) / 1000)),
      };
    }),
    others: others.map(([pod]) => subjectOf(pod)),
    settings: settingsOf(agent, own),
  };
}

/** Reads settings from the environment variables of an agent, and from its arguments, which take precedence. */
function settingsOf(agent: Agent, pods: readonly Workload[]): OwnSettings {
  const args = argsOf(pods);
  const path = valueOfFlag(args, caFlag);
  const set = {
    ...settingsBy(agent, variablesOf({ containers: containersOf(pods) })),
    ...(path !== undefined && { caFile: { path, setBy: caFlag } }),
  };
  const insecure = args.some((arg) => /^--kubelet-insecure-tls(?:=true)?$/.test(arg));
  if (insecure) return { ...set, verifies: 'no', because: '--kubelet-insecure-tls' };
  return agent.name === 'metrics-server' ? { ...set, verifies: 'yes' } : set;
}

const caFlag = '--kubelet-certificate-authority';

function valueOfFlag(args: readonly string[], flag: string): string | undefined {
  const joined = args.find((arg) => arg.startsWith(`${flag}=`));
  if (joined !== undefined) return joined.slice(flag.length + 1);
  const index = args.indexOf(flag);
  return index < 0 ? undefined : args[index + 1];
}

function containersOf(pods: readonly Workload[]) {
  return pods.flatMap((pod) => templateOf(pod).containers);
}

function imagesOf(pods: readonly Workload[]): readonly string[] {
  return containersOf(pods).map(({ image }) => image);
}

function argsOf(pods: readonly Workload[]): readonly string[] {
  return containersOf(pods).flatMap(({ args }) => args);
}

/** Sends the agent's default requests as its service account. Uses the address types and the port that are set for the agent. */
async function callKubelets(
  agent: Agent,
  { namespace, serviceAccount, settings: own }: FoundAgent,
  { args, ca }: { readonly args: readonly string[]; readonly ca: string | undefined },
  invocation: KubeletInvocation,
  settings: FleetReading,
): Promise<readonly AskedKubelet[]> {
  const calls = (agent.calls ?? []).filter(({ when }) => when === undefined);
  const types = isGiven(invocation.given, '--kubelet-preferred-address-types')
    ? undefined
    : (valueOfFlag(args, '--kubelet-preferred-address-types')?.split(',') ??
      (own.addressType && [own.addressType]));
  const port = Number(valueOfFlag(args, '--kubelet-port') ?? own.port);
  const usesOwnPort = args.some((arg) => /^--kubelet-use-node-status-port(?:=true)?$/.test(arg));
  const asked: AskedKubelet[] = [];
  for (const via of ['direct', 'apiserver'] as const) {
    const sent = calls.filter((call) => call.via === via);
    const [first] = sent;
    if (!first) continue;
    const chosen = {
      kubelets: { kind: 'nodes', ...settings.choice } as const,
      via,
      types: types ?? addressTypesOf(invocation.globals),
      port: usesOwnPort || !(port > 0) ? kubeletPortOf(invocation.globals) : port,
      shard: undefined,
      isFleet: true,
    };
    const question = {
      ...{ chosen, ca, nodeObjects: 'needed' as const },
      request: { method: first.method, path: first.path, headers: {} },
      serviceAccount: `${namespace}/${serviceAccount}`,
    };
    const user = `system:serviceaccount:${namespace}:${serviceAccount}`;
    const asking = { calls: sent, chosen, user };
    asked.push(
      ...(await withFleet(invocation, question, async (fleet) => {
        const { signal } = invocation.context;
        const isNamed = settings.choice.names.length > 0 || labelsOf(settings.choice) !== '';
        const { targets } = fleet.found;
        const sample = isNamed ? targets : spread(targets, mostNodes);
        const visits = await forEachNode(sample, {
          ...settings,
          signal,
          visit: (each, limits) => askNode(each, fleet, asking, limits),
          interrupted: () => [],
        });
        return visits.flat();
      })),
    );
  }
  return asked;
}

function spread<T>(all: readonly T[], most: number): readonly T[] {
  if (all.length <= most) return all;
  return Array.from(
    { length: most },
    (_, index) => all[Math.round((index * (all.length - 1)) / (most - 1))] as T,
  );
}

interface AgentCalls {
  readonly calls: readonly AgentCall[];
  readonly chosen: FleetChoice;
  readonly user: string;
}

async function askNode(
  node: KubeletTarget,
  fleet: OpenFleet,
  { calls, chosen, user }: AgentCalls,
  limits: Limits,
): Promise<readonly AskedKubelet[]> {
  const minor = minorOf(node.node?.status?.nodeInfo?.kubeletVersion);
  const results: AskedKubelet[] = [];
  for (const call of calls) {
    const place = { node: node.name, minor, call };
    const failure = await orFailure(send(node, call, chosen, fleet, limits));
    if (!failure) {
      results.push({ ...place, result: 'ok' });
      continue;
    }
    const { message, details, hints } = failure;
    const cause = causeOfFailure(failure);
    const isReviewed = call.via === 'direct' && certificateCauses.includes(cause);
    results.push({
      ...place,
      failed: { cause, message, details, hints },
      ...(isReviewed
        ? await review(fleet, user, call, node)
        : { result: cause === 'forbidden' ? 'denied' : 'failed' }),
    });
  }
  return results;
}

/**
 * Throws if the request failed. If the kubelet allows a request and then answers with status 4xx, the request succeeded, because the pod in
 * the URL may not exist.
 */
async function send(
  node: KubeletTarget,
  { method, path }: AgentCall,
  chosen: FleetChoice,
  { access }: OpenFleet,
  limits: Limits,
): Promise<undefined> {
  const request = { method, path };
  using kubelet = findKubelet(node, chosen, access, limits);
  const response = await kubelet.send(request);
  if (response.status < 400) return void response.body.destroy();
  const errorResponse = await kubelet.read(response, longestErrorBody);
  const { status, text } = errorResponse;
  const isAllowed =
    kubelet.via === 'direct' && readAuthorization(status, text).verdict === 'allowed';
  if (!isAllowed || status >= 500) throw responseFailure(kubelet, request, errorResponse);
  return undefined;
}

async function review(
  { apiServer, access: { signal } }: OpenFleet,
  user: string,
  { method, path }: AgentCall,
  node: KubeletTarget,
): Promise<Pick<FailedRequest, 'result' | 'review'>> {
  const [asked] = node.node ? await askGates(apiServer, [node.node], signal) : [];
  const minor = asked ? checkedMinor(asked) : minorOf(node.node?.status?.nodeInfo?.kubeletVersion);
  const { verb, subresources } = kubeletAttributes(method, path, minor);
  const reviewed = { subresources, notes: asked ? gateNotes([asked]) : [] };
  for (const subresource of subresources) {
    const attributes = { resource: 'nodes', subresource, verb, name: node.name };
    const answer = await reviewSubject(apiServer, identityOf(user), attributes);
    if (!answer) return { result: 'unknown', review: reviewed };
    if (answer.allowed) return { result: 'allowed', review: reviewed };
  }
  return { result: 'denied', review: reviewed };
}

const metricsApi = 'v1beta1.metrics.k8s.io';

async function readMetricsApi(apiServer: ApiServer): Promise<Known<ServedApi>> {
  const path = `/apis/apiregistration.k8s.io/v1/apiservices/${metricsApi}`;
  const service = await readOrNote(() => apiServer.find(path, kinds.APIService), 'get apiservices');
  if (!isFound(service)) return service;
  const available = service.found?.status?.conditions?.find(({ type }) => type === 'Available');
  if (available?.status !== 'True') {
    const { reason = '', message = '' } = available ?? { message: 'it does not exist' };
    const words = [reason, message].filter(Boolean).join(': ');
    return { found: { name: metricsApi, available: false, message: words, missing: [] } };
  }
  const metrics = await readOrNote(
    () => apiServer.get('/apis/metrics.k8s.io/v1beta1/nodes', kinds.NodeMetricsList),
    'list nodes of metrics.k8s.io',
  );
  if (!isFound(metrics)) return metrics;
  const nodes = await readOrNote(() => apiServer.list('/api/v1/nodes', kinds.Node), 'list nodes');
  if (!isFound(nodes)) return nodes;
  const known = new Set((metrics.found.items ?? []).map(({ metadata }) => metadata.name));
  const missing = nodes.found
    .map(({ metadata }) => metadata.name)
    .filter((name) => !known.has(name));
  return { found: { name: metricsApi, available: true, message: '', missing } };
}
