import { isFound, type Known } from '../../../known.ts';
import type { ApiServer } from '../../../kube/api-server/api-server.ts';
import { type Kind, kinds } from '../../../kube/api-server/kinds.ts';
import { readNodes } from '../../../kube/api-server/nodes.ts';
import { readOrNote } from '../../../kube/read-or-note.ts';
import { agentsIn, recognizeAgent } from '../../../kubelet/agents/recognize-agent.ts';
import { templateOf } from '../../../kubelet/agents/workloads.ts';
import type { LoggedRequest } from '../../../kubelet/live-calls/request-log.ts';
import type { RbacSubject, Workload } from '../../../objects.ts';
import { formatSubject } from '../../../rbac/subject.ts';

export interface LiveCaller {
  /** `serviceaccount:NAMESPACE:NAME`, `node:NAME`, or the address. */
  readonly name: string;
  /** The service account of the pod; undefined if the address belongs to no pod. */
  readonly subject?: RbacSubject;
  /** The pod as NAMESPACE/NAME. */
  readonly pod?: string;
  readonly isNode?: true;
  readonly agents: readonly string[];
}

export interface Callers {
  readonly of: (caller: Pick<LoggedRequest, 'host' | 'userAgent'>) => LiveCaller;
  /** Lines for stderr, without `note: `. */
  readonly notes: readonly string[];
}

/** For up to this many addresses, the API server is asked for the pods of each address. For more, all pods are listed. */
const fewHosts = 20;

/** If nodes or pods cannot be read, the callers are named by their addresses. */
export async function findCallers(
  apiServer: ApiServer,
  hosts: ReadonlySet<string>,
): Promise<Callers> {
  if (hosts.size === 0) return { of: atAddress, notes: [] };
  const nodes = await readNodes(apiServer);
  const nodeAt = byAddress(isFound(nodes) ? nodes.found : [], ({ status }) =>
    (status?.addresses ?? []).map(({ address }) => address),
  );
  const others = new Set([...hosts].filter((host) => !nodeAt.has(host)));
  const pods = await readOrNote(() => listPodsAt(apiServer, others), 'list pods');
  const running = (isFound(pods) ? pods.found : []).filter(
    ({ status }) => status?.phase === 'Running',
  );
  const podAt = byAddress(running, addressesOf);
  return {
    of: (caller) => {
      const pod = podAt.get(caller.host);
      if (pod) return ofPod(pod, caller.userAgent);
      const node = nodeAt.get(caller.host);
      const known = atAddress(caller);
      return node ? { ...known, name: `node:${node.metadata.name}`, isNode: true } : known;
    },
    notes: [nodes, pods].flatMap((read: Known<unknown>) =>
      isFound(read) ? [] : `some callers are addresses alone: ${read.unknown}`,
    ),
  };
}

async function listPodsAt(
  apiServer: ApiServer,
  hosts: ReadonlySet<string>,
): Promise<readonly Workload[]> {
  if (hosts.size > fewHosts)
    return (await apiServer.list('/api/v1/pods', podsAt(hosts))).filter((pod) => pod !== elsewhere);
  const lists = await Promise.all(
    [...hosts].map((host) => {
      const selector = encodeURIComponent(`status.podIP=${host}`);
      return apiServer.list(`/api/v1/pods?fieldSelector=${selector}`, kinds.PodWorkload);
    }),
  );
  return lists.flat();
}

const elsewhere: Workload = { metadata: {} };

/** Returns PodWorkload with a parser that keeps only pods with these addresses, because a cluster may have 150,000 pods. */
function podsAt(hosts: ReadonlySet<string>): Kind<Workload> {
  const { type, ...kind } = kinds.PodWorkload;
  return {
    ...kind,
    type: type.map((pod) => (addressesOf(pod).some((ip) => hosts.has(ip)) ? pod : elsewhere)),
  };
}

function addressesOf({ status }: Workload): readonly string[] {
  return (status?.podIPs ?? []).map(({ ip }) => ip);
}

/**
 * Leaves out an address that several nodes or pods have, because it does not show which of them is the caller. A new pod may get the
 * address of an old one.
 */
function byAddress<T>(
  all: readonly T[],
  ownOf: (each: T) => readonly string[],
): ReadonlyMap<string, T> {
  const pairs = all.flatMap((each) => [...new Set(ownOf(each))].map((ip) => [ip, each] as const));
  const owners = Map.groupBy(pairs, ([ip]) => ip);
  return new Map(pairs.filter(([ip]) => owners.get(ip)?.length === 1));
}

function ofPod(pod: Workload, userAgent: string): LiveCaller {
  const { containers, labels, serviceAccount, namespace = '' } = templateOf(pod);
  const account = { namespace, name: serviceAccount };
  const subject: RbacSubject = { kind: 'ServiceAccount', ...account };
  const found = agentsIn({ containers, labels }, { serviceAccount: account });
  const agents = [...new Set(found.map(({ agent }) => agent.name))];
  return {
    name: formatSubject(subject),
    subject,
    pod: `${namespace}/${pod.metadata.name ?? ''}`,
    agents: agents.length > 0 ? agents : agentsBy(userAgent),
  };
}

function atAddress({ host, userAgent }: Pick<LoggedRequest, 'host' | 'userAgent'>): LiveCaller {
  return { name: host, agents: agentsBy(userAgent) };
}

function agentsBy(userAgent: string): readonly string[] {
  return [recognizeAgent({ userAgent })?.agent.name ?? []].flat();
}
