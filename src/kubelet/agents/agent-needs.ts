import { groupsOf } from '../../text/groups.ts';
import { kubeletAttributes } from '../authorization.ts';
import type { Agent, AgentCall } from './agent.ts';

/** A permission that calls of an agent need. */
export interface AgentNeed {
  /** `get nodes/stats` */
  readonly permission: string;
  /** Which server authorizes it: the API server alone authorizes requests through the node proxy, whatever the kubelet's version. */
  readonly at: 'kubelet' | 'API server';
  readonly calls: readonly AgentCall[];
  /** With which options; absent if a call needs it always. */
  readonly when?: readonly string[];
  /** Every such call works without the answer. */
  readonly optional: boolean;
}

/**
 * What an agent needs at kubelets of a minor version, the least that does: of several subresources the first. Undefined if
 * its calls are unknown. `minor` is the kubelet's own version.
 */
export function agentNeeds({ calls: all }: Agent, minor: number): readonly AgentNeed[] | undefined {
  if (!all) return undefined;
  const groups = groupsOf(
    all.map((call) => ({ call, ...permissionOf(call, minor) })),
    ({ permission, at }) => `${permission} ${at}`,
  );
  return groups.map((group) => {
    const [{ permission, at }] = group;
    const calls = group.map(({ call }) => call);
    const when = calls.flatMap((call) => call.when ?? []);
    return {
      ...{ permission, at, calls, optional: calls.every((call) => call.optional === true) },
      ...(when.length === calls.length && { when: [...new Set(when)] }),
    };
  });
}

/**
 * `get nodes/stats, get nodes/pods, and with some options or versions get nodes/proxy`: the least at kubelets of these minor versions, by default
 * of the newest. Undefined if its calls are unknown.
 */
export function leastOf(
  agent: Agent,
  minors: readonly number[] = [Number.POSITIVE_INFINITY],
): string | undefined {
  if (!agent.calls) return undefined;
  const needs = minors.toSorted((a, b) => b - a).flatMap((minor) => agentNeeds(agent, minor) ?? []);
  const permissionsOf = (isConditional: boolean) =>
    needs
      .filter(({ when }) => (when !== undefined) === isConditional)
      .map(({ permission, at }) =>
        at === 'kubelet' ? permission : `${permission} at the API server`,
      );
  const always = new Set(permissionsOf(false));
  const others = new Set(permissionsOf(true)).difference(always);
  const optional = [...others].join(', ');
  return `${[...always].join(', ') || 'nothing'}${optional && `, and with some options or versions ${optional}`}`;
}

function permissionOf(
  { method, path, via }: AgentCall,
  minor: number,
): Pick<AgentNeed, 'permission' | 'at'> {
  const { verb, subresources } = kubeletAttributes(method, path, minor);
  return via === 'apiserver'
    ? { permission: `${verb} nodes/proxy`, at: 'API server' }
    : { permission: `${verb} nodes/${subresources[0]}`, at: 'kubelet' };
}
