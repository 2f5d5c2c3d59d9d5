import { formatDetail } from '../../errors.ts';
import type { Agent } from '../../kubelet/agents/agent.ts';
import { callerOf } from '../../kubelet/agents/verifying-settings.ts';
import { kubeletAttributes } from '../../kubelet/authorization.ts';
import { oneLine } from '../../kubelet/authorization-result.ts';
import type { Cause } from '../../kubelet/causes/causes.ts';
import { parseKubeletDenial } from '../../kubelet/denial.ts';
import { finding } from '../../kubelet/finding.ts';
import { gateOffWords, gateRemedy, showsGateOff } from '../../kubelet/finer-permissions.ts';
import { permissionForPath } from '../../kubelet/missing-permission.ts';
import { type Group, groupsOf } from '../../text/groups.ts';
import { joinWords } from '../../text/list.ts';
import {
  type AgentFacts,
  type AgentFinding,
  type AskedKubelet,
  type FailedCall,
  type FailedRequest,
  type FoundAgent,
  verifiesAlike,
} from './facts.ts';

const severities = { yes: 'error', no: 'note', unknown: 'warning' } as const;

export function callFindings(facts: AgentFacts, found: FoundAgent): readonly AgentFinding[] {
  const { agent, requests } = facts;
  return [
    ...groupsOf(requests.filter(isDenied), (asked) => {
      const { call, review } = asked;
      const missing = [verbOf(asked), deniedSubresources(asked), isGateOff(asked)];
      return JSON.stringify([...missing, call.via, review !== undefined]);
    }).map((group) => deniedCalls(group, agent, found)),
    ...groupsOf(requests.filter(isFailed), ({ call, failed }) =>
      JSON.stringify([failed.cause, call.path, call.via]),
    ).map((group) => {
      const [{ failed }] = group;
      const message = `${agent.name} cannot send ${namesOf(group)}: ${failed.message}`;
      const rest = { nodeNames: nodesOf(group), ...helpFor(agent, failed) };
      return finding(failed.cause, 'error', message, rest);
    }),
    ...unaskedFindings(facts, found),
  ];
}

type FailedAsked = AskedKubelet & FailedRequest;

function isDenied(asked: AskedKubelet): asked is FailedAsked {
  return asked.result === 'denied';
}

function isFailed(asked: AskedKubelet): asked is FailedAsked {
  return asked.result === 'failed';
}

function nodesOf(group: readonly AskedKubelet[]): readonly string[] {
  return [...new Set(group.map(({ node }) => node))];
}

function namesOf(group: readonly AskedKubelet[]): string {
  const names = group.map(
    ({ call: { method, path, via } }) =>
      `${method} ${path}${via === 'apiserver' ? ' through the API server' : ''}`,
  );
  return joinWords([...new Set(names)], 'and');
}

function verbOf({ call }: AskedKubelet): string {
  return kubeletAttributes(call.method, call.path, 0).verb;
}

/** Returns one finding for all requests that lack the same permission. */
function deniedCalls(
  group: Group<FailedAsked>,
  agent: Agent,
  { namespace, serviceAccount }: FoundAgent,
): AgentFinding {
  const [asked] = group;
  const { failed, review } = asked;
  const { message, details } = failed;
  const nodeNames = nodesOf(group);
  const denied = `${agent.name} ${review ? 'would be' : 'is'} denied ${namesOf(group)}`;
  if (isGateOff(asked))
    return finding('forbidden', 'error', denied, {
      ...{ nodeNames, evidence: [message, gateOffWords], remedy: gateRemedy },
    });
  const verb = verbOf(asked);
  const subresources = deniedSubresources(asked);
  const user = `system:serviceaccount:${namespace}:${serviceAccount}`;
  const { commands, missingRule } = permissionForPath({ verb, subresources }, user);
  const reviewed = `by an access review: ${verb} on ${subresources.map((each) => `nodes/${each}`).join(' or ')}`;
  return finding('forbidden', 'error', denied, {
    ...{ nodeNames, commands, remedy: agent.setting ?? '' },
    evidence: review ? [reviewed, ...review.notes] : [message, ...details.map(formatDetail)],
    ...(missingRule && { missingRule }),
  });
}

/** Returns findings about kubelets that could not be verified, and therefore got no request: one finding for each cause. */
function unaskedFindings(
  { agent, requests }: AgentFacts,
  found: FoundAgent,
): readonly AgentFinding[] {
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
    const ignored = `${because === undefined ? '' : `${agent.name} does not verify kubelets (${because}), and `}these kubelets cannot be verified: a token is never sent to them from here, so the API server was asked`;
    const unknown = `${message}; whether ${agent.name} verifies kubelets is in ${because === undefined ? 'its configuration' : `environment variable ${because}`}`;
    const own =
      ca?.used === 'own'
        ? `verified with the agent's own CA: ${oneLine(ca.from)} (${ca.setBy} ${oneLine(ca.path)})`
        : [];
    const rest =
      verifies === 'no'
        ? { nodeNames: nodes, evidence: [message] }
        : { nodeNames: nodes, evidence: [...evidence, own].flat(), ...help };
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
function deniedSubresources(asked: AskedKubelet & FailedRequest): readonly string[] {
  const { call, failed, review } = asked;
  if (review) return review.subresources;
  const denial = call.via === 'direct' ? parseKubeletDenial(failed.message) : undefined;
  return denial?.subresources ?? ['proxy'];
}

/** Settings of an agent: for its CA file, to switch off verification of kubelets, and for the types of node addresses. */
interface OwnOptions {
  readonly ca?: string;
  readonly unverified?: string;
  readonly addressTypes?: string;
}

function optionsOf(agent: Agent): OwnOptions {
  const caller = callerOf(agent);
  if (caller === 'metrics-server')
    return {
      ca: '--kubelet-certificate-authority=FILE',
      unverified: '--kubelet-insecure-tls',
      addressTypes: '--kubelet-preferred-address-types',
    };
  if (caller === 'Prometheus' || caller === 'kube-prometheus-stack')
    return {
      ca: 'ca_file in tls_config of its jobs',
      unverified: 'insecure_skip_verify: true there',
    };
  const { ca, verifies, insecure } = agent.variables ?? {};
  return {
    ...(ca !== undefined && { ca: `${ca}=FILE` }),
    ...(verifies !== undefined && { unverified: `${verifies}=false` }),
    ...(insecure !== undefined && { unverified: `${insecure}=true` }),
  };
}

const bootstrap =
  'set serverTLSBootstrap: true in the KubeletConfiguration and approve the requests once they are checked (kubectl kubeletaccess certificates)';

/** Returns a remedy with the agent's own options; empty if no option helps. */
export function agentRemedy(agent: Agent, cause: Cause): string {
  const { ca, unverified, addressTypes } = optionsOf(agent);
  switch (cause) {
    case 'untrusted-ca':
    case 'self-signed-certificate':
      return [
        bootstrap,
        ...(ca === undefined
          ? []
          : [
              `or mount what kubectl kubeletaccess certificates --ca-bundle FILE writes into ${agent.name}, and name it: ${ca}`,
            ]),
        ...(unverified === undefined ? [] : [`${unverified} switches its verification off`]),
      ].join('; ');
    case 'name-mismatch':
      return addressTypes === undefined
        ? bootstrap
        : `let ${agent.name} call the addresses that the certificate names: ${addressTypes}; or ${bootstrap}`;
    case 'name-does-not-resolve':
      return addressTypes === undefined
        ? ''
        : `let ${agent.name} call another address of the node: ${addressTypes}=InternalIP`;
    default:
      return '';
  }
}
