import { UsageFailure } from '../../errors.ts';
import { type Agent, direct } from '../../kubelet/agents/agent.ts';
import {
  type AgentSettings,
  settingsBy,
  variablesOf,
} from '../../kubelet/agents/agent-variables.ts';
import { templateOf } from '../../kubelet/agents/workloads.ts';
import { probesFor } from '../../kubelet/probes.ts';
import type { RbacSubject, Workload } from '../../objects.ts';
import { type ProfileName, profileOf, rulesToAsk } from '../../rbac/profiles.ts';
import { formatSubject } from '../../rbac/subject.ts';
import { type Group, largestGroups } from '../../text/groups.ts';
import type { FoundAgent, WantedAgent } from './facts.ts';

/** Groups pods by their service account. The largest group is first. */
export function byAccount(pods: readonly Workload[]): readonly Group<Workload>[] {
  return largestGroups(pods, accountOf);
}

function accountOf(pod: Workload): string {
  const { namespace = '', serviceAccount: name } = templateOf(pod);
  return formatSubject({ kind: 'ServiceAccount', name, namespace });
}

/** @param own the pods of the agent. @param others its pods with other service accounts, by account */
export function foundAgent(
  own: Group<Workload>,
  others: readonly Group<Workload>[],
  agent: Agent,
  now: number,
): FoundAgent {
  const { namespace = '', serviceAccount } = templateOf(own[0]);
  return {
    ...{ namespace, serviceAccount },
    pods: own.map(({ metadata, spec, status }) => {
      const startedAt = Date.parse(status?.startTime ?? '');
      return {
        name: metadata.name ?? '',
        node: spec?.nodeName ?? '',
        available:
          status?.conditions?.some((each) => each.type === 'Ready' && each.status === 'True') ===
          true,
        ...(!Number.isNaN(startedAt) && {
          ageSeconds: Math.max(0, Math.round((now - startedAt) / 1000)),
        }),
      };
    }),
    others: others.map(([pod]) => accountOf(pod)),
    settings: settingsOf(agent, own),
  };
}

/** Returns the account that is called for without pods; undefined if nothing says which requests are its own. */
export function withoutPods({ account, agent }: WantedAgent): FoundAgent | undefined {
  if (!account || !agent) return undefined;
  const { namespace = '', name } = account;
  const settings = agent.callsOf ? onlyAccess : ({ verifies: 'unknown', unknown: [] } as const);
  return { namespace, serviceAccount: name, pods: [], others: [], settings };
}

/** Settings for a profile, which is access and no program that verifies kubelets. */
const onlyAccess: AgentSettings = { verifies: 'no', unknown: [] };

/** Reads settings from the environment variables of an agent, and from its arguments, which take precedence. */
function settingsOf(agent: Agent, pods: readonly Workload[]): AgentSettings {
  if (agent.callsOf) return onlyAccess;
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

export function valueOfFlag(args: readonly string[], flag: string): string | undefined {
  const joined = args.find((arg) => arg.startsWith(`${flag}=`));
  if (joined !== undefined) return joined.slice(flag.length + 1);
  const index = args.indexOf(flag);
  return index < 0 ? undefined : args[index + 1];
}

export function containersOf(pods: readonly Workload[]) {
  return pods.flatMap((pod) => templateOf(pod).containers);
}

export function imagesOf(pods: readonly Workload[]): readonly string[] {
  return containersOf(pods).map(({ image }) => image);
}

export function argsOf(pods: readonly Workload[]): readonly string[] {
  return containersOf(pods).flatMap(({ args }) => args);
}

/** Returns the service account as an agent whose calls are the requests that a profile is for. */
export function profileAgent(account: RbacSubject, profile: ProfileName): Agent {
  const rules = rulesToAsk(profileOf(profile));
  const callsOf = (minor: number) => direct(probesFor(rules, minor).map(({ path }) => path));
  const calls = callsOf(Number.POSITIVE_INFINITY);
  if (calls.length === 0)
    throw new UsageFailure(
      `check cannot be used with --profile ${profile}: no read-only request can show it`,
    );
  return {
    ...{ name: formatSubject(account), repository: '', evidence: '', narrowing: 'unknown' },
    identifiers: { images: [], serviceAccounts: [], roles: [], labels: {}, userAgents: [] },
    ...{ calls, callsOf },
  };
}
