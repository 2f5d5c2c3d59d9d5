import { exitCodes } from '../../errors.ts';
import { isFound } from '../../known.ts';
import type { Cause } from '../../kubelet/causes/causes.ts';
import { apiVersion } from '../../text/api-version.ts';
import { callFindings } from './call-findings.ts';
import {
  type AgentFacts,
  type AgentFinding,
  type AgentPod,
  type AskedKubelet,
  isUnverified,
  verifiesAlike,
} from './facts.ts';
import {
  addressFinding,
  apiFinding,
  caFinding,
  notRunning,
  podFindings,
  settingFindings,
} from './findings.ts';

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
  /** Cause of the failure; absent if the request did not fail. */
  readonly cause?: Cause;
  /** Why the request failed; absent if it did not. */
  readonly message?: string;
}

/** The report of `check`: whether kubelets answer the requests of an agent. */
export interface AgentReport {
  readonly apiVersion: typeof apiVersion;
  readonly kind: 'KubeletAgentReport';
  /** The URL of the API server. */
  readonly server: string;
  /** @format date-time */
  readonly time: string;
  readonly agent: string;
  /** Namespace of the agent; absent if no pod of the agent was found. */
  readonly namespace?: string;
  /** Service account that the agent runs as; absent if no pod of the agent was found. */
  readonly serviceAccount?: string;
  readonly verdict: AgentVerdict;
  readonly agentPods: readonly AgentPod[];
  readonly requests: readonly AgentRequest[];
  /** Findings about pods, settings, the CA, requests, the served API and address types, in this order. */
  readonly findings: readonly AgentFinding[];
}

export const agentVerdicts = {
  ok: exitCodes.ok,
  'not-running': exitCodes.unmet,
  'not-ready': exitCodes.unmet,
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
    apiVersion,
    kind: 'KubeletAgentReport',
    server,
    time: new Date(now).toISOString(),
    agent: agent.name,
    ...(found && { namespace: found.namespace, serviceAccount: found.serviceAccount }),
    verdict: verdictOf(facts, requests),
    agentPods: found?.pods ?? [],
    requests,
    findings: [
      found ? podFindings(facts, found) : notRunning(facts),
      found ? settingFindings(facts, found) : [],
      found?.ca ? caFinding(facts, found.ca) : [],
      found ? callFindings(facts, found) : [],
      apiFinding(facts),
      found ? addressFinding(facts, found) : [],
    ].flat(),
  };
}

function requestOf({ node, call, result, failed }: AskedKubelet): AgentRequest {
  const { method, path, via } = call;
  const failure = failed && { cause: failed.cause, message: failed.message };
  return { node, method, path, via, result, ...failure };
}

function verdictOf(
  { found, api, agent }: AgentFacts,
  requests: readonly AgentRequest[],
): AgentVerdict {
  if (!found) return 'not-running';
  if (requests.some(({ result }) => result === 'denied')) return 'denied';
  if (found.pods.length > 0 && !found.pods.some(({ available }) => available)) return 'not-ready';
  const verifies = verifiesAlike(found);
  const isStopped = ({ result, cause }: AgentRequest) =>
    result === 'failed' || (verifies === 'yes' && isUnverified(cause));
  if (requests.some(isStopped)) return 'unreachable';
  if (api && isFound(api) && !api.found.available) return 'not-ready';
  const isUnknown = requests.some(
    ({ result, cause }) => result === 'unknown' || (verifies === 'unknown' && isUnverified(cause)),
  );
  if (isUnknown || agent.calls === undefined || (api && !isFound(api))) return 'unknown';
  return 'ok';
}
