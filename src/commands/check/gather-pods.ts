import { Failure, UsageFailure } from '../../errors.ts';
import { isFound } from '../../known.ts';
import { absentAccount } from '../../kube/api-server/absent-names.ts';
import { listPodsOf } from '../../kube/api-server/account-pods.ts';
import type { ApiServer } from '../../kube/api-server/api-server.ts';
import { kinds } from '../../kube/api-server/kinds.ts';
import { listClusterRbac } from '../../kube/api-server/rbac-lists.ts';
import { readOrNote } from '../../kube/read-or-note.ts';
import type { Agent } from '../../kubelet/agents/agent.ts';
import {
  agentsBy,
  type RecognizedAgent,
  recognizeAgent,
  seenIn,
} from '../../kubelet/agents/recognize-agent.ts';
import { runningOf, templateOf } from '../../kubelet/agents/workloads.ts';
import { oneLine } from '../../kubelet/authorization-result.ts';
import { whoReaches } from '../../kubelet/reach.ts';
import type { RbacSubject, Workload } from '../../objects.ts';
import { formatSubject, sameSubject } from '../../rbac/subject.ts';
import { command } from '../../text/command.ts';
import { largestGroups } from '../../text/groups.ts';
import { summarize } from '../../text/list.ts';
import type { WantedAgent } from './facts.ts';
import { imagesOf } from './found-agent.ts';

export interface FoundPods {
  readonly agent: Agent;
  readonly pods: readonly Workload[];
  readonly lookedFor: readonly string[];
  /** Says that the given service account does not exist. */
  readonly absent: readonly string[];
}

export async function findPods(apiServer: ApiServer, wanted: WantedAgent): Promise<FoundPods> {
  if (!wanted.account) return findPodsOf(apiServer, wanted.agent);
  const { account } = wanted;
  const pods = await listPodsOf(apiServer, account);
  const absent = pods.length === 0 ? await absentAccount(apiServer, account) : [];
  const lookedFor = [`service account ${account.namespace}/${account.name}`];
  const agent =
    wanted.agent ?? agentAs(account, pods) ?? (await agentByRoles(apiServer, account, pods));
  if (!agent) throw unknownAgent(account, pods, absent);
  return { agent, pods, lookedFor, absent };
}

/** Returns the agent that most pods of a service account run. If no pod shows an agent, the name of the account decides. */
function agentAs(account: RbacSubject, pods: readonly Workload[]): Agent | undefined {
  const { namespace = '', name } = account;
  const agents = pods.flatMap((pod) => recognizeIn(pod)?.agent ?? []);
  const [most] = largestGroups(agents, (each) => each);
  return most?.[0] ?? recognizeAgent({ serviceAccount: { namespace, name } })?.agent;
}

async function agentByRoles(
  apiServer: ApiServer,
  account: RbacSubject,
  pods: readonly Workload[],
): Promise<Agent | undefined> {
  const rbac = await readOrNote(() => listClusterRbac(apiServer));
  if (!isFound(rbac)) return undefined;
  const running = runningOf(pods.map(templateOf), account);
  const agentOf = agentsBy(new Map([[formatSubject(account), { found: running }]]));
  const own = whoReaches(rbac.found.roles, rbac.found.bindings).filter(({ subject }) =>
    sameSubject(subject, account),
  );
  return own.flatMap(({ by }) => by.flatMap(({ role }) => agentOf(account, role) ?? []))[0];
}

function unknownAgent(
  account: RbacSubject,
  pods: readonly Workload[],
  absent: readonly string[],
): UsageFailure {
  const subject = formatSubject(account);
  return new UsageFailure(`${subject} is the service account of no known agent`, {
    details: [
      pods.length > 0
        ? `its pods run ${summarize([...new Set(imagesOf(pods))], 3, oneLine)}`
        : 'no pod runs as it, and no known agent has its name or its role',
      ...absent,
    ],
    hints: [
      command`say what it runs: kubectl kubeletaccess check ${subject} --agent prometheus`,
      command`or which requests it sends: kubectl kubeletaccess check ${subject} --profile metrics`,
      command`what it has: kubectl kubeletaccess who-can --subject ${subject}`,
    ],
  });
}

/** Lists only pods with the labels or service accounts of the agent, because a cluster may have 150,000 pods. */
async function findPodsOf(apiServer: ApiServer, agent: Agent): Promise<FoundPods> {
  const { labels, serviceAccounts } = agent.identifiers;
  const lookedFor: string[] = [];
  const byLabel = Object.entries(labels).map(([name, value]) => {
    lookedFor.push(`-l ${name}=${value}`);
    return `/api/v1/pods?labelSelector=${encodeURIComponent(`${name}=${value}`)}`;
  });
  const byAccount = serviceAccounts
    .filter((identifier) => !identifier.includes('*'))
    .map((identifier) => {
      const [name = '', namespace] = identifier.split('/').reverse();
      lookedFor.push(`service account ${identifier}`);
      const within = namespace === undefined ? '' : `/namespaces/${namespace}`;
      return `/api/v1${within}/pods?fieldSelector=${encodeURIComponent(`spec.serviceAccountName=${name}`)}`;
    });
  if (lookedFor.length === 0)
    throw new Failure(
      `pods of ${agent.name} cannot be found: it has no labels or names of its own`,
      {
        hints: [
          'name its service account: kubectl kubeletaccess check serviceaccount:NAMESPACE:NAME',
        ],
      },
    );
  const lists = await Promise.all(
    [...byLabel, ...byAccount].map((path) => apiServer.listNoted(path, kinds.PodWorkload)),
  );
  const byName = new Map(
    lists
      .flatMap(({ items }) => items)
      .map((pod) => [`${pod.metadata.namespace}/${pod.metadata.name}`, pod]),
  );
  const own = [...byName.values()].filter((pod) => recognizeIn(pod)?.agent.name === agent.name);
  return { agent, pods: own, lookedFor, absent: [] };
}

function recognizeIn(pod: Workload): RecognizedAgent | undefined {
  const template = templateOf(pod);
  const { namespace = '', serviceAccount } = template;
  return recognizeAgent({
    serviceAccount: { namespace, name: serviceAccount },
    ...seenIn(template),
  });
}
