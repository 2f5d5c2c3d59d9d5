import type { Method } from '../endpoints.ts';

export interface Agent {
  readonly name: string;
  readonly repository: string;
  readonly identifiers: AgentIdentifiers;
  /**
   * Labels that a pod must have if it is recognized only by its service account or role. They are needed because other programs run with
   * the same images and names as the agent.
   */
  readonly confirmedBy?: Readonly<Record<string, string>>;
  /** Whether other products ship or configure this agent. If a pod matches another product too, it belongs to the other product. */
  readonly generic?: boolean;
  /**
   * Requests that the agent sends to kubelets. Empty if it sends none; undefined if unknown, as for most closed-source agents.
   * Requests for removed paths (`/spec`, `/stats/container`) are left out, because kubelets answer them with 404.
   */
  readonly calls: readonly AgentCall[] | undefined;
  /** The calls to a kubelet of this minor version, where they depend on it. */
  readonly callsOf?: (minor: number) => readonly AgentCall[];
  /**
   * Permissions on nodes/*, such as `get nodes/stats`, that the agent holds only to grant them to others. RBAC lets a subject grant only
   * permissions that it holds.
   */
  readonly grants?: readonly string[];
  readonly variables?: AgentVariables;
  readonly narrowing: Narrowing;
  /** The chart value or other setting that narrows the role: one line, without the agent's name. */
  readonly setting?: string;
  /** Files and commits in which the project declares the role and makes the calls. */
  readonly evidence: string;
}

/**
 * How to narrow the agent's role. `by value`: with a setting of the chart or operator. `by own role`: there is no setting, so that users
 * must replace the role. `calls through the API server`: the agent needs nodes/proxy until it calls kubelets directly. `grants to others`:
 * the roles that the agent grants to others must be narrowed, too. `unused`: the agent never uses its permissions. `none needed`: the agent
 * needs no permissions. `managed`: only the vendor can narrow the role.
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
  /**
   * First image version that no longer makes this call, such as `0.6.0`; a date or a chart version if image tags do not contain versions.
   * `when` contains the same as text for users.
   */
  readonly before?: string;
  /**
   * Pattern of configurations in the agent's namespace. The agent makes this call if a configuration matches. `when` describes
   * these configurations for users.
   */
  readonly configured?: RegExp;
  /** Whether only objects of the Prometheus operator may contain this configuration. */
  readonly operated?: true;
  readonly optional?: boolean;
}

/** Names of environment variables that configure the agent. If a variable is not set, the agent's configuration file decides. */
interface AgentVariables {
  readonly verifies?: string;
  readonly insecure?: string;
  /** Variable with the path of the CA file with which the agent verifies kubelets, in place of the cluster CA. */
  readonly ca?: string;
  readonly host?: string;
  readonly port?: string;
}

/**
 * Names, labels, images and other texts that identify an agent; one match is enough. Names that other programs also use (service account
 * `prometheus`, role `fluent-bit-role`) are left out, or contain a namespace.
 */
interface AgentIdentifiers {
  /** Image repositories without tag, such as `metrics-server/metrics-server`; they match at the end of longer paths. */
  readonly images: readonly string[];
  /**
   * Names of service accounts in charts: `datadog`, or with a namespace `gmp-system/collector`. `*-` at the start matches any
   * release name with a hyphen, or nothing. `-*` at the end matches any text.
   */
  readonly serviceAccounts: readonly string[];
  readonly roles: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly userAgents: readonly string[];
  /** Programs that the container's command or arguments start, if several agents share an image. */
  readonly commands?: readonly string[] | undefined;
  readonly ownVariables?: readonly string[] | undefined;
  readonly log?: AgentLog | undefined;
}

export interface AgentLog {
  readonly pattern: RegExp;
  /** Returns the path that the agent requested when it logged this text; used if the text contains no path. */
  readonly path: (text: string) => string;
  readonly subject?: string;
}

interface AgentEntry
  extends Partial<AgentIdentifiers>,
    Omit<Agent, 'identifiers' | 'calls' | 'narrowing'>,
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
      identifiers: {
        ...{ images, labels, userAgents, commands, ownVariables, log },
        serviceAccounts: [...names, ...serviceAccounts],
        roles: [...names, ...roles],
      },
    };
  });
}

function narrowingBy(calls: Agent['calls']): Narrowing {
  if (!calls) return 'unknown';
  if (calls.length === 0) return 'none needed';
  return calls.every(({ via }) => via === 'apiserver')
    ? 'calls through the API server'
    : 'by own role';
}

/**
 * Returns the names and the label by which an agent from a chart is recognized. The agent's service account and ClusterRole are named
 * `name`, such as `*-promtail`. Its pods have the name without `*-` as label.
 */
export function named(
  name: string,
  label = 'app.kubernetes.io/name',
): Pick<AgentEntry, 'names' | 'labels'> {
  return { names: [name], labels: { [label]: name.replace(/^\*-/, '') } };
}

type CallCondition = Pick<
  AgentCall,
  'when' | 'variable' | 'optional' | 'before' | 'configured' | 'operated'
>;

export function before(version: string): CallCondition {
  return { before: version, when: `versions before ${version}` };
}

export function direct(paths: readonly string[], condition?: CallCondition): readonly AgentCall[] {
  return paths.map((path) => ({ method: 'GET', path, via: 'direct', ...condition }));
}

export function proxied(paths: readonly string[], condition?: CallCondition): readonly AgentCall[] {
  return paths.map((path) => ({ method: 'GET', path, via: 'apiserver', ...condition }));
}
