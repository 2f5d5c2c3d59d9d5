import { isGiven } from '../../cli/argv.ts';
import type { FleetReading } from '../../cli/fleet-options.ts';
import { addressTypesOf, type KubeletInvocation, kubeletPortOf } from '../../cli/kubelets.ts';
import { orFailure } from '../../errors.ts';
import { labelsOf } from '../../kube/api-server/choose-nodes.ts';
import { reviewSubject } from '../../kube/api-server/reviews.ts';
import { forEachNode } from '../../kube/for-each-node.ts';
import { askGates } from '../../kube/kubelet-client/ask-gates.ts';
import { longestErrorBody } from '../../kube/kubelet-client/client.ts';
import { causeOfFailure } from '../../kube/kubelet-client/kubelet-failure.ts';
import { responseFailure } from '../../kube/kubelet-client/response-failure.ts';
import type { Limits } from '../../kube/transport/limits.ts';
import type { Agent, AgentCall } from '../../kubelet/agents/agent.ts';
import { kubeletAttributes, minorOf } from '../../kubelet/authorization.ts';
import { readAuthorization } from '../../kubelet/authorization-result.ts';
import { checkedMinor, gateNotes } from '../../kubelet/finer-permissions.ts';
import { accountUser, identityOf } from '../../rbac/subject.ts';
import type { KubeletTarget } from '../shared/door/find-targets.ts';
import { type OpenFleet, withFleet } from '../shared/fleet/open-fleet.ts';
import { type AskedKubelet, type FailedRequest, type FoundAgent, isUnverified } from './facts.ts';
import { valueOfFlag } from './found-agent.ts';

/** Number of nodes to ask if the user selects no nodes. */
const mostNodes = 5;

/** Sends the agent's default requests as its service account. Uses the address types and the port that are set for the agent. */
export async function callKubelets(
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
    const user = accountUser(namespace, serviceAccount);
    const asking = { callsOf: agent.callsOf ?? (() => sent), user };
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
  readonly callsOf: (minor: number) => readonly AgentCall[];
  readonly user: string;
}

async function askNode(
  node: KubeletTarget,
  fleet: OpenFleet,
  { callsOf, user }: AgentCalls,
  limits: Limits,
): Promise<readonly AskedKubelet[]> {
  const minor = minorOf(node.node?.status?.nodeInfo?.kubeletVersion);
  const results: AskedKubelet[] = [];
  for (const call of callsOf(minor)) {
    const place = { node: node.name, minor, call };
    const failure = await orFailure(send(node, call, fleet, limits));
    if (!failure) {
      results.push({ ...place, result: 'ok' });
      continue;
    }
    const { message, details, hints } = failure;
    const cause = causeOfFailure(failure);
    const isReviewed = call.via === 'direct' && isUnverified(cause);
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
  { door }: OpenFleet,
  limits: Limits,
): Promise<undefined> {
  const request = { method, path };
  using kubelet = door.one(node, limits);
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
  { apiServer, signal }: OpenFleet,
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
