import { exitCodes, formatDetail } from '../../errors.ts';
import { isFound } from '../../known.ts';
import { allOf, describeVerified, exceptFor, verifiedTypes } from '../../kubelet/address-types.ts';
import type { Agent } from '../../kubelet/agents/agent.ts';
import type { AgentSettings } from '../../kubelet/agents/agent-variables.ts';
import { callerOf, verifyingSetting } from '../../kubelet/agents/verifying-settings.ts';
import { kubeletAttributes } from '../../kubelet/authorization.ts';
import { oneLine } from '../../kubelet/authorization-result.ts';
import { type Cause, certificateCauses } from '../../kubelet/causes/causes.ts';
import { parseKubeletDenial } from '../../kubelet/denial.ts';
import { finding } from '../../kubelet/finding.ts';
import { gateOffWords, gateRemedy, showsGateOff } from '../../kubelet/finer-permissions.ts';
import { permissionForPath } from '../../kubelet/missing-permission.ts';
import { command } from '../../text/command.ts';
import { groupsOf } from '../../text/groups.ts';
import { summarize } from '../../text/list.ts';
import { commonPort, namedKubelet } from '../shared/fleet/serving-node.ts';
import type {
  AgentCa,
  AgentFacts,
  AgentPod,
  AskedKubelet,
  FailedCall,
  FailedRequest,
  FoundAgent,
} from './agent-facts.ts';
import { agentRemedy } from './agent-remedy.ts';
import type { StatusFinding } from './report/finding.ts';

export interface AgentRequest {
  readonly node: string;
  readonly method: string;
  readonly path: string;
  readonly via: 'direct' | 'apiserver';
  /**
   * `allowed` is the result of an access review. It replaces the request if the kubelet cannot be verified, because such a kubelet must not
   * get a token.
   */
  readonly result: AskedKubelet['result'];
  /** Cause of the failure; null if the request did not fail. */
  readonly cause: Cause | null;
  /** Why the request failed; empty if it did not. */
  readonly message: string;
}

/** The report of `status --for`: whether kubelets answer the requests of an agent. */
export interface AgentReport {
  readonly apiVersion: 'kubeletaccess/v1';
  readonly kind: 'KubeletAgentReport';
  /** The URL of the API server. */
  readonly server: string;
  /** @format date-time */
  readonly time: string;
  readonly agent: string;
  /** Namespace of the agent; null if no pod of the agent was found. */
  readonly namespace: string | null;
  readonly serviceAccount: string | null;
  readonly verdict: AgentVerdict;
  readonly pods: readonly AgentPod[];
  readonly requests: readonly AgentRequest[];
  /** Findings about pods, settings, the CA, requests, the served API and address types, in this order. */
  readonly findings: readonly StatusFinding[];
}

export const agentVerdicts = {
  ok: exitCodes.ok,
  'not running': exitCodes.unmet,
  'not ready': exitCodes.unmet,
  denied: exitCodes.unmet,
  unreachable: exitCodes.someFailed,
  unknown: exitCodes.error,
} as const;

/** @public */
export type AgentVerdict = keyof typeof agentVerdicts;

export function agentReport(facts: AgentFacts): AgentReport {
  const { server, now, agent, found } = facts;
  const requests = facts.requests.map(requestOf);
  return {
    apiVersion: 'kubeletaccess/v1',
    kind: 'KubeletAgentReport',
    server,
    time: new Date(now).toISOString(),
    agent: agent.name,
    namespace: found?.namespace ?? null,
    serviceAccount: found?.serviceAccount ?? null,
    verdict: verdictOf(facts, requests),
    pods: found?.pods ?? [],
    requests,
    findings: [
      found ? podFindings(facts, found) : notRunning(facts),
      found ? settingFindings(facts, found) : [],
      found?.ca ? caFinding(facts, found.ca) : [],
      found ? callFindings(facts, found) : [],
      apiFinding(facts, requests),
      found ? addressFinding(facts, found) : [],
    ].flat(),
  };
}

function requestOf({ node, call, result, failed }: AskedKubelet): AgentRequest {
  const { method, path, via } = call;
  const { cause = null, message = '' } = failed ?? {};
  return { node, method, path, via, result, cause, message };
}

function verdictOf(
  { found, api, agent }: AgentFacts,
  requests: readonly AgentRequest[],
): AgentVerdict {
  if (!found) return 'not running';
  if (requests.some(({ result }) => result === 'denied')) return 'denied';
  if (!found.pods.some(({ ready }) => ready)) return 'not ready';
  const verifies = verifiesAlike(found);
  const isStopped = ({ result, cause }: AgentRequest) =>
    result === 'failed' || (verifies === 'yes' && isUnverified(cause));
  if (requests.some(isStopped)) return 'unreachable';
  if (api && isFound(api) && !api.found.available) return 'not ready';
  const isUnknown = requests.some(
    ({ result, cause }) => result === 'unknown' || (verifies === 'unknown' && isUnverified(cause)),
  );
  if (isUnknown || agent.calls === undefined || (api && !isFound(api))) return 'unknown';
  return 'ok';
}

const severities = { yes: 'error', no: 'note', unknown: 'warning' } as const;

/** Whether the agent verifies kubelets. Returns unknown if the agent has its own CA, but this check had to use the CA of the cluster. */
function verifiesAlike({ settings: { verifies }, ca }: FoundAgent): AgentSettings['verifies'] {
  return verifies === 'yes' && ca?.used === 'cluster' ? 'unknown' : verifies;
}

/** Whether the cause is about the serving certificate. This program then sends an access review in place of the request. */
export function isUnverified(cause: Cause | null): boolean {
  return cause !== null && certificateCauses.includes(cause);
}

function notRunning({ agent, lookedFor }: AgentFacts): StatusFinding {
  return finding('agent not running', 'error', `no pod of ${agent.name} was found`, {
    evidence: [`looked for: ${lookedFor.join(', ')}`],
    remedy: 'install it; or name its service account: --subject serviceaccount:NAMESPACE:NAME',
  });
}

function podFindings({ agent }: AgentFacts, found: FoundAgent): readonly StatusFinding[] {
  const { pods, namespace, others } = found;
  const waiting = pods.filter(({ ready }) => !ready);
  const [first] = waiting;
  return [
    first
      ? finding(
          'agent not ready',
          waiting.length === pods.length ? 'error' : 'warning',
          `${waiting.length} of ${pods.length} pods of ${agent.name} are not ready: ${summarize(
            waiting,
            3,
            ({ name }) => oneLine(name),
          )}`,
          {
            commands: [
              command`kubectl describe pod -n ${namespace} ${first.name}`,
              command`kubectl logs -n ${namespace} ${first.name}`,
            ],
          },
        )
      : [],
    others.length > 0
      ? finding(
          'not checked',
          'note',
          `other pods of ${agent.name} run as ${summarize(others, 3, oneLine)}, which was not checked`,
        )
      : [],
  ].flat();
}

function settingFindings(
  { agent: { name, variables } }: AgentFacts,
  { settings: { host, unknown } }: FoundAgent,
): readonly StatusFinding[] {
  return [
    host === undefined
      ? []
      : finding(
          'not checked',
          'note',
          `${name} calls ${oneLine(host)} (environment variable ${variables?.host}); kubelets were called at the addresses of their nodes`,
        ),
    unknown.length === 0
      ? []
      : finding(
          'not checked',
          'note',
          `the values of environment variables of ${name} are unknown: ${unknown.map(oneLine).join(', ')}`,
        ),
  ].flat();
}

function caFinding(
  { agent: { name } }: AgentFacts,
  { path, setBy, from, used, whyUnread }: AgentCa,
): StatusFinding | [] {
  if (used === 'own') return [];
  const file = `${name} verifies kubelets with ${oneLine(path)} (${setBy})`;
  if (used === 'given')
    return finding('not checked', 'note', `${file}, and they were verified here as options say`);
  return finding(
    'not checked',
    'warning',
    `${file} of ${oneLine(from)}, which was not read: they were verified with the CA of the cluster here, and for ${name} their certificates may be good or bad`,
    {
      evidence: whyUnread === undefined ? [] : [oneLine(whyUnread)],
      remedy: 'copy that file, and run this again with --kubelet-certificate-authority FILE',
    },
  );
}

function callFindings(facts: AgentFacts, found: FoundAgent): readonly StatusFinding[] {
  const { agent, requests } = facts;
  const groups = groupsOf(requests, (each) => {
    const { call, result, failed } = each;
    return JSON.stringify([result, failed?.cause, call.path, call.via, isGateOff(each)]);
  });
  const ofCalls = groups.flatMap((group) => {
    const [asked] = group;
    const { call } = asked;
    const nodes = group.map(({ node }) => node);
    const what = `${call.method} ${call.path}${call.via === 'apiserver' ? ' through the API server' : ''}`;
    if (asked.result === 'denied') return deniedCall(asked, nodes, what, agent, found);
    if (asked.result !== 'failed') return [];
    const { failed } = asked;
    const message = `${agent.name} cannot send ${what}: ${failed.message}`;
    return finding(failed.cause, 'error', message, { nodes, ...helpFor(agent, failed) });
  });
  return [...ofCalls, ...unaskedFindings(facts, found)];
}

function deniedCall(
  asked: AskedKubelet & FailedRequest,
  nodes: readonly string[],
  what: string,
  agent: Agent,
  { namespace, serviceAccount }: FoundAgent,
): StatusFinding {
  const { call, failed, review } = asked;
  const { message, details } = failed;
  const denied = `${agent.name} ${review ? 'would be' : 'is'} denied ${what}`;
  if (isGateOff(asked))
    return finding('forbidden', 'error', denied, {
      ...{ nodes, evidence: [message, gateOffWords], remedy: gateRemedy },
    });
  const { verb } = kubeletAttributes(call.method, call.path, 0);
  const subresources = deniedSubresources(asked);
  const subject = `serviceaccount:${namespace}:${serviceAccount}`;
  const { commands, missingRule } = permissionForPath({ verb, subresources }, subject);
  const reviewed = `by an access review: ${verb} on ${subresources.map((each) => `nodes/${each}`).join(' or ')}`;
  return finding('forbidden', 'error', denied, {
    ...{ nodes, commands, remedy: agent.setting ?? '' },
    evidence: review ? [reviewed, ...review.notes] : [message, ...details.map(formatDetail)],
    ...(missingRule && { missingRule }),
  });
}

/** Returns findings about kubelets that could not be verified, and therefore got no request: one finding for each cause. */
function unaskedFindings(
  { agent, requests }: AgentFacts,
  found: FoundAgent,
): readonly StatusFinding[] {
  const { verifies, because } = found.settings;
  const { ca } = found;
  const unasked = requests.flatMap(({ node, failed, review }) =>
    review ? [{ node, failed }] : [],
  );
  return groupsOf(unasked, ({ failed }) => failed.cause).map((group) => {
    const [{ failed }] = group;
    const { cause, message } = failed;
    const { evidence, ...help } = helpFor(agent, failed);
    const nodes = [...new Set(group.map(({ node }) => node))];
    const ignored = `${agent.name} does not verify kubelets (${because}), and this one cannot be verified: a token is never sent to it from here, so the API server was asked`;
    const unknown = `${message}; whether ${agent.name} verifies kubelets is in ${because === undefined ? 'its configuration' : `environment variable ${because}`}`;
    const own =
      ca?.used === 'own'
        ? `verified with the agent's own CA: ${oneLine(ca.from)} (${ca.setBy} ${oneLine(ca.path)})`
        : [];
    const rest =
      verifies === 'no'
        ? { nodes, evidence: [message] }
        : { nodes, evidence: [...evidence, own].flat(), ...help };
    return finding(
      cause,
      severities[verifiesAlike(found)],
      { yes: message, no: ignored, unknown }[verifies],
      rest,
    );
  });
}

/** Replaces the general remedy by a remedy with options of the agent, because the general remedy is for callers on this machine. */
function helpFor(agent: Agent, { cause, details, hints }: FailedCall) {
  const remedy = agentRemedy(agent, cause);
  const shown = remedy === '' ? details : details.filter(({ label }) => label !== 'remedy');
  return { evidence: shown.map(formatDetail), remedy, commands: hints };
}

/** Whether a denial shows that the kubelet checks only nodes/proxy because its feature gate is off, unlike the default of its version. */
function isGateOff({ result, failed, review, call, minor }: AskedKubelet): boolean {
  return result === 'denied' && !review && showsGateOff(failed.message, call, minor);
}

/** Returns the node subresources that the server checked before it denied the request. The API server checks nodes/proxy for every path. */
function deniedSubresources({
  call,
  failed,
  review,
}: AskedKubelet & FailedRequest): readonly string[] {
  if (review) return review.subresources;
  const denial = call.via === 'direct' ? parseKubeletDenial(failed.message) : undefined;
  return denial?.subresources ?? ['proxy'];
}

function apiFinding(
  { agent, api, found }: AgentFacts,
  requests: readonly AgentRequest[],
): StatusFinding | [] {
  if (!api) return [];
  if (!isFound(api))
    return finding(
      'not checked',
      'warning',
      `whether kubectl top works is unknown: ${api.unknown}`,
    );
  const { name, available, message, missing } = api.found;
  if (!available)
    return finding(
      'agent not ready',
      'error',
      `kubectl top does not work: APIService ${name} is not available`,
      {
        evidence: message === '' ? [] : [message],
        commands: [
          command`kubectl describe apiservice ${name}`,
          command`kubectl get endpointslices -A -l k8s-app=${agent.name}`,
        ],
      },
    );
  if (missing.length === 0) return [];
  const isAnswered = requests.every(({ result }) => result === 'ok');
  const youngest = Math.min(...(found?.pods ?? []).map(({ ageSeconds }) => ageSeconds ?? Infinity));
  const isYoung = isAnswered && youngest < youngSeconds;
  return finding(
    'agent not ready',
    isYoung ? 'note' : 'warning',
    `of ${missing.length === 1 ? 'a node' : `${missing.length} nodes`}, kubectl top shows nothing${isYoung ? `: ${agent.name} started ${youngest} s ago, and needs two readings` : ''}`,
    { nodes: missing },
  );
}

function addressFinding({ agent, serving }: AgentFacts, { ca }: FoundAgent): StatusFinding | [] {
  const types = verifiedTypes(serving.map(namedKubelet));
  const { nodes, counts, onAll, unknown } = types;
  if (nodes.length === 0) return [];
  if (onAll.length === 0) {
    const counted = counts.map(({ type, verified }) => `${type} on ${verified}`);
    return finding(
      'address types',
      'note',
      `no address type verifies on ${allOf(nodes)} (${counted.join(', ')})${exceptFor(unknown)}`,
      { commands: ['kubectl kubeletaccess certificates --address-types'] },
    );
  }
  const caller = callerOf(agent);
  const [bundle, podCaVerifies] = ca?.used === 'own' ? [ca.path, false] : ['FILE', true];
  const port = commonPort(serving);
  const setting = caller && verifyingSetting(caller, { types, bundle, podCaVerifies, port });
  const withSetting = setting === undefined ? '' : `: ${agent.name} verifies with ${setting}`;
  return finding('address types', 'note', `${describeVerified(types)}${withSetting}`);
}

/** If metrics-server is younger than this number of seconds, missing metrics are normal: it must first read every kubelet twice. */
const youngSeconds = 90;
