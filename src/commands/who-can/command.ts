import { Option } from 'clipanion';
import { describe } from '../../cli/command-definition.ts';
import { completing } from '../../cli/option.ts';
import { parseOneOf, parseSubjectOption } from '../../cli/parse-options.ts';
import { rejectNameAlone } from '../../cli/reject-name-alone.ts';
import { exitCodes, orFailure } from '../../errors.ts';
import { foundIn } from '../../known.ts';
import { readRunning } from '../../kube/api-server/account-pods.ts';
import type { ApiServer } from '../../kube/api-server/api-server.ts';
import { kinds } from '../../kube/api-server/kinds.ts';
import { readOrNote } from '../../kube/read-or-note.ts';
import { agentOfSubject, agentsBy } from '../../kubelet/agents/recognize-agent.ts';
import { isFineGrained, minorOfNode } from '../../kubelet/authorization.ts';
import { fineGrainedSince } from '../../kubelet/endpoints.ts';
import { checksAs } from '../../kubelet/finer-permissions.ts';
import { openNarrowable } from '../../kubelet/narrow/narrowable.ts';
import { type Reach, whoReaches } from '../../kubelet/reach.ts';
import type { ClusterRoleBinding, RbacSubject } from '../../objects.ts';
import { formatSubject, hasSubject } from '../../rbac/subject.ts';
import { escapeControlLine } from '../../text/escape.ts';
import { summarize } from '../../text/list.ts';
import { ListCommand, readRbac, subjectOption } from '../shared/rows/list-command.ts';
import {
  type Action,
  actions,
  type KubeletOfNode,
  kubeletNotes,
  whoCanRows,
  whoCanView,
} from './rows.ts';

const words = Object.keys(actions) as Action[];

export class WhoCanCommand extends ListCommand {
  static override paths = [['who-can']];
  static override usage = describe({
    details:
      'List who can reach kubelets, the strongest access first, and through which binding.\n\nWith a word, only who can do that: run commands (exec), read logs, metrics, stats, or pods and configuration (read). Group system:masters, which bypasses RBAC, is not listed. Nothing is sent to kubelets.',
    examples: [
      ['Who can run commands through kubelets?', 'kubectl kubeletaccess who-can exec'],
      [
        'What can an agent do?',
        'kubectl kubeletaccess who-can --subject serviceaccount:monitoring:prometheus -o wide',
      ],
    ],
  });

  action = completing(words, Option.String({ required: false, name: words.join('|') }));
  subject = subjectOption();

  override async execute(): Promise<number> {
    await rejectNameAlone(this, this.subject);
    const action = this.action === undefined ? undefined : parseOneOf('ACTION', this.action, words);
    const subject = this.subject === '' ? undefined : parseSubjectOption(this.subject);
    const print = await this.openRows(whoCanView);
    using apiServer = await this.openApiServer();
    const { roles, bindings } = await readRbac(apiServer);
    const all = whoReaches(roles, bindings);
    const { agentOf, kubelets } = await readAgents(apiServer, all);
    const minors = kubelets && [...new Set(kubelets.map(({ minor }) => minor))];
    const checked = minors?.flatMap((minor) => [checksAs(minor, true), checksAs(minor, false)]);
    const reach = whoReaches(roles, bindings, checked);
    const rows = whoCanRows(reach, {
      ...{ action, subject, agentOf, minors },
      narrowableOf: openNarrowable(roles, bindings, agentOf, minors),
    });
    await print(rows);
    if (rows.length === 0) this.context.stderr.write('no subjects found\n');
    const absent =
      rows.length === 0 && subject ? await absenceOf(apiServer, subject, bindings) : [];
    const isTable = this.output === 'table';
    const isTold = rows.filter(({ narrowable }) => !isTable || narrowable === 'yes');
    for (const note of [...absent, ...kubeletNotes(isTold, kubelets), ...leftOut(all, reach)])
      this.context.stderr.write(`note: ${escapeControlLine(note)}\n`);
    // No binding says so: the API server lets them do anything.
    this.context.stderr.write('note: group:system:masters may do everything, and is not listed\n');
    return exitCodes.ok;
  }
}

/** Why a subject that was named may be misspelt. */
async function absenceOf(
  apiServer: ApiServer,
  subject: RbacSubject,
  bindings: readonly ClusterRoleBinding[],
): Promise<readonly string[]> {
  const { kind, namespace = '', name } = subject;
  if (bindings.some((binding) => hasSubject(binding.subjects ?? [], subject))) return [];
  if (kind !== 'ServiceAccount') return [`no ClusterRoleBinding names ${formatSubject(subject)}`];
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts?fieldSelector=metadata.name=${encodeURIComponent(name)}`;
  const found = await orFailure(apiServer.get(path, kinds.PartialObjectMetadataList));
  return !(found instanceof Error) && found.items?.length === 0
    ? [`namespace ${namespace} has no service account ${name}`]
    : [];
}

/** Bindings that open something on kubelets of other versions alone. */
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

/** Which agents are among the subjects, and the kubelets where their versions matter: undefined where one is unknown. */
async function readAgents(apiServer: ApiServer, reach: readonly Reach[]) {
  const unnamed = reach.filter(
    ({ subject, by }) =>
      subject.kind === 'ServiceAccount' &&
      by.some(({ role, isDefault }) => !isDefault && !agentOfSubject(subject, role)),
  );
  const accounts = unnamed.map(({ subject }) => subject);
  const agentOf = agentsBy(await readRunning(apiServer, accounts));
  const hasAgents = reach.some(({ subject, by }) => by.some(({ role }) => agentOf(subject, role)));
  const matter =
    hasAgents ||
    reach.some(({ by }) => by.some(({ permissions }) => dependsOnVersion(permissions)));
  return { agentOf, kubelets: matter ? await readKubelets(apiServer) : undefined };
}

/** Whether kubelets before 1.33 ask for none of these permissions, or for fewer: nodes/proxy opens all of any version. */
function dependsOnVersion(permissions: Reach['by'][number]['permissions']): boolean {
  const resources = permissions.map(({ resource }) => resource.replace('nodes/', ''));
  return !resources.includes('proxy') && resources.some(isFineGrained);
}

async function readKubelets(apiServer: ApiServer): Promise<readonly KubeletOfNode[] | undefined> {
  const nodes = await readOrNote(() => apiServer.list('/api/v1/nodes', kinds.Node), 'list nodes');
  const found = foundIn(nodes) ?? [];
  const known = found.flatMap((node) => {
    const minor = minorOfNode(node);
    return minor === undefined ? [] : { node: node.metadata.name, minor };
  });
  return known.length === 0 || known.length < found.length ? undefined : known;
}
