import type { PolicyRule } from '../../objects.ts';
import { allows, type Permission } from '../../rbac/permission.ts';
import type { Agent, AgentCall } from '../agents/agent.ts';
import type { Evidence } from '../audit-log/evidence.ts';
import { type KubeletAttributes, kubeletAttributes, methodOf } from '../authorization.ts';
import { type NodeSubresource, nodeSubresources } from '../endpoints.ts';

export interface Need extends AgentCall {
  /** Name of the agent; empty for calls from --calls or evidence. */
  readonly agent: string;
  /** Set for a direct call that the agent may make later in place of a call through the API server. It only keeps existing rules. */
  readonly isLater?: true;
}

/** A path that each subresource allows; for nodes/proxy, a path that no other subresource allows. */
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
 * Returns calls that need the permissions that a caller used, or may have used, according to evidence. Undefined if no call needs one
 * of the permissions, as for HEAD requests.
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

export function needsOfAgents(agents: readonly Agent[]): readonly Need[] {
  return agents.flatMap(({ name, calls = [], narrowing }) =>
    calls.map(({ optional = false, ...call }) => ({
      ...{ ...call, agent: name },
      // If an agent makes all its calls through the API server, its role exists for them: none of them is optional.
      optional: optional && narrowing !== 'calls through the API server',
    })),
  );
}

/** Adds the direct calls that can replace calls through the API server. */
export function withLater(needs: readonly Need[]): readonly Need[] {
  const proxied = needs.filter(({ via, optional }) => via === 'apiserver' && !optional);
  const later = proxied.map(
    (need): Need => ({ ...need, via: 'direct', when: 'called directly', isLater: true }),
  );
  return [...needs, ...later];
}

/**
 * Returns the permissions that authorize a call. If the call goes through the API server, the API server checks only nodes/proxy of the
 * caller, and the kubelet checks the API server's own permissions.
 */
export function askedFor({ method, path, via }: AgentCall, minor: number): KubeletAttributes {
  const asked = kubeletAttributes(method, path, minor);
  return via === 'apiserver' ? { ...asked, subresources: ['proxy'] } : asked;
}

/** Whether rules allow a verb on a subresource of these nodes, or of all nodes if `nodes` is empty. */
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

/** Whether rules allow a call to kubelets of a version on these nodes, or on all nodes if `nodes` is empty. */
export function opensAt(
  minor: number,
  rules: readonly PolicyRule[],
  call: AgentCall,
  nodes: readonly string[],
): boolean {
  const { verb, subresources } = askedFor(call, minor);
  return subresources.some((each) => allowsNodes(rules, verb, each, nodes));
}

/** Formats a call up to its first placeholder, such as `/pods`, `POST /stats/summary` or `/api/v1/nodes/NAME/proxy/pods`. */
export function formatCall({ method, path, via }: AgentCall): string {
  const proxy = via === 'apiserver' ? '/api/v1/nodes/NAME/proxy' : '';
  return `${method === 'GET' ? '' : `${method} `}${proxy}${path.replace(/\{.*$/s, '')}`;
}
