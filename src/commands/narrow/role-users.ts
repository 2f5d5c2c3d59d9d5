import { isFound, type Known } from '../../known.ts';
import type { Agent } from '../../kubelet/agents/agent.ts';
import {
  type RecognizedAgent,
  recognizeAgent,
  type SeenCaller,
} from '../../kubelet/agents/recognize-agent.ts';
import type { RbacSubject } from '../../objects.ts';
import { nameOf } from '../../rbac/rbac-objects.ts';
import { formatSubject } from '../../rbac/subject.ts';
import { joinWords, summarize } from '../../text/list.ts';
import type { NarrowFacts, RunningWorkload } from './facts.ts';
import { type ChosenRole, isOfApiServer } from './select-roles.ts';

/** Who uses a role: a subject that has it, or whoever it is made for. */
export interface RoleUser {
  readonly title: string;
  readonly recognized: readonly Recognized[];
  /** Why it is not recognized. */
  readonly unknown?: string;
  /** Why it is recognized by names alone. */
  readonly note?: string;
}

/** An agent, and unless the caller said so, the sign that it was recognized by. */
type Recognized = Pick<RecognizedAgent, 'agent'> & Partial<RecognizedAgent>;

export function agentsOf(users: readonly RoleUser[]): readonly Agent[] {
  return [...new Set(users.flatMap(({ recognized }) => recognized.map(({ agent }) => agent)))];
}

/** `Prometheus (image prometheus/prometheus)` */
export function formatRecognized({ recognized }: RoleUser): string {
  const all = recognized.map(({ agent, by, sign }) =>
    by === undefined ? agent.name : `${agent.name} (${by} ${sign})`,
  );
  return joinWords([...new Set(all)], 'and');
}

export function usersOf(
  { role, holders }: ChosenRole,
  { workloadsOf }: NarrowFacts,
  agent: Agent | undefined,
): readonly RoleUser[] {
  if (isOfApiServer(role)) {
    const unknown = 'it needs nodes/proxy for kubectl logs and exec';
    return [{ title: 'kube-apiserver', recognized: [], unknown }];
  }
  if (agent) return [{ title: 'what uses it', recognized: [{ agent }] }];
  const name = nameOf(role);
  if (holders.length > 0)
    return holders.map(({ subject }) => userOf(subject, workloadsOf(subject), name));
  const found = recognizeAgent({ role: name, labels: role.metadata.labels ?? {} });
  const title = 'its users';
  return found
    ? [{ title, recognized: [found] }]
    : [{ title, recognized: [], unknown: 'no binding gives it to anyone' }];
}

function userOf(
  subject: RbacSubject,
  workloads: Known<readonly RunningWorkload[]>,
  role: string,
): RoleUser {
  const { kind, name, namespace = '' } = subject;
  const title = formatSubject(subject);
  if (kind !== 'ServiceAccount')
    return { title, recognized: [], unknown: `a ${kind.toLowerCase()} may be anyone` };
  const known = { serviceAccount: { namespace, name }, role };
  const running = isFound(workloads) ? workloads.found : [];
  if (running.length === 0) {
    const found = recognizeAgent(known);
    const unread = isFound(workloads) ? undefined : `its pods cannot be read: ${workloads.unknown}`;
    if (found) return { title, recognized: [found], ...(unread !== undefined && { note: unread }) };
    const unknown = unread ?? 'nothing runs as it';
    return { title, recognized: [], unknown };
  }
  const each = running.map((workload) => ({ workload, found: recognizeIn(workload, known) }));
  const strange = each.filter(({ found }) => found.length === 0);
  const images = strange.flatMap(({ workload }) => workload.containers.map(({ image }) => image));
  return {
    title,
    recognized: each.flatMap(({ found }) => found),
    ...(strange.length > 0 && { unknown: `its pods run ${summarize([...new Set(images)], 3)}` }),
  };
}

/** The agents in a workload, which may run several: what its containers are, if none is of a chart that runs another's program. */
function recognizeIn(
  { containers, labels }: RunningWorkload,
  known: SeenCaller,
): readonly RecognizedAgent[] {
  const whole = {
    ...known,
    labels,
    images: containers.map(({ image }) => image),
    args: containers.flatMap(({ args }) => args),
  };
  const parts = containers.map(({ image, args }) => ({ images: [image], args }));
  const found = [whole, ...parts].flatMap((seen) => recognizeAgent(seen) ?? []);
  const own = found.filter(({ agent }) => !agent.generic);
  return own.length > 0 ? own : found;
}
