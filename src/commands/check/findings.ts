import { isFound } from '../../known.ts';
import { allOf, describeVerified, exceptFor, verifiedTypes } from '../../kubelet/address-types.ts';
import { callerOf, verifyingSetting } from '../../kubelet/agents/verifying-settings.ts';
import { oneLine } from '../../kubelet/authorization-result.ts';
import { checkCommand } from '../../kubelet/causes/hop.ts';
import { finding } from '../../kubelet/finding.ts';
import { formatSubject } from '../../rbac/subject.ts';
import { command } from '../../text/command.ts';
import { counted, summarize } from '../../text/list.ts';
import { commonPort, namedKubelet } from '../shared/fleet/serving-node.ts';
import type { AgentCa, AgentFacts, AgentFinding, FoundAgent } from './facts.ts';

export function notRunning({ agent, lookedFor, account, absent }: AgentFacts): AgentFinding {
  return finding('agent-not-running', 'error', `no pod of ${agent.name} was found`, {
    evidence: [`looked for: ${lookedFor.join(', ')}`, ...absent],
    ...(account
      ? {
          remedy: `install it, or check it under any service account${absent.length > 0 ? '' : ' or without a pod'}`,
          commands: [
            checkCommand(agent.name),
            ...(absent.length > 0
              ? []
              : [
                  command`kubectl kubeletaccess check ${formatSubject(account)} --agent ${agent.name}`,
                ]),
          ],
        }
      : {
          remedy: 'install it, or name its service account',
          commands: [
            command`kubectl kubeletaccess check serviceaccount:NAMESPACE:NAME --agent ${agent.name}`,
          ],
        }),
  });
}

export function podFindings({ agent }: AgentFacts, found: FoundAgent): readonly AgentFinding[] {
  const { pods, namespace, others } = found;
  const waiting = pods.filter(({ available }) => !available);
  const [first] = waiting;
  return [
    pods.length === 0
      ? finding(
          'agent-not-running',
          'note',
          `no pod runs as ${oneLine(`${namespace}/${found.serviceAccount}`)}: only its access was checked`,
        )
      : [],
    first
      ? finding(
          'agent-not-ready',
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
          'not-checked',
          'note',
          `other pods of ${agent.name} run as ${summarize(others, 3, oneLine)}, which was not checked`,
        )
      : [],
  ].flat();
}

export function settingFindings(
  { agent: { name, variables } }: AgentFacts,
  { settings: { host, unknown } }: FoundAgent,
): readonly AgentFinding[] {
  return [
    host === undefined
      ? []
      : finding(
          'not-checked',
          'note',
          `${name} calls ${oneLine(host)} (environment variable ${variables?.host}); kubelets were called at the addresses of their nodes`,
        ),
    unknown.length === 0
      ? []
      : finding(
          'not-checked',
          'note',
          `the values of environment variables of ${name} are unknown: ${unknown.map(oneLine).join(', ')}`,
        ),
  ].flat();
}

export function caFinding(
  { agent: { name } }: AgentFacts,
  { path, setBy, from, used, whyUnread }: AgentCa,
): AgentFinding | [] {
  if (used === 'own') return [];
  const file = `${name} verifies kubelets with ${oneLine(path)} (${setBy})`;
  if (used === 'given')
    return finding('not-checked', 'note', `${file}, and they were verified here as options say`);
  return finding(
    'not-checked',
    'warning',
    `${file} of ${oneLine(from)}, which was not read: they were verified with the CA of the cluster here, and for ${name} their certificates may be good or bad`,
    {
      evidence: whyUnread === undefined ? [] : [oneLine(whyUnread)],
      remedy: 'copy that file, and run this again with --kubelet-certificate-authority FILE',
    },
  );
}

export function apiFinding({ agent, api, found, requests }: AgentFacts): AgentFinding | [] {
  if (!api) return [];
  if (!isFound(api))
    return finding(
      'not-checked',
      'warning',
      `whether kubectl top works is unknown: ${api.unknown}`,
    );
  const { name, exists, available, message, missing } = api.found;
  if (!exists)
    return finding(
      'agent-not-ready',
      'error',
      `kubectl top does not work: the cluster has no APIService ${name}`,
      {
        remedy: `apply the whole manifest of ${agent.name}: it has this APIService`,
        commands: ['kubectl get apiservices'],
      },
    );
  if (!available)
    return finding(
      'agent-not-ready',
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
    'agent-not-ready',
    isYoung ? 'note' : 'warning',
    `no metrics of ${counted(missing.length, 'node')} in kubectl top${isYoung ? `: ${agent.name} started ${youngest} s ago, and needs two readings` : ''}`,
    { nodeNames: missing },
  );
}

export function addressFinding(
  { agent, serving }: AgentFacts,
  { ca }: FoundAgent,
): AgentFinding | [] {
  const types = verifiedTypes(serving.map(namedKubelet));
  const { nodes, counts, onAll, unknown } = types;
  if (nodes.length === 0) return [];
  if (onAll.length === 0) {
    const counted = counts.map(({ type, verified }) => `${type} on ${verified}`);
    return finding(
      'address-types',
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
  return finding('address-types', 'note', `${describeVerified(types)}${withSetting}`);
}

/** If metrics-server is younger than this number of seconds, missing metrics are normal: it must first read every kubelet twice. */
const youngSeconds = 90;
