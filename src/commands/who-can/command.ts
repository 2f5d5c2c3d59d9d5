import { Option } from 'clipanion';
import { ClusterCommand } from '../../cli/cluster-command.ts';
import { describe } from '../../cli/command-definition.ts';
import { openConnection, openServer } from '../../cli/connection.ts';
import { completing } from '../../cli/option.ts';
import { parseOneOf, parseSubjectOption } from '../../cli/parse-options.ts';
import { exitCodes } from '../../errors.ts';
import { foundIn } from '../../known.ts';
import { absenceOf } from '../../kube/api-server/absent-names.ts';
import { readRunning } from '../../kube/api-server/account-pods.ts';
import type { ApiServer } from '../../kube/api-server/api-server.ts';
import { readNodes } from '../../kube/api-server/nodes.ts';
import {
  findRoleBindings,
  listNamespacedRbac,
  readClusterRbac,
} from '../../kube/api-server/rbac-lists.ts';
import { orMissingPermission } from '../../kube/api-server/write-denial.ts';
import type { Agent } from '../../kubelet/agents/agent.ts';
import { agentOfSubject, agentsBy } from '../../kubelet/agents/recognize-agent.ts';
import { isFineGrained, minorOfNode } from '../../kubelet/authorization.ts';
import { fineGrainedSince } from '../../kubelet/endpoints.ts';
import { checksAs } from '../../kubelet/finer-permissions.ts';
import { whoReachesIndirectly } from '../../kubelet/indirect-reach.ts';
import { narrowableBy } from '../../kubelet/narrow/narrowable.ts';
import { type Reach, whoReaches } from '../../kubelet/reach.ts';
import type { RbacSubject } from '../../objects.ts';
import { nearMisses } from '../../rbac/near-miss.ts';
import type { RbacObjects } from '../../rbac/rbac-objects.ts';
import { formatSubject, includesSubject, reviewedUser } from '../../rbac/subject.ts';
import { command, options } from '../../text/command.ts';
import { escapeControlLine } from '../../text/escape.ts';
import { summarize } from '../../text/list.ts';
import { printerOf, subjectOption, tableOptions } from '../shared/rows/table-options.ts';
import { indirectView } from './indirect-rows.ts';
import {
  type Action,
  actions,
  type KubeletOfNode,
  kubeletNotes,
  listSubjects,
  requestsOf,
  whoCanView,
} from './rows.ts';

const words = [...(Object.keys(actions) as Action[]), 'indirect'] as const;

export class WhoCanCommand extends ClusterCommand {
  static override paths = [['who-can']];
  static override readonly uses = [] as const;
  static override usage = describe({
    details:
      'List who can reach kubelets and through which binding, strongest access first.\n\nWith an argument, list only who can run commands (exec), or read logs, metrics, stats, or pods and configuration (read). Group system:masters, which bypasses RBAC, is not listed. Nothing is sent to kubelets.\n\n`indirect` lists who can gain such access: who may escalate or bind roles, impersonate, request tokens of service accounts, read Secrets, approve client certificates, or run commands in pods.',
    examples: [
      ['Who can run commands through kubelets?', 'kubectl kubeletaccess who-can exec'],
      [
        'What can an agent do?',
        'kubectl kubeletaccess who-can --subject serviceaccount:monitoring:prometheus -o wide',
      ],
      ['Who can gain access to kubelets indirectly?', 'kubectl kubeletaccess who-can indirect'],
    ],
  });

  action = completing(words, Option.String({ required: false, name: words.join('|') }));
  subject = subjectOption();
  table = tableOptions();

  override async execute(): Promise<number> {
    const action =
      this.action === undefined
        ? undefined
        : parseOneOf('ACTION', this.action, words, [
            'exec: run commands; logs, metrics, stats: read these; read: pods and configuration; indirect: gain access by roles, tokens or certificates',
          ]);
    const subject = this.subject === '' ? undefined : parseSubjectOption(this.subject);
    const rest = action === 'indirect' ? this.listIndirect(subject) : this.list(action, subject);
    for (const note of await rest) this.context.stderr.write(`note: ${escapeControlLine(note)}\n`);
    return exitCodes.ok;
  }

  private async list(action: Action | undefined, subject: RbacSubject | undefined) {
    const print = printerOf(whoCanView, this.table, this);
    const connection = await openConnection(this);
    using apiServer = openServer(this, connection);
    const { roles, bindings, unread } = await readClusterRbac(apiServer);
    const all = whoReaches(roles, bindings);
    const { agentOf, kubelets } = await readAgents(apiServer, all);
    const minors = kubelets && [...new Set(kubelets.map(({ minor }) => minor))];
    const checked = minors?.flatMap((minor) => [checksAs(minor, true), checksAs(minor, false)]);
    const reach = whoReaches(roles, bindings, checked);
    const rows = listSubjects(reach, {
      ...{ action, subject, agentOf, minors },
      narrowableOf: narrowableBy(roles, bindings, agentOf, minors),
    });
    await print(rows, connection.server);
    if (rows.length === 0) this.context.stderr.write(none);
    const isNone = rows.length === 0 && unread.length === 0;
    const absent = isNone && subject ? await absenceOf(apiServer, subject, bindings) : [];
    const cluster = { clusterRoles: roles, clusterRoleBindings: bindings };
    const near = isNone && subject ? await nearActions(action, subject, cluster, apiServer) : [];
    const isTable = this.table.output === 'table';
    const isTold = rows.filter(({ narrowable }) => !isTable || narrowable.verdict === 'yes');
    const notes = [...absent, ...near, ...kubeletNotes(isTold, kubelets), ...leftOut(all, reach)];
    const only = options(this.subject ? ['--subject', this.subject] : []);
    const indirect = command`kubectl kubeletaccess who-can indirect ${only}`;
    return [
      ...notes,
      `not listed: who can gain access by roles, impersonation, tokens, Secrets, certificates or pods: ${indirect}`,
      masters,
    ];
  }

  private async listIndirect(subject: RbacSubject | undefined) {
    const print = printerOf(indirectView, this.table, this);
    const connection = await openConnection(this);
    using apiServer = openServer(this, connection);
    const [cluster, namespaced] = await Promise.all([
      readClusterRbac(apiServer),
      orMissingPermission(listNamespacedRbac(apiServer)),
    ]);
    const { roles: clusterRoles, bindings: clusterRoleBindings } = cluster;
    const objects = { clusterRoles, clusterRoleBindings, ...namespaced };
    const found = whoReachesIndirectly(objects, whoReaches(clusterRoles, clusterRoleBindings));
    const nameOf = ({ subject }: (typeof found)[number]) => formatSubject(subject);
    const rows = found
      .filter((each) => subject === undefined || includesSubject(each.subject, subject))
      .sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : nameOf(a) > nameOf(b) ? 1 : 0));
    await print(rows, connection.server);
    if (rows.length === 0) this.context.stderr.write(none);
    const bindings = [...clusterRoleBindings, ...namespaced.roleBindings];
    const unread = [...cluster.unread, ...namespaced.unread];
    const isNone = rows.length === 0 && unread.length === 0;
    const absent =
      isNone && subject ? await absenceOf(apiServer, subject, bindings, 'binding') : [];
    return [
      ...absent,
      'not listed: who can create pods in the namespace of a service account, and so use that account',
      masters,
    ];
  }
}

/** Returns why roles of a user or service account come near to the action, and do not allow it. */
async function nearActions(
  action: Action | undefined,
  subject: RbacSubject,
  cluster: Omit<RbacObjects, 'roleBindings'>,
  apiServer: ApiServer,
): Promise<readonly string[]> {
  const { user } = reviewedUser(subject);
  if (user === undefined) return [];
  const rbac = { ...cluster, roleBindings: await findRoleBindings(apiServer) };
  const near = requestsOf(action).flatMap((request) =>
    nearMisses({ user, ...request, nodes: [] }, rbac),
  );
  const byObject = new Map(near.toReversed().map(({ object, why }) => [object, why]));
  const next = command`kubectl auth can-i create pods/exec -n NAMESPACE --as ${user}`;
  return [
    ...[...byObject].map(([object, why]) => `${object}: ${why}`),
    ...(action === 'exec'
      ? [`kubectl exec needs create on pods/exec in the namespace of the pod: ${next}`]
      : []),
  ];
}

const none = 'no subjects found\n';
const masters = 'group:system:masters may do everything, and is not listed';

function leftOut(all: readonly Reach[], reach: readonly Reach[]): readonly string[] {
  const listed = new Set(reach.flatMap(({ by }) => by.map(({ binding }) => binding)));
  const names = new Set(all.flatMap(({ by }) => by.map(({ binding }) => binding)));
  const missing = [...names.difference(listed)];
  return missing.length === 0
    ? []
    : [
        `not listed, as kubelets before 1.${fineGrainedSince} do not check what they allow: ${summarize(missing, 3)}`,
      ];
}

/**
 * Finds agents. Reads the versions of kubelets if the result depends on them. `kubelets` is undefined if they were not read, or if a
 * version is unknown.
 */
async function readAgents(apiServer: ApiServer, reach: readonly Reach[]) {
  const unnamed = reach.filter(
    ({ subject, by }) =>
      subject.kind === 'ServiceAccount' &&
      by.some(({ role, isDefault }) => !isDefault && isUndecided(agentOfSubject(subject, role))),
  );
  const accounts = unnamed.map(({ subject }) => subject);
  const agentOf = agentsBy(await readRunning(apiServer, accounts));
  const hasAgents = reach.some(({ subject, by }) => by.some(({ role }) => agentOf(subject, role)));
  const matter =
    hasAgents ||
    reach.some(({ by }) => by.some(({ permissions }) => dependsOnVersion(permissions)));
  return { agentOf, kubelets: matter ? await readKubelets(apiServer) : undefined };
}

/** Whether pods must be read, because the agent is unknown, or because its requests depend on its version. */
function isUndecided(agent: Agent | undefined): boolean {
  return !agent || agent.calls?.some(({ before }) => before !== undefined) === true;
}

/** Whether these permissions allow fewer requests on kubelets before 1.33. nodes/proxy allows every path on all versions. */
function dependsOnVersion(permissions: Reach['by'][number]['permissions']): boolean {
  const resources = permissions.map(({ resource }) => resource.replace('nodes/', ''));
  return !resources.includes('proxy') && resources.some(isFineGrained);
}

async function readKubelets(apiServer: ApiServer): Promise<readonly KubeletOfNode[] | undefined> {
  const nodes = await readNodes(apiServer);
  const found = foundIn(nodes) ?? [];
  const known = found.flatMap((node) => {
    const minor = minorOfNode(node);
    return minor === undefined ? [] : { node: node.metadata.name, minor };
  });
  return known.length === 0 || known.length < found.length ? undefined : known;
}
