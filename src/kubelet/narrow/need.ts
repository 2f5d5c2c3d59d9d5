import type { PolicyRule } from '../../objects.ts';
import { allows, type Permission } from '../../rbac/permission.ts';
import type { Agent, AgentCall } from '../agents/agent.ts';
import type { Evidence } from '../audit-log/evidence.ts';
import { type KubeletAttributes, kubeletAttributes, methodOf } from '../authorization.ts';
import { type NodeSubresource, nodeSubresources } from '../endpoints.ts';

export interface Need extends AgentCall {
  /** Name of the agent. Empty for calls from --calls or from an audit log. */
  readonly agent: string;
  /**
   * True for a direct call that may later replace a call through the API server. Rules that allow it are kept, but none are added
   * for it.
   */
  readonly isLater?: true;
}

/** For each subresource, a path that it allows. For nodes/proxy, a path that no other subresource allows. */
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
 * Returns calls that need the permissions that a caller used, or may have used, according to evidence. Undefined if at least one of these
 * permissions belongs to no known call, for example because the request was HEAD.
 */
export function needsSeen({ needs, unknown }: Evidence): readonly Need[] | undefined {
  const seen = [...needs, ...unknown].map(({ verb, subresource, via }): Need | undefined => {
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
      // If the agent makes all calls through the API server, none is optional, because its role exists for these calls.
      optional: optional && narrowing !== 'calls through the API server',
    })),
  );
}

/** Adds, for each call through the API server, the direct call that can replace it. */
export function withLater(needs: readonly Need[]): readonly Need[] {
  const proxied = needs.filter(({ via, optional }) => via === 'apiserver' && !optional);
  const later = proxied.map(
    (need): Need => ({ ...need, via: 'direct', when: 'called directly', isLater: true }),
  );
  return [...needs, ...later];
}

/**
 * Returns the permissions that authorize a call. For a call through the API server, the caller needs only nodes/proxy at the API
 * server. The kubelet then checks the permissions of kube-apiserver.
 */
export function askedFor({ method, path, via }: AgentCall, minor: number): KubeletAttributes {
  const asked = kubeletAttributes(method, path, minor);
  return via === 'apiserver' ? { ...asked, subresources: ['proxy'] } : asked;
}

/** Whether rules allow a verb on a subresource of all these nodes. If `nodes` is empty, of all nodes in the cluster. */
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

/** Whether rules allow a call to kubelets of a version on all these nodes. If `nodes` is empty, on all nodes in the cluster. */
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
