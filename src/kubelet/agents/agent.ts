import type { Method } from '../endpoints.ts';

/** A program that calls kubelets or holds permissions on them. */
export interface Agent {
  /** As its project writes it: `metrics-server`. Unique. */
  readonly name: string;
  /** `owner/name`, on GitHub. */
  readonly repository: string;
  /** How one recognizes it. Each list may be empty. */
  readonly signs: AgentSigns;
  /** A label of its pods without which a name alone decides nothing: others run the same images under that name. */
  readonly confirmedBy?: Readonly<Record<string, string>>;
  /** Others ship it, or run it with a configuration of their own: an agent with signs of its own goes first. */
  readonly generic?: boolean;
  /**
   * What it sends to kubelets as delivered; empty if nothing. Undefined if nobody knows, as of most closed sources. Paths
   * that kubelets no longer serve (`/spec`, `/stats/container`) are left out: their answer is 404.
   */
  readonly calls: readonly AgentCall[] | undefined;
  /** Permissions on nodes/* that it holds only to grant them to others: `get nodes/stats`. RBAC's escalation check asks for them. */
  readonly grants?: readonly string[];
  /** The environment variables that set how it calls kubelets. */
  readonly variables?: AgentVariables;
  /** How its role is narrowed. */
  readonly narrowing: Narrowing;
  /** The chart's value, or what else to set: one line, without the agent's name. */
  readonly setting?: string;
  /** Where its project declares the role, and the file and commit that shows its calls. */
  readonly evidence: string;
}

/**
 * `by value`: its chart or operator has a setting. `by own role`: it has none, and the role must be replaced. `calls through
 * the API server`: it needs nodes/proxy there until it calls directly. `grants to others`: together with what it grants.
 * `unused`: it holds what it never uses. `none needed`: it holds nothing. `managed`: by its vendor alone.
 */
export type Narrowing =
  | 'least already'
  | 'by value'
  | 'by own role'
  | 'calls through the API server'
  | 'grants to others'
  | 'unused'
  | 'none needed'
  | 'managed'
  | 'unknown';

export interface AgentCall {
  readonly method: Method;
  /** Path on the kubelet, also if the API server relays the request: `/stats/summary`. */
  readonly path: string;
  readonly via: 'direct' | 'apiserver';
  /** The option with which it sends this, off as delivered; absent if it sends this as delivered. */
  readonly when?: string;
  /** The environment variable that is this option: with `true` it sends this. */
  readonly variable?: string;
  /** First version without this call: of its image (`0.6.0`), or what no tag tells, a date or a chart's version. `when` says so, too. */
  readonly before?: string;
  /** Pattern of a configuration in its namespace that makes it send this. `when` says so, too. */
  readonly configured?: RegExp;
  /** Whether only objects of the operator of Prometheus may have such a configuration. */
  readonly operated?: true;
  /** It works without the answer. */
  readonly optional?: boolean;
}

/** Names of environment variables. One that is not set leaves it to the agent's configuration. */
interface AgentVariables {
  /** `true` if it verifies kubelets. */
  readonly verifies?: string;
  /** `true` if it does not. */
  readonly insecure?: string;
  /** The file of the CA that it verifies kubelets with, in place of the cluster's. */
  readonly ca?: string;
  /** In place of the address of the node. */
  readonly host?: string;
  readonly port?: string;
}

/**
 * Any one of them is enough: a name that other programs have too (service account `prometheus`, role `fluent-bit-role`)
 * is left out, or given with its namespace.
 */
interface AgentSigns {
  /** Image repositories without tag, such as `metrics-server/metrics-server`, compared by whole path segments from the right. */
  readonly images: readonly string[];
  /**
   * As charts make them: `datadog`, or with the namespace `gmp-system/collector`. `*-` at the start stands for the name of
   * a release, which is left out where it says the same, and `-*` at the end for anything.
   */
  readonly serviceAccounts: readonly string[];
  /** ClusterRoles, in the same notation. */
  readonly roles: readonly string[];
  /** Labels of its pods. */
  readonly labels: Readonly<Record<string, string>>;
  /** Prefixes. */
  readonly userAgents: readonly string[];
  /** Programs that a container's command or arguments start, where images are shared. */
  readonly commands?: readonly string[] | undefined;
  /** Names of environment variables that nothing else has. */
  readonly ownVariables?: readonly string[] | undefined;
  /** Lines of its log. */
  readonly log?: AgentLog | undefined;
}

export interface AgentLog {
  readonly pattern: RegExp;
  /** Path of its request, if the line does not tell. */
  readonly path: (text: string) => string;
  /** The usual service account. */
  readonly subject?: string;
}

/** An entry of the tables: the signs stand beside the other fields, and what is left out has a default. */
interface AgentEntry
  extends Partial<AgentSigns>,
    Omit<Agent, 'signs' | 'calls' | 'narrowing'>,
    Partial<Pick<Agent, 'narrowing'>> {
  /** Names of its service account, and of its ClusterRole as well. */
  readonly names?: readonly string[];
  /** None by default. */
  readonly calls?: readonly AgentCall[] | 'unknown';
}

export function agentsOf(entries: readonly AgentEntry[]): readonly Agent[] {
  return entries.map((entry) => {
    const { names = [], images = [], serviceAccounts = [], roles = [], ...more } = entry;
    const { labels = {}, userAgents = [], commands, ownVariables, log, ...agent } = more;
    const calls = agent.calls === 'unknown' ? undefined : (agent.calls ?? []);
    return {
      ...{ ...agent, calls, narrowing: agent.narrowing ?? narrowingBy(calls) },
      signs: {
        ...{ images, labels, userAgents, commands, ownVariables, log },
        serviceAccounts: [...names, ...serviceAccounts],
        roles: [...names, ...roles],
      },
    };
  });
}

/** As by its calls, where the chart has no value for less. */
function narrowingBy(calls: Agent['calls']): Narrowing {
  if (!calls) return 'unknown';
  if (calls.length === 0) return 'none needed';
  return calls.every(({ via }) => via === 'apiserver')
    ? 'calls through the API server'
    : 'by own role';
}

/** Signs of a chart whose service account and ClusterRole have one name, `*-promtail`, and its pods a label `promtail`. */
export function named(
  name: string,
  label = 'app.kubernetes.io/name',
): Pick<AgentEntry, 'names' | 'labels'> {
  return { names: [name], labels: { [label]: name.replace(/^\*-/, '') } };
}

type Condition = Pick<
  AgentCall,
  'when' | 'variable' | 'optional' | 'before' | 'configured' | 'operated'
>;

/** Condition of calls that only older versions of an image send. */
export function before(version: string): Condition {
  return { before: version, when: `versions before ${version}` };
}

/** GET requests straight to the kubelet. */
export function direct(paths: readonly string[], condition: Condition = {}): readonly AgentCall[] {
  return paths.map((path) => ({ method: 'GET', path, via: 'direct', ...condition }));
}

/** GET requests to `/api/v1/nodes/NAME/proxy/…`. */
export function proxied(paths: readonly string[], condition: Condition = {}): readonly AgentCall[] {
  return paths.map((path) => ({ method: 'GET', path, via: 'apiserver', ...condition }));
}
