import { foundIn, isFound, type Known } from '../../known.ts';
import type { Agent } from '../../kubelet/agents/agent.ts';
import { baseNameOf, isImageOf } from '../../kubelet/agents/agent-versions.ts';
import {
  agentsIn,
  isConfirmed,
  type RecognizedAgent,
  recognizeAgent,
} from '../../kubelet/agents/recognize-agent.ts';
import type { RunningWorkload } from '../../kubelet/agents/workloads.ts';
import type { Evidence } from '../../kubelet/audit-log/evidence.ts';
import { isOfApiServer } from '../../kubelet/narrow/holders.ts';
import { type Need, needsSeen } from '../../kubelet/narrow/need.ts';
import type { RbacSubject } from '../../objects.ts';
import { nameOf } from '../../rbac/rbac-objects.ts';
import { formatSubject } from '../../rbac/subject.ts';
import { groupsOf } from '../../text/groups.ts';
import { joinWords, summarize } from '../../text/list.ts';
import type { NarrowFacts } from './facts.ts';
import type { ChosenRole } from './select-roles.ts';

/** A subject that has the role, or the agent that the role is intended for. */
export interface RoleUser {
  readonly title: string;
  /** Roles that aggregate the rules of this role; absent if a binding gives this role to the subject directly. */
  readonly through?: readonly string[];
  readonly recognized: readonly Recognized[];
  /** Why some or all programs of the subject are unknown. */
  readonly unknown?: string;
  readonly note?: string;
  /** Images of unknown containers beside the agent. */
  readonly beside?: string;
  readonly seen?: readonly Need[];
}

/** An agent and the name, label or image by which it was recognized. `by` and `identifier` are absent if --agent names the agent. */
type Recognized = Pick<RecognizedAgent, 'agent'> & Partial<RecognizedAgent>;

/** Returns each agent once, with the calls of all its workloads, because workloads can have different environment variables. */
export function agentsOfUsers(users: readonly RoleUser[]): readonly Agent[] {
  const found = new Set(users.flatMap(({ recognized }) => recognized.map(({ agent }) => agent)));
  return groupsOf(found, ({ name }) => name).map(([first, ...others]) => {
    if (others.length === 0) return first;
    return { ...first, calls: [first, ...others].flatMap(({ calls = [] }) => calls) };
  });
}

export function titleOfUser({ title, through = [] }: RoleUser): string {
  return [title, ...through.map((role) => `through ClusterRole ${role}`)].join(', ');
}

/**
 * Formats each agent once, with the first name, label or image by which it was recognized, such as `Prometheus (image
 * prometheus/prometheus)`.
 */
export function formatRecognized({ recognized }: RoleUser): string {
  const all = groupsOf(recognized, ({ agent }) => agent.name).map(([{ agent, by, identifier }]) =>
    by === undefined ? agent.name : `${agent.name} (${by} ${identifier})`,
  );
  return joinWords(all, 'and');
}

export function usersOf(
  { role, holders, unseen }: ChosenRole,
  { workloadsOf }: NarrowFacts,
  agent: Agent | undefined,
): readonly RoleUser[] {
  if (isOfApiServer(role)) {
    const unknown = 'it needs nodes/proxy for kubectl logs and exec';
    return [{ title: 'kube-apiserver', recognized: [], unknown }];
  }
  if (agent) return [{ title: 'what uses it', recognized: [{ agent }] }];
  const name = nameOf(role);
  const others = unseen.map((label) => ({
    title: `all who have a role that takes over its rules by label ${label}`,
    ...{ recognized: [], unknown: 'no such role is in the files' },
  }));
  if (holders.length > 0 || others.length > 0)
    return [
      ...holders.map(({ subject, through }) => ({
        ...userOf(subject, workloadsOf(subject), name),
        ...(through.length > 0 && { through }),
      })),
      ...others,
    ];
  const found = recognizeAgent({ role: name, labels: role.metadata.labels ?? {} });
  const title = 'its users';
  return found
    ? [{ title, recognized: [found] }]
    : [{ title, recognized: [], unknown: 'no binding gives it to anyone' }];
}

export function withEvidence(
  users: readonly RoleUser[],
  evidence: readonly Evidence[],
): readonly RoleUser[] {
  return users.map((user) => {
    const found = evidence.find(({ subject }) => formatSubject(subject) === user.title);
    const unknown = (why: string) => ({
      ...user,
      unknown: [user.unknown, why].filter(Boolean).join(', and '),
    });
    const isKnown = user.unknown === undefined && agentsOfUsers([user]).every(({ calls }) => calls);
    if (!found) {
      if (isKnown) return user;
      return unknown('the audit log has nothing of it');
    }
    const seen = needsSeen(found);
    if (!seen) return unknown('it sends HEAD or OPTIONS, which only a rule with all verbs allows');
    const { unknown: _, ...rest } = user;
    return { ...rest, seen };
  });
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
  const running = foundIn(workloads) ?? [];
  if (running.length === 0) {
    const found = recognizeAgent(known);
    const unread = isFound(workloads) ? undefined : `its pods cannot be read: ${workloads.unknown}`;
    if (found) return { title, recognized: [found], ...(unread !== undefined && { note: unread }) };
    const unknown = unread ?? 'nothing runs as it';
    return { title, recognized: [], unknown };
  }
  const each = running.map((workload) => ({ workload, found: agentsIn(workload, known) }));
  const strange = each.filter((one) => one.found.length === 0 || isMisnamed(one));
  const beside = each.flatMap((one) => (strange.includes(one) ? [] : strangersIn(one)));
  return {
    title,
    recognized: each.flatMap(({ found }) => found),
    ...(strange.length > 0 && {
      unknown: `its pods run ${imagesOf(strange.flatMap(({ workload }) => workload.containers))}`,
    }),
    ...(beside.length > 0 && {
      beside: `its pods also run ${imagesOf(beside)}: if one of these calls kubelets, name its calls with --calls`,
    }),
  };
}

interface Seen {
  readonly workload: RunningWorkload;
  readonly found: readonly RecognizedAgent[];
}

/** Whether a workload has a service account or role with the name of an agent, but runs another program. */
function isMisnamed({ workload, found }: Seen): boolean {
  return found.every(({ agent, by, identifier }) => {
    const { images } = agent.identifiers;
    const isOther = !workload.containers.some(({ image }) => isImageOf(image, agent));
    if (by !== 'service account' && by !== 'role') return false;
    if (images.length > 0) return isOther;
    // No image of this agent is known, and a name with `*` may belong to any Helm release.
    const mayDiffer = identifier.includes('*') || agent.confirmedBy !== undefined;
    return mayDiffer && !isConfirmedOrKnown(agent, workload);
  });
}

/**
 * Whether the workload may be this agent. If the agent has `confirmedBy`, the labels of the workload must match it. Otherwise, the workload
 * must run the image of any known agent, because some agents run the image of another agent.
 */
function isConfirmedOrKnown(agent: Agent, workload: RunningWorkload): boolean {
  return agent.confirmedBy
    ? isConfirmed({ agent }, workload)
    : workload.containers.some(({ image }) => recognizeAgent({ images: [image] }) !== undefined);
}

/** Image names, without registry and owner, of sidecars that do not call kubelets. */
const harmless = [
  ...['kube-rbac-proxy', 'prometheus-config-reloader', 'configmap-reload', 'k8s-sidecar'],
  ...['addon-resizer', 'proxyv2', 'busybox'],
];

function strangersIn({ workload: { containers }, found }: Seen): RunningWorkload['containers'] {
  const isKnown = ({ image }: { readonly image: string }) =>
    found.some(({ agent }) => isImageOf(image, agent)) ||
    recognizeAgent({ images: [image] }) !== undefined;
  return containers.some(isKnown)
    ? containers.filter((each) => !isKnown(each) && !harmless.includes(baseNameOf(each.image)))
    : [];
}

function imagesOf(containers: RunningWorkload['containers']): string {
  return summarize([...new Set(containers.map(({ image }) => image))], 3);
}
