import { groupsOf } from '../../text/groups.ts';
import { isFineGrained, kubeletAttributes } from '../authorization.ts';
import type { Agent, AgentCall } from './agent.ts';

export interface AgentNeed {
  /** Verb and resource, such as `get nodes/stats`. */
  readonly permission: string;
  /** The subresource of nodes in `permission`. */
  readonly subresource: string;
  /**
   * The server that checks the permission. Requests through the node proxy are checked by the API server only, whatever the version
   * of the kubelet.
   */
  readonly at: 'kubelet' | 'API server';
  readonly calls: readonly AgentCall[];
  /** Options that enable the calls; absent if one of the calls needs no option. */
  readonly when?: readonly string[];
  readonly optional: boolean;
}

/**
 * Returns the least permissions that an agent needs if kubelets have this minor version. If several subresources allow a call,
 * returns the permission on the first of them. Undefined if the calls of the agent are unknown.
 */
export function agentNeeds({ calls: all }: Agent, minor: number): readonly AgentNeed[] | undefined {
  if (!all) return undefined;
  const groups = groupsOf(
    all.map((call) => ({ call, ...permissionOf(call, minor) })),
    ({ permission, at }) => `${permission} ${at}`,
  );
  return groups.map((group) => {
    const [{ permission, subresource, at }] = group;
    const calls = group.map(({ call }) => call);
    const when = calls.flatMap((call) => call.when ?? []);
    return {
      ...{ permission, subresource, at, calls },
      optional: calls.every((call) => call.optional === true),
      ...(when.length === calls.length && { when: [...new Set(when)] }),
    };
  });
}

/**
 * Formats the least permissions that an agent needs if kubelets have these minor versions. The text is like `get nodes/stats, get
 * nodes/pods, and with some options or versions get nodes/proxy`. Undefined if the calls of the agent are unknown.
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

/** Whether the least permissions of the agent depend on the versions or feature gates of kubelets. */
export function dependsOnKubelet(
  agent: Agent,
  minors: readonly number[] = [Number.POSITIVE_INFINITY],
): boolean {
  const needs = minors.flatMap((minor) => agentNeeds(agent, minor) ?? []);
  return needs.some(({ subresource }) => isFineGrained(subresource));
}

function permissionOf(
  { method, path, via }: AgentCall,
  minor: number,
): Pick<AgentNeed, 'permission' | 'subresource' | 'at'> {
  const { verb, subresources } = kubeletAttributes(method, path, minor);
  const isRelayed = via === 'apiserver';
  const [subresource = 'proxy'] = isRelayed ? [] : subresources;
  const permission = `${verb} nodes/${subresource}`;
  return { permission, subresource, at: isRelayed ? 'API server' : 'kubelet' };
}
