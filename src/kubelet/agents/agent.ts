import type { Method } from '../endpoints.ts';

export interface Agent {
  readonly name: string;
  readonly repository: string;
  readonly signs: AgentSigns;
  /** Pod labels that must confirm a name, because other programs run the same images under that name. */
  readonly confirmedBy?: Readonly<Record<string, string>>;
  /** Whether other products ship or configure this agent. If signs of such a product match, too, the product is the agent. */
  readonly generic?: boolean;
  /**
   * Requests that the agent sends to kubelets; empty if it sends none, undefined if unknown, as for most closed sources. Paths that
   * kubelets no longer serve (`/spec`, `/stats/container`) are left out: their answer is 404.
   */
  readonly calls: readonly AgentCall[] | undefined;
  /** Permissions on nodes/* that the agent has only to grant them to others, as RBAC requires; such as `get nodes/stats`. */
  readonly grants?: readonly string[];
  readonly variables?: AgentVariables;
  readonly narrowing: Narrowing;
  /** The chart value or other setting that narrows the role: one line, without the agent's name. */
  readonly setting?: string;
  /** Files and commits in which the project declares the role and makes the calls. */
  readonly evidence: string;
}

/**
 * `by value`: by a setting of the chart or operator. `by own role`: there is no setting, and the role must be replaced. `calls through
 * the API server`: the agent needs nodes/proxy until it calls kubelets directly. `grants to others`: only together with the roles
 * that it grants. `unused`: the agent never uses its permissions. `none needed`: it needs none. `managed`: only by its vendor.
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
  /** Path on the kubelet, such as `/stats/summary`, also for requests through the API server. */
  readonly path: string;
  readonly via: 'direct' | 'apiserver';
  /** Option that enables the call and is off by default; absent if the agent makes the call by default. */
  readonly when?: string;
  /** Environment variable that enables the call if it is `true`. */
  readonly variable?: string;
  /** First version of the image without this call (`0.6.0`). If no image tag shows it, a date or a chart version. `when` states it, too. */
  readonly before?: string;
  /** Pattern of a configuration in the agent's namespace that causes the call. `when` describes it. */
  readonly configured?: RegExp;
  /** Whether only objects of the Prometheus operator may contain this configuration. */
  readonly operated?: true;
  /** Whether the agent works without the answer. */
  readonly optional?: boolean;
}

/** Names of environment variables. If a variable is not set, the agent's configuration decides. */
interface AgentVariables {
  /** Variable that is `true` if the agent verifies certificates of kubelets. */
  readonly verifies?: string;
  /** Variable that is `true` if the agent does not verify them. */
  readonly insecure?: string;
  /** Variable with the path of the CA file that replaces the cluster's CA for kubelets. */
  readonly ca?: string;
  /** Variable with the host that replaces the address of the node. */
  readonly host?: string;
  readonly port?: string;
}

/**
 * Signs of an agent; one of them is enough. A name that other programs have too (service account `prometheus`, role `fluent-bit-role`)
 * is left out, or given with its namespace.
 */
interface AgentSigns {
  /** Image repositories without tag, such as `metrics-server/metrics-server`; they match at the end of longer paths. */
  readonly images: readonly string[];
  /**
   * Service accounts as charts name them: `datadog`, or with the namespace `gmp-system/collector`. `*-` at the start matches the name
   * of a release, which charts leave out if it repeats the rest; `-*` at the end matches any text.
   */
  readonly serviceAccounts: readonly string[];
  readonly roles: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly userAgents: readonly string[];
  /** Programs that the container's command or arguments start, if several agents share an image. */
  readonly commands?: readonly string[] | undefined;
  /** Names of environment variables that no other program has. */
  readonly ownVariables?: readonly string[] | undefined;
  readonly log?: AgentLog | undefined;
}

export interface AgentLog {
  readonly pattern: RegExp;
  /** Returns the path that the agent requested when it logged this text; used if the text contains no path. */
  readonly path: (text: string) => string;
  readonly subject?: string;
}

/** An entry of the tables. The signs are fields of the entry itself. */
interface AgentEntry
  extends Partial<AgentSigns>,
    Omit<Agent, 'signs' | 'calls' | 'narrowing'>,
    Partial<Pick<Agent, 'narrowing'>> {
  /** Names that the agent's service account and ClusterRole share. */
  readonly names?: readonly string[];
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

/** Returns the way to narrow a role by the agent's calls, for charts without a setting. */
function narrowingBy(calls: Agent['calls']): Narrowing {
  if (!calls) return 'unknown';
  if (calls.length === 0) return 'none needed';
  return calls.every(({ via }) => via === 'apiserver')
    ? 'calls through the API server'
    : 'by own role';
}

/**
 * Returns the signs of a chart whose service account and ClusterRole have this name (`*-promtail`) and whose pods have its last
 * part (`promtail`) as label.
 */
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

/** Returns the condition of calls that only versions before `version` send. */
export function before(version: string): Condition {
  return { before: version, when: `versions before ${version}` };
}

export function direct(paths: readonly string[], condition: Condition = {}): readonly AgentCall[] {
  return paths.map((path) => ({ method: 'GET', path, via: 'direct', ...condition }));
}

/** Returns GET requests to `/api/v1/nodes/NAME/proxy/…`. */
export function proxied(paths: readonly string[], condition: Condition = {}): readonly AgentCall[] {
  return paths.map((path) => ({ method: 'GET', path, via: 'apiserver', ...condition }));
}
