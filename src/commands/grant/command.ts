import { isGiven } from '../../cli/argv.ts';
import { describe } from '../../cli/command-definition.ts';
import { openServer } from '../../cli/connection.ts';
import { declare } from '../../cli/option.ts';
import { parseProfileName } from '../../cli/parse-options.ts';
import { rerunCommand, rerunLine } from '../../cli/rerun-command.ts';
import { exitCodes, Failure } from '../../errors.ts';
import type { ApiServer } from '../../kube/api-server/api-server.ts';
import { denialCacheNote } from '../../kubelet/authorization-cache.ts';
import type { Node } from '../../objects.ts';
import type { Grant } from '../../rbac/grant.ts';
import { profileNames, profileOf, readerCommand } from '../../rbac/profiles.ts';
import { formatGiver, formatSubject } from '../../rbac/subject.ts';
import { command } from '../../text/command.ts';
import { applyPlan } from '../shared/pair/apply-plan.ts';
import { findExistingAccess } from '../shared/pair/find-existing-access.ts';
import { findKubelets } from '../shared/pair/find-kubelets.ts';
import { checkWaitable } from '../shared/pair/options.ts';
import { PairCommand, pairOptions } from '../shared/pair/pair-command.ts';
import { openPlanReporter, type PlanReporter } from '../shared/pair/plan-reporter.ts';
import { waitForKubelets } from '../shared/pair/wait.ts';
import { type FoundGrantee, findGrantee, formatGrantee, type Grantee } from './find-grantee.ts';
import {
  gatherForGrant,
  gatherNodeNotes,
  isRoleThere,
  rejectAbsentAccount,
  rejectAbsentNodes,
} from './gather.ts';
import { checkOwnRole, type GrantSettings, parseExpiry, parseGrantee } from './options.ts';
import { isWidening, planGrant } from './plan.ts';

const defaultWaitMs = 120_000;

export class GrantCommand extends PairCommand {
  static override paths = [['grant']];
  static override usage = describe({
    details:
      'Grant kube-apiserver access to kubelets. With --subject and --profile, grant less to others. Existing objects of others are kept.',
    examples: [
      ['Grant kube-apiserver access to kubelets', 'kubectl kubeletaccess grant'],
      [
        'Allow user jane to read the stats of one node for an hour',
        'kubectl kubeletaccess grant --subject user:jane --profile stats --node node-1 --for 1h',
      ],
    ],
    exitCodes: [
      [0, 'granted, or there already'],
      [4, 'with --wait: some kubelets do not allow it yet (1: none does)'],
    ],
  });

  subject = declare.selection.textIfGiven(
    '--subject',
    'user:NAME, group:NAME or serviceaccount:NAMESPACE:NAME.',
    { completes: 'subject', once: true },
  );
  profile = declare.selection.text(
    '--profile',
    `Permissions to grant: ${profileNames.join(', ')}.`,
    { initial: 'apiserver', completes: profileNames },
  );
  node = declare.selection.list('--node', 'Limit the permissions to this node. Repeatable.', {
    completes: 'nodes',
  });
  ignoreNotFound = declare.selection.flag(
    '--ignore-not-found',
    'Also accept nodes and a service account that do not exist yet.',
  );
  for = declare.behavior.textIfGiven('--for', 'Expire after this time, such as 30m.');
  wait = pairOptions.wait();
  dryRun = pairOptions.dryRun();
  force = declare.behavior.flag(
    '--force',
    'Grant it even if others gain by it, or another tool manages it.',
  );
  allowExec = declare.behavior.flag(
    '--allow-exec',
    'Allow nodes/proxy, which runs commands in every container.',
  );
  output = pairOptions.output();

  private parseOptions(): GrantSettings {
    const pair = this.parsePair(defaultWaitMs);
    const profile = profileOf(parseProfileName(this.profile), pair.nodes);
    checkOwnRole(profile, pair);
    checkWaitable(pair, profile);
    return {
      ...{ ...pair, profile, allowExec: this.allowExec, ignoreNotFound: this.ignoreNotFound },
      isUsual: pair.nodes.length === 0 && !isGiven(this.given, '--profile'),
      subject: this.subject === undefined ? undefined : parseGrantee(this.subject, pair.force),
      expires: this.for === undefined ? undefined : parseExpiry(this.for, Date.now()),
    };
  }

  override async execute(): Promise<number> {
    const asked = this.parseOptions();
    const { wait, dryRun, output, nodes: only } = asked;
    const connection = await this.openConnection();
    using apiServer = openServer(this, connection);
    const reporter = openPlanReporter(this.context, asked);
    const rerun = (more: readonly string[]) =>
      rerunCommand('grant', this.given, {
        without: ['--subject', '--allow-exec', ...more.filter((word) => word === '--profile')],
        more: [...more, ...this.names],
      });
    const [nodes, warnings] = await Promise.all([
      rejectAbsentNodes(apiServer, asked),
      rejectAbsentAccount(apiServer, asked),
    ]);
    const found = await findGrantee(apiServer, asked, rerun);
    const { grantee, managed, notes, profile = asked.profile } = found;
    const settings = { ...asked, profile };
    for (const note of [...warnings, ...notes]) reporter.note(note);
    const isClient = !grantee || grantee.kind === 'client';
    const subject = isClient ? 'kube-apiserver' : grantee.subject;
    const { signal } = this.context;
    const kubelets =
      wait &&
      (await findKubelets(apiServer, {
        ...{ subject, only, connection, invocation: this, choice: wait },
      }));
    if (managed) {
      const force = rerunLine(this.line, { more: ['--force'] });
      return await tellManaged(found, apiServer, reporter, force);
    }
    if (grantee) await grantTo(grantee, apiServer, settings, nodes, reporter, signal);
    if (!kubelets || dryRun !== 'none') return exitCodes.ok;
    const waiting = { profile, want: 'allowed', timeoutMs: wait.timeoutMs, output } as const;
    return await waitForKubelets(kubelets, waiting, this.context);
  }
}

/** Prints that another controller manages the kubelet client's access. Throws if the kubelet client does not have that access yet. */
async function tellManaged(
  { grantee, managed }: FoundGrantee,
  apiServer: ApiServer,
  reporter: PlanReporter,
  force: string,
): Promise<number> {
  if (!grantee || !managed) return exitCodes.ok;
  const { binding, manager } = managed;
  const enough = [{ apiGroups: [''], resources: ['nodes/proxy'], verbs: ['get', 'create'] }];
  const givers = await findExistingAccess(apiServer, grantee.subject, enough, '');
  if (givers) {
    const title = formatSubject(grantee.subject);
    const by = givers.map(formatGiver).join(' and ');
    reporter.note(
      `nothing to do: ${title} already has access through ${by}; ${manager} manages it`,
    );
    return exitCodes.ok;
  }
  throw new Failure(
    `${manager} gives kube-apiserver its access to kubelets by ClusterRoleBinding ${binding}, and reverts changes: nothing is granted beside it`,
    {
      hints: [
        command`kubectl get clusterrolebinding ${binding} -o yaml`,
        `to grant it nevertheless: ${force}`,
      ],
    },
  );
}

async function grantTo(
  grantee: Grantee,
  apiServer: ApiServer,
  settings: GrantSettings,
  known: readonly Node[] | undefined,
  reporter: PlanReporter,
  signal: AbortSignal,
): Promise<void> {
  const { profile, dryRun, nodes, expires } = settings;
  const { subject, kind } = grantee;
  const grant: Grant = { profile: profile.name, nodes, subject, expires };
  const terms = { ...settings, isClient: kind !== 'other' };
  for (const line of await gatherNodeNotes(apiServer, profile.name, nodes, known))
    reporter.note(line);
  const { done, changes } = await applyPlan(apiServer, {
    dryRun,
    reporter,
    signal,
    plan: async () => ({
      heading: `would grant to ${formatGrantee(grantee)}:`,
      ...planGrant(grant, await gatherForGrant(apiServer, grant, terms), terms),
    }),
    verify: (written) => isRoleThere(apiServer, written),
  });
  reporter.objects(changes);
  if (done.length === 0) return;
  if (dryRun === 'none' && done.some(isWidening)) {
    if (!settings.wait) reporter.note(`note: ${denialCacheNote}`);
    const reader =
      subject.kind === 'ServiceAccount' ? undefined : readerCommand(profile.name, nodes);
    if (reader !== undefined)
      reporter.note(
        `note: with a token in place of a client certificate: ${reader} (shows the token to kubelets; self-signed ones: kubectl kubeletaccess help trust)`,
      );
  }
  // RBAC has no expiry, so the grant command only records the expiry in an annotation.
  if (expires !== undefined)
    reporter.note(
      `note: Kubernetes will not expire this: run kubectl kubeletaccess revoke --expired after ${expires} (a CronJob for it: kubectl kubeletaccess revoke --expired --print-cronjob)`,
    );
}
