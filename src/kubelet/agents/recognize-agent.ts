import { isFound, type Known } from '../../known.ts';
import type { RbacSubject } from '../../objects.ts';
import { formatSubject } from '../../rbac/subject.ts';
import type { Agent } from './agent.ts';
import { asSet, variablesOf } from './agent-variables.ts';
import { asRunning, isFrom } from './agent-versions.ts';
import { agents } from './agents.ts';
import type { RunningWorkload } from './workloads.ts';

export interface SeenCaller {
  readonly serviceAccount?: { readonly namespace: string; readonly name: string };
  readonly role?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly images?: readonly string[];
  readonly args?: readonly string[];
  readonly variables?: readonly string[];
  readonly userAgent?: string;
}

/**
 * Kinds of evidence for an agent, the most reliable first. Labels belong to the running program, while roles may remain from an earlier
 * program.
 */
const kinds = [
  'label',
  'image',
  'command',
  'variable',
  'service account',
  'role',
  'user agent',
] as const;

export interface RecognizedAgent {
  readonly agent: Agent;
  readonly by: (typeof kinds)[number];
  /** The name, label or image by which the agent is recognized, such as `app.kubernetes.io/name=datadog`. */
  readonly identifier: string;
}

/**
 * Recognizes which agent a caller is. One match is enough, because `agents` contains ambiguous names only with a namespace, or not at all.
 * If several agents match, an agent that is not generic wins, then the most reliable kind of evidence, then the longest text:
 * `keda-metrics-server` is not metrics-server.
 */
export function recognizeAgent(caller: SeenCaller): RecognizedAgent | undefined {
  return agents
    .flatMap((agent) => recognitions(agent, caller))
    .sort(
      (a, b) =>
        Number(a.agent.generic ?? false) - Number(b.agent.generic ?? false) ||
        kinds.indexOf(a.by) - kinds.indexOf(b.by) ||
        b.identifier.length - a.identifier.length,
    )[0];
}

/** Recognizes the agent that runs as a subject of a binding; undefined for users and groups, because no pods run as them. */
export function agentOfSubject(
  { kind, namespace = '', name }: RbacSubject,
  role: string,
): Agent | undefined {
  if (kind !== 'ServiceAccount') return undefined;
  return recognizeAgent({ serviceAccount: { namespace, name }, role })?.agent;
}

function recognitions(agent: Agent, caller: SeenCaller): readonly RecognizedAgent[] {
  const { labels, images, serviceAccounts, roles, userAgents } = agent.identifiers;
  const { commands = [], ownVariables = [] } = agent.identifiers;
  const { serviceAccount, role, userAgent } = caller;
  const found: Readonly<Record<RecognizedAgent['by'], readonly string[]>> = {
    label: Object.entries(labels)
      .filter(([name, value]) => caller.labels?.[name] === value)
      .map((label) => label.join('=')),
    image: images.filter((each) => caller.images?.some((image) => isFrom(image, each))),
    command: commands.filter((each) => caller.args?.some((arg) => arg.split('/').at(-1) === each)),
    variable: ownVariables.filter((each) => caller.variables?.includes(each)),
    'service account': serviceAccount
      ? serviceAccounts.filter((each) => isOfServiceAccount(serviceAccount, each))
      : [],
    role: role === undefined ? [] : roles.filter((each) => isNamed(role, each)),
    'user agent': userAgents.filter((each) => userAgent?.startsWith(each)),
  };
  return kinds.flatMap((by) => found[by].map((identifier) => ({ agent, by, identifier })));
}

function isOfServiceAccount(
  { namespace, name }: { readonly namespace: string; readonly name: string },
  pattern: string,
): boolean {
  const [before, after] = pattern.split('/');
  return after === undefined ? isNamed(name, pattern) : before === namespace && after === name;
}

/**
 * Whether a name matches the pattern. `*-` at its start matches any release name and a hyphen, or nothing. `-*` at its end matches a
 * hyphen and any text, or nothing.
 */
function isNamed(name: string, pattern: string): boolean {
  const fixed = pattern.replace(/^\*-/, '').replace(/-\*$/, '');
  const start = pattern.startsWith('*-') ? Math.max(0, name.lastIndexOf(`-${fixed}`) + 1) : 0;
  const rest = name.slice(start);
  return rest === fixed || (pattern.endsWith('-*') && rest.startsWith(`${fixed}-`));
}

export function seenIn({ labels, containers }: Pick<RunningWorkload, 'labels' | 'containers'>) {
  return {
    labels,
    images: containers.map(({ image }) => image),
    args: containers.flatMap(({ args }) => args),
    variables: containers.flatMap(({ variables }) => [...variables.keys()]),
  };
}

/** Kinds of evidence that do not prove which agent runs, because another program may have the same name, or may have replaced the agent. */
const names: readonly RecognizedAgent['by'][] = ['service account', 'role'];

/** Whether the labels of a workload confirm that it runs the agent; true for agents that need no confirmation. */
export function isConfirmed(
  { agent: { confirmedBy } }: Pick<RecognizedAgent, 'agent'>,
  { labels }: Pick<RunningWorkload, 'labels'>,
): boolean {
  return Object.entries(confirmedBy ?? {}).every(([name, value]) => labels[name] === value);
}

/**
 * Returns the agents in a workload, which may run several. Leaves out generic agents if another agent is recognized by more than
 * the name of its service account or role, or if labels confirm that agent.
 */
export function agentsIn(
  { configuration, ...workload }: RunningWorkload,
  known: SeenCaller,
): readonly RecognizedAgent[] {
  const parts = workload.containers.map((each) => seenIn({ labels: {}, containers: [each] }));
  const whole = { ...known, ...seenIn(workload) };
  const found = [whole, ...parts].flatMap((seen) => recognizeAgent(seen) ?? []);
  const own = found.filter(({ agent }) => !agent.generic);
  const isSure = own.some((each) => !names.includes(each.by) || isConfirmed(each, workload));
  const set = variablesOf(workload);
  const images = workload.containers.map(({ image }) => image);
  return (isSure ? own : found).map((each) => ({
    ...each,
    agent: asRunning(asSet(each.agent, set), images, configuration),
  }));
}

/** Returns the agent that runs as a subject with a ClusterRole; undefined if there are several agents, or none is recognized. */
export type AgentOf = (subject: RbacSubject, role: string) => Agent | undefined;

/**
 * Returns a function that recognizes agents by the workloads that run as the subject. If no workload is known, it recognizes them
 * by the names of the subject and role.
 */
export function agentsBy(running: ReadonlyMap<string, Known<readonly RunningWorkload[]>>): AgentOf {
  return (subject, role) => {
    const known = running.get(formatSubject(subject));
    if (!known || !isFound(known) || known.found.length === 0) return agentOfSubject(subject, role);
    const { namespace = '', name } = subject;
    const found = known.found.map((workload) =>
      agentsIn(workload, { serviceAccount: { namespace, name }, role }),
    );
    const [agent, ...others] = new Map(
      found.flat().map((each) => [each.agent.name, each.agent]),
    ).values();
    return others.length === 0 && found.every((each) => each.length > 0) ? agent : undefined;
  };
}
