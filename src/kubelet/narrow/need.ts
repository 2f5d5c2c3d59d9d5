import type { PolicyRule } from '../../objects.ts';
import { allows, type Permission } from '../../rbac/permission.ts';
import type { Agent, AgentCall } from '../agents/agent.ts';
import type { Evidence } from '../audit-log/evidence.ts';
import { type KubeletAttributes, kubeletAttributes, methodOf } from '../authorization.ts';
import { type NodeSubresource, nodeSubresources } from '../endpoints.ts';

/** A call that a role is for, and whose it is. */
export interface Need extends AgentCall {
  /** The name of the agent; empty if the caller said that the call is made. */
  readonly agent: string;
  /** Not called yet: the direct call that can replace a call through the API server. It only keeps existing rules. */
  readonly isLater?: true;
}

/** A path for each subresource, the least that it is asked for by: nodes/proxy by one that nothing else opens. */
const paths: Readonly<Record<NodeSubresource, string>> = {
  proxy: '/containerLogs',
  stats: '/stats/summary',
  metrics: '/metrics',
  log: '/logs/',
  healthz: '/healthz',
  pods: '/pods',
  configz: '/configz',
  statusz: '/statusz',
  checkpoint: '/checkpoint',
};

/**
 * Calls that need what an audit log has of a caller; also what it may need, which is kept. Undefined for a permission that no method
 * or path of a kubelet is asked for by, as of HEAD.
 */
export function needsSeen({ needs, unknown }: Evidence): readonly Need[] | undefined {
  const seen = [...needs, ...unknown].map(({ verb, subresource, path: via }): Need | undefined => {
    const method = methodOf(verb);
    const name = nodeSubresources.find((each) => each === subresource);
    if (method === undefined || name === undefined) return undefined;
    return { method, path: paths[name], via, agent: '' };
  });
  return seen.includes(undefined) ? undefined : seen.flatMap((need) => need ?? []);
}

/** All calls of agents. */
export function needsOfAgents(agents: readonly Agent[]): readonly Need[] {
  return agents.flatMap(({ name, calls = [], narrowing }) =>
    calls.map(({ optional = false, ...call }) => ({
      ...{ ...call, agent: name },
      // If the agent calls only so, the role exists for it.
      optional: optional && narrowing !== 'calls through the API server',
    })),
  );
}

/** The calls, and those that can take the place of requests through the API server. */
export function withLater(needs: readonly Need[]): readonly Need[] {
  const proxied = needs.filter(({ via, optional }) => via === 'apiserver' && !optional);
  const later = proxied.map(
    (need): Need => ({ ...need, via: 'direct', when: 'called directly', isLater: true }),
  );
  return [...needs, ...later];
}

/**
 * What a call is authorized by. Through the API server, it is the API server that asks, and for nodes/proxy alone; the kubelet then
 * asks about the API server.
 */
export function askedFor({ method, path, via }: AgentCall, minor: number): KubeletAttributes {
  const asked = kubeletAttributes(method, path, minor);
  return via === 'apiserver' ? { ...asked, subresources: ['proxy'] } : asked;
}

/** Whether rules allow a verb on a subresource, of these nodes or, without names, of all. */
export function allowsNodes(
  rules: readonly PolicyRule[],
  verb: string,
  subresource: string,
  nodes: readonly string[],
): boolean {
  const wanted = { verb, apiGroup: '', resource: `nodes/${subresource}` };
  const each: readonly Permission[] =
    nodes.length === 0 ? [wanted] : nodes.map((resourceName) => ({ ...wanted, resourceName }));
  return each.every((permission) => rules.some((rule) => allows(rule, permission)));
}

/** Whether rules allow a call at kubelets of a version, on these nodes or, without names, on all. */
export function opensAt(
  minor: number,
  rules: readonly PolicyRule[],
  call: AgentCall,
  nodes: readonly string[],
): boolean {
  const { verb, subresources } = askedFor(call, minor);
  return subresources.some((each) => allowsNodes(rules, verb, each, nodes));
}

/** `/pods`, `POST /stats/summary`, `/api/v1/nodes/NAME/proxy/pods`: without what the caller fills in. */
export function formatCall({ method, path, via }: AgentCall): string {
  const proxy = via === 'apiserver' ? '/api/v1/nodes/NAME/proxy' : '';
  return `${method === 'GET' ? '' : `${method} `}${proxy}${path.replace(/\{.*$/s, '')}`;
}
