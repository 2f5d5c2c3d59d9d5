import { Option } from 'clipanion';
import { ClusterCommand } from '../../cli/cluster-command.ts';
import { paintOf } from '../../cli/color.ts';
import { describe } from '../../cli/command-definition.ts';
import { openConnection, openServer } from '../../cli/connection.ts';
import { declare } from '../../cli/option.ts';
import { outputOption, parseFormat } from '../../cli/output.ts';
import { parseAgent } from '../../cli/parse-agent.ts';
import { parseMinor, parseOneOf, parseSubjectOption, splitLists } from '../../cli/parse-options.ts';
import { rerunCommand } from '../../cli/rerun-command.ts';
import { exitCodeOf, exitCodes, formatError, UsageFailure } from '../../errors.ts';
import type { ApiServer } from '../../kube/api-server/api-server.ts';
import { agents } from '../../kubelet/agents/agents.ts';
import { type Evidence, evidenceOf } from '../../kubelet/audit-log/evidence.ts';
import { newerMinors, olderMinors } from '../../kubelet/narrow/kubelets.ts';
import { dryRuns } from '../../rbac/change.ts';
import { nameOf } from '../../rbac/rbac-objects.ts';
import { escapeControlLines } from '../../text/escape.ts';
import { objectFormats, renderObjects } from '../../text/render-report.ts';
import { applyNarrowing, undoNarrowing } from './apply-plan.ts';
import type { FoundKubelets } from './facts.ts';
import { gatherCluster, gatherFiles } from './gather.ts';
import { type NarrowSettings, parseCall, parseWait } from './options.ts';
import { type Planned, planRoles, type RolePlan, type RoleUse } from './plan-role.ts';
import { narrowedManifest, ownerOf, phaseOf } from './plan-write.ts';
import { selectRoles } from './select-roles.ts';
import { questionOf, remarksOf, shownPlan } from './shown.ts';

const outsideManifests = {
  with: '--filename',
  hints: ['pipe the roles to kubectl: -o yaml | kubectl apply -f -'],
};

export class NarrowCommand extends ClusterCommand {
  static override readonly uses = [] as const;
  static override paths = [['narrow']];
  static override usage = describe({
    details:
      "Print a least-privilege version of a known agent's role: nodes/proxy, which runs commands in every container, is replaced by the narrower permissions that kubelets since 1.33 check first.\n\nReads a ClusterRole of the cluster or, with -f, of manifests, such as the output of helm template or kubectl get -o yaml. ROLE may be NAMESPACE/NAME of a service account.\n\nOnly permissions on nodes/* change. Names of agents: kubectl kubeletaccess help agents.\n\n--apply adds the new permissions and keeps the old rules in an annotation. Run it again, or set --wait, to remove permissions that are not needed. --undo restores the old rules.",
    examples: [
      ['Narrow the role of an agent', 'kubectl kubeletaccess narrow prometheus'],
      [
        'Narrow the roles of a rendered chart',
        'kubectl kubeletaccess narrow -f chart.yaml -o yaml',
      ],
      [
        'Update the role in two phases, ten minutes apart',
        'kubectl kubeletaccess narrow prometheus --apply --wait=10m',
      ],
    ],
    exitCodes: [
      [0, 'narrowed, or nothing to narrow'],
      [3, 'cannot determine what a role is used for'],
    ],
  });

  /** This command writes objects: even if the program that reads its output exits, the command finishes a write that it has begun. */
  readonly writes = true;
  role = Option.String({ required: false, name: 'ROLE' });
  filename = declare.selection.list(
    '-f,--filename',
    'Read files, folders or standard input (-) in place of the cluster. Can be repeated.',
    { completes: 'file' },
  );
  subject = declare.selection.text(
    '--subject',
    'All roles of user:NAME, group:NAME or serviceaccount:NAMESPACE:NAME.',
    { completes: 'subject', once: true, not: ['ROLE'] },
  );
  agent = declare.selection.text(
    '--agent',
    'Agent that uses the role. Defaults to the detected agent.',
    { completes: agents.map(({ name }) => name) },
  );
  calls = declare.selection.list(
    '--calls',
    "Paths that the role must allow, such as /pods,/metrics. Defaults to the agent's.",
    { not: ['--agent', '--evidence'] },
  );
  evidence = declare.selection.list(
    '--evidence',
    'Audit log, or - for standard input. Can be repeated.',
    { completes: 'file' },
  );
  kubeletVersion = declare.selection.list(
    '--kubelet-version',
    "Kubelet version, such as 1.32. Defaults to the nodes' versions. Can be repeated.",
  );
  apply = declare.behavior.flag(
    '--apply',
    'Update the role: add new permissions, then remove those no longer needed.',
    { not: [outsideManifests] },
  );
  undo = declare.behavior.flag('--undo', 'Bring back the rules from before --apply.', {
    not: [
      ...['--apply', '--agent', '--calls', '--evidence', '--kubelet-version'],
      outsideManifests,
    ],
    needs: ['ROLE'],
  });
  wait = declare.behavior.flagOrText(
    '--wait',
    'Remove after this time, such as --wait=10m. By default, on the next run.',
    false,
    { needs: ['--apply'] },
  );
  dryRun = declare.behavior.flagOrText(
    '--dry-run',
    'Must be "none", "client" (print only) or "server" (send without persisting).',
    'none',
    { completes: dryRuns, needs: ['--apply', '--undo'] },
  );
  output = outputOption(objectFormats);

  private parseOptions(): NarrowSettings {
    const { filename: files, agent, calls, evidence, apply, undo } = this;
    // The name of a role has no slash: NAMESPACE/NAME is a service account.
    const isAccount = this.role?.includes('/') ?? false;
    const role = isAccount ? undefined : this.role;
    const subject = isAccount ? (this.role ?? '') : this.subject;
    if (this.role === undefined && subject === '' && files.length === 0)
      throw new UsageFailure('narrow requires ROLE, --subject or --filename', {
        hints: ['kubectl kubeletaccess who-can lists roles and subjects'],
      });
    if (undo && isAccount) throw new UsageFailure('--undo requires the name of a role');
    if (files.includes('-') && evidence.includes('-'))
      throw new UsageFailure('standard input can be only one of --filename and --evidence');
    const dryRun = this.dryRun === true ? 'client' : String(this.dryRun);
    const others = '--calls takes the paths of any other';
    return {
      role,
      subject:
        subject === '' ? undefined : parseSubjectOption(subject, isAccount ? 'ROLE' : '--subject'),
      files,
      agent: agent === '' ? undefined : parseAgent('--agent', agent, others),
      calls: calls.length === 0 ? undefined : splitLists(calls).map(parseCall),
      logs: evidence,
      kubeletMinors: splitLists(this.kubeletVersion).map((word) =>
        parseMinor('--kubelet-version', word),
      ),
      action: undo ? 'undo' : apply ? 'apply' : 'print',
      waitMs: parseWait(this.wait),
      dryRun: parseOneOf('--dry-run', dryRun, dryRuns),
      format: parseFormat(this.output, objectFormats),
    };
  }

  override async execute(): Promise<number> {
    const parsed = this.parseOptions();
    const settings = { ...parsed, evidence: await this.readEvidence(parsed) };
    const { cwd, signal, stdin } = this.context;
    if (settings.files.length > 0) {
      const found = await gatherFiles(settings.files, { cwd, signal, stdin });
      const facts = { ...found, kubelets: givenKubelets(settings) ?? assumedKubelets };
      return this.print(planRoles(facts, selectRoles(found, settings), settings), settings);
    }
    using apiServer = openServer(this, await openConnection(this));
    if (settings.action === 'print')
      return this.print(await this.gather(apiServer, settings), settings);
    const world = { ...settings, context: this.context };
    if (settings.action === 'undo') await undoNarrowing(apiServer, this.role ?? '', world);
    else
      await applyNarrowing(apiServer, world, {
        gather: () => this.gather(apiServer, settings),
        again: rerunCommand('narrow', this.given, { without: [], more: [this.role ?? []].flat() }),
        rerun: (plan, more) => this.rerun(plan, more),
      });
    return exitCodes.ok;
  }

  private async readEvidence({ logs }: NarrowSettings): Promise<readonly Evidence[] | undefined> {
    if (logs.length === 0) return undefined;
    const { gatherUsage } = await import('../shared/audit-log/gather-usage.ts');
    const every = { subject: undefined, sinceMs: undefined, untilMs: undefined };
    const { usage } = await gatherUsage(logs, every, this.context);
    const evidence = evidenceOf(usage.uses);
    const [from, to] = [
      Math.min(...evidence.map(({ firstMs }) => firstMs)),
      Math.max(...evidence.map(({ lastMs }) => lastMs)),
    ].map((ms) => (Number.isFinite(ms) ? new Date(ms).toISOString() : 'nobody'));
    this.context.stderr.write(
      `note: the audit log has callers from ${from} to ${to}: what they do seldom may be missing; who-used lists what it lacks\n`,
    );
    return evidence;
  }

  private async gather(apiServer: ApiServer, settings: NarrowInput): Promise<Planned> {
    const given = givenKubelets(settings);
    const { signal } = this.context;
    const { facts, selection } = await gatherCluster(apiServer, settings, given, signal);
    return planRoles(facts, selection, settings);
  }

  private print(
    { plans, kubelets, withoutSources, notes }: Planned,
    { format }: NarrowSettings,
  ): number {
    const { stdout, stderr } = this.context;
    stderr.write(escapeControlLines(notes.map((note) => `note: ${note}`)));
    const open = plans.filter(({ narrowing }) => !narrowing);
    const closed = plans.filter(({ narrowing }) => narrowing);
    const isClosed = open.length === 0 && withoutSources.length === 0;
    const roles = closed.filter((plan) => phaseOf(plan) !== 'none').map(narrowedManifest);
    const sections = closed.map((plan) =>
      shownPlan(plan, {
        kubelets,
        applied: this.appliedLines(plan),
        rerun: (more) => this.rerun(plan, more),
      }),
    );
    const isTable = format === 'table';
    if (!isTable)
      stderr.write(escapeControlLines(closed.flatMap((plan) => remarksOf(plan, kubelets))));
    if (isTable || roles.length > 0)
      stdout.write(renderObjects(roles, sections, format, paintOf(this)));
    else if (isClosed) stderr.write('nothing to narrow\n');
    if (plans.length === 0 && isClosed && isTable)
      stderr.write('no role allows anything on kubelets\n');
    for (const plan of open) {
      const question = questionOf(plan, (more) => this.rerun(plan, more));
      stderr.write(formatError(question, false).text);
    }
    return exitCodeOf({ isUnmet: !isClosed });
  }

  private appliedLines(plan: RolePlan): readonly string[] {
    const owner = ownerOf(plan.role);
    if (owner) return [`managed by ${owner.name}: ${owner.where}`];
    return [
      this.filename.length > 0
        ? `run: ${this.rerun(plan, ['-o', 'yaml'])} | kubectl apply -f -`
        : `run: ${this.rerun(plan, ['--apply'])}`,
    ];
  }

  private rerun({ role }: RolePlan, more: readonly string[]): string {
    const answers = ['--agent', '--calls'];
    const without = ['--subject', '--output', ...(answers.includes(more[0] ?? '') ? answers : [])];
    return rerunCommand('narrow', this.given, { args: [nameOf(role)], without, more });
  }
}

type NarrowInput = NarrowSettings & RoleUse;

/**
 * Kubelet versions assumed for manifests, because manifests do not name versions. Permissions that only older kubelets need are printed,
 * but not added to the new role.
 */
const assumedKubelets: FoundKubelets = {
  minors: newerMinors,
  also: olderMinors,
  olderNodes: [],
  notes: [],
};

function givenKubelets({ kubeletMinors }: NarrowSettings): FoundKubelets | undefined {
  return kubeletMinors.length === 0
    ? undefined
    : { minors: kubeletMinors, also: [], olderNodes: [], notes: [] };
}
