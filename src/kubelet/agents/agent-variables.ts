import { foundIn, isFound } from '../../known.ts';
import type { Agent, AgentCall } from './agent.ts';
import type { RunningWorkload, Variables } from './workloads.ts';

export interface AgentSettings {
  readonly verifies: 'yes' | 'no' | 'unknown';
  /** The variable that decides `verifies`, such as `DD_KUBELET_TLS_VERIFY=false`; only its name if its value is unknown. */
  readonly because?: string;
  /** CA file in the container with which the agent verifies kubelets. Absent if the agent uses the cluster CA. */
  readonly caFile?: {
    readonly path: string;
    /** The setting that contains the path, such as `DD_KUBELET_CLIENT_CA`. */
    readonly setBy: string;
    /** The file of the container that contains the path; absent if an argument or environment variable contains it. */
    readonly namedIn?: string;
  };
  readonly host?: string;
  /** The type of the node's address, if the variable for the host refers to a field of the pod. */
  readonly addressType?: 'InternalIP' | 'Hostname';
  readonly port?: number;
  /** Variables whose values are not in the manifest, with the source of each value. */
  readonly unknown: readonly string[];
}

export function variablesOf({ containers }: Pick<RunningWorkload, 'containers'>): Variables {
  return new Map(containers.flatMap(({ variables }) => [...variables]));
}

const addressTypes: Readonly<Record<string, 'InternalIP' | 'Hostname'>> = {
  'status.hostIP': 'InternalIP',
  'spec.nodeName': 'Hostname',
};

export function settingsBy({ variables: names = {} }: Agent, variables: Variables): AgentSettings {
  const { verifies, insecure, ca, host, port } = names;
  const given = [verifies, insecure].find((name) => name !== undefined && variables.has(name));
  const caPath = literalOf(ca, variables);
  const address = addressBy(names, variables);
  const unread = [given, ca, port, ...(address.addressType ? [] : [host])].flatMap((name) => {
    const from = originOf(name, variables);
    return name === undefined || from === undefined ? [] : [`${name} (${from})`];
  });
  return {
    ...verificationBy(given, given === verifies, variables),
    ...(ca !== undefined && caPath && { caFile: { path: caPath, setBy: ca } }),
    ...address,
    unknown: unread,
  };
}

function verificationBy(
  name: string | undefined,
  verifies: boolean,
  variables: Variables,
): Pick<AgentSettings, 'verifies' | 'because'> {
  if (name === undefined) return { verifies: 'unknown' };
  const value = literalOf(name, variables);
  if (value === undefined) return { verifies: 'unknown', because: name };
  const because = `${name}=${value}`;
  const isOn = asFlag(value);
  if (isOn === undefined) return { verifies: 'unknown', because };
  return { verifies: isOn === verifies ? 'yes' : 'no', because };
}

function addressBy(
  { host, port }: NonNullable<Agent['variables']>,
  variables: Variables,
): Pick<AgentSettings, 'host' | 'addressType' | 'port'> {
  const hostValue = literalOf(host, variables);
  const addressType = addressTypes[originOf(host, variables) ?? ''];
  const portValue = Number(literalOf(port, variables));
  return {
    ...(hostValue && { host: hostValue }),
    ...(addressType && { addressType }),
    ...(portValue > 0 && { port: portValue }),
  };
}

/** Removes the condition of each call that the environment variables enable, because the agent always makes these calls. */
export function asSet(agent: Agent, variables: Variables): Agent {
  if (!agent.calls?.some((call) => isSwitchedOn(call, variables))) return agent;
  return {
    ...agent,
    calls: agent.calls.map((call) => {
      if (!isSwitchedOn(call, variables)) return call;
      const { when: _, ...always } = call;
      return always;
    }),
  };
}

function isSwitchedOn({ variable }: AgentCall, variables: Variables): boolean {
  return asFlag(literalOf(variable, variables) ?? '') === true;
}

function literalOf(name: string | undefined, variables: Variables): string | undefined {
  return foundIn(name === undefined ? undefined : variables.get(name));
}

function originOf(name: string | undefined, variables: Variables): string | undefined {
  const variable = name === undefined ? undefined : variables.get(name);
  return variable && !isFound(variable) ? variable.unknown : undefined;
}

function asFlag(text: string): boolean | undefined {
  if (/^(?:1|t|true)$/i.test(text.trim())) return true;
  return /^(?:0|f|false)$/i.test(text.trim()) ? false : undefined;
}
