import { describe } from '../../cli/command-definition.ts';
import { openServer } from '../../cli/connection.ts';
import { globalOptionList } from '../../cli/global-options.ts';
import { declare } from '../../cli/option.ts';
import { parseProfileName, parseSubjectOption } from '../../cli/parse-options.ts';
import { rerunCommand } from '../../cli/rerun-command.ts';
import { printParts } from '../../cli/write-output.ts';
import {
  exitCodes,
  Failure,
  formatError,
  notTogether,
  orFailure,
  reworded,
  UsageFailure,
} from '../../errors.ts';
import type { ApiServer } from '../../kube/api-server/api-server.ts';
import { orUndefined } from '../../kube/api-server/api-server-failure.ts';
import { kinds } from '../../kube/api-server/kinds.ts';
import { findBinding, findRole } from '../../kube/api-server/pair-objects.ts';
import { orMissingPermission } from '../../kube/api-server/write-denial.ts';
import { permissionCacheNote, permissionTtlMs } from '../../kubelet/authorization-cache.ts';
import type { RbacSubject } from '../../objects.ts';
import type { Change } from '../../rbac/change.ts';
import { type Profile, profileNames, profileOf, rulesToAsk } from '../../rbac/profiles.ts';
import { nameOf } from '../../rbac/rbac-objects.ts';
import { formatGiver, formatSubject, sameSubject, user } from '../../rbac/subject.ts';
import { escapeControlLines } from '../../text/escape.ts';
import { type Applied, applyPlan } from '../shared/pair/apply-plan.ts';
import { findRemainingAccess } from '../shared/pair/find-existing-access.ts';
import { absentNodeLines, findKubelets } from '../shared/pair/find-kubelets.ts';
import { checkWaitable, type PairSettings } from '../shared/pair/options.ts';
import { PairCommand, pairOptions } from '../shared/pair/pair-command.ts';
import { openPlanReporter, type Plan, type PlanReporter } from '../shared/pair/plan-reporter.ts';
import { waitForKubelets } from '../shared/pair/wait.ts';
import { revokeExpiredJob } from './cron-job.ts';
import { findClient, gatherForRevoke, gatherHandMadeClient, gatherOwnAccess } from './gather.ts';
import { effectLines, keptAccess, remainingLines } from './notes.ts';
import {
  applied,
  type FoundForRevoke,
  planRevoke,
  planRoles,
  planUnbind,
  type RevokeTerms,
  roleOf,
  type Selection,
} from './plan.ts';
import { restoreReferencedRoles } from './restore-roles.ts';

/** Default time limit of --wait in ms. It is longer than the time for which kubelets cache allowed requests. */
const defaultWaitMs = permissionTtlMs + 30_000;

interface RevokeSettings extends PairSettings {
  readonly selection: Selection;
  /** The profile whose requests --wait sends to kubelets. */
  readonly profile: Profile;
}

export class RevokeCommand extends PairCommand {
  static override paths = [['revoke']];
  static override usage = describe({
    details:
      "Revoke access that grant gave, by default kube-apiserver's. Subjects that others added to a binding stay, and so does a role that a binding refers to.",
    examples: [
      ["Revoke kube-apiserver's access to kubelets", 'kubectl kubeletaccess revoke'],
      ['Revoke all grants of a user', 'kubectl kubeletaccess revoke --subject user:jane'],
      ['Revoke all expired grants', 'kubectl kubeletaccess revoke --expired'],
    ],
    exitCodes: [
      [0, 'revoked, or nothing to revoke'],
      [4, 'some grants stay, or with --wait some kubelets still allow it (1: all)'],
    ],
  });

  subject = declare.selection.textIfGiven(
    '--subject',
    'All grants of user:NAME, group:NAME or serviceaccount:NAMESPACE:NAME.',
    { completes: 'subject', once: true },
  );
  expired = declare.selection.flag('--expired', 'All grants that have expired.', {
    not: ['--subject'],
  });
  profile = declare.selection.textIfGiven(
    '--profile',
    'Grants of this profile, of any subject without --subject.',
    {
      completes: profileNames,
    },
  );
  node = declare.selection.list('--node', 'Only grants for exactly these nodes. Repeatable.', {
    completes: 'nodes',
  });
  wait = pairOptions.wait();
  dryRun = pairOptions.dryRun();
  force = declare.behavior.flag('--force', 'Also revoke what another tool manages.');
  output = pairOptions.output();
  printCronjob = declare.output.flag(
    '--print-cronjob',
    'Print a CronJob for this, change nothing.',
    { needs: ['--expired'] },
  );

  private parseOptions(): RevokeSettings {
    const { subject: named, expired } = this;
    const pair = this.parsePair(defaultWaitMs);
    const profile = this.profile === undefined ? undefined : parseProfileName(this.profile);
    const subject = named === undefined ? undefined : parseSubjectOption(named);
    const nodes = [...new Set(pair.nodes)].sort();
    const asked = profileOf(profile ?? 'apiserver', nodes);
    if (pair.wait && (expired || (!subject && !asked.runsCommands)))
      throw new UsageFailure(
        '--wait cannot be used where several subjects may lose access; use --subject without --expired',
      );
    checkWaitable(pair, asked);
    return { ...pair, profile: asked, selection: { profile, subject, expired, nodes } };
  }

  override async execute(): Promise<number> {
    const settings = this.parseOptions();
    if (this.printCronjob) return await this.printJob();
    const { profile, wait, dryRun, output, nodes: only, selection } = settings;
    const connection = await this.openConnection();
    using apiServer = openServer(this, connection);
    const { signal, stderr } = this.context;
    // Looks up the subject and the kubelets before the change, because revoke may remove the caller's own permission to do so.
    const revoked = wait && (await findRevoked(apiServer, selection.subject));
    if (revoked && !revoked.isClient && selection.profile === undefined)
      throw new UsageFailure('--wait needs --profile beside --subject: what are kubelets to deny?');
    const subject = revoked?.isClient ? 'kube-apiserver' : revoked?.subject;
    const kubelets =
      wait &&
      subject &&
      (await findKubelets(apiServer, {
        ...{ subject, only, connection, invocation: this, choice: wait },
      }));
    const reporter = openPlanReporter(this.context, settings);
    const { done, failures, found, notes } = await revoke(apiServer, settings, reporter, signal);
    for (const line of notes) reporter.note(line);
    if (done.length === 0 && failures.length === 0) {
      stderr.write('nothing to do: no matching grant found\n');
      for (const line of await findAbsentNodes(apiServer, only)) reporter.note(line);
    }
    const rerun = (more: readonly string[]) => this.rerun(more);
    const lines = failures.length > 0 ? [] : remainingLines(found, done, selection, rerun);
    stderr.write(lines.length > 0 ? escapeControlLines(lines) : '');
    stderr.write(renderFailures(failures));
    const [failure] = failures;
    if (failure) return done.length > 0 ? exitCodes.someFailed : failure.exitCode;
    if (!kubelets || !revoked || dryRun !== 'none') return exitCodes.ok;
    await checkNotAllowed(apiServer, revoked.subject, profile, signal);
    const waiting = { profile, want: 'denied', timeoutMs: wait.timeoutMs, output } as const;
    return await waitForKubelets(kubelets, waiting, this.context);
  }

  private async printJob(): Promise<number> {
    const others = this.given.filter(
      ({ option }) =>
        !['--expired', '--print-cronjob'].includes(option.name) &&
        !globalOptionList.includes(option),
    );
    const [other] = [...others.map(({ option }) => option.name), ...this.names.map(() => 'NODE')];
    if (other !== undefined)
      throw notTogether('--print-cronjob', other, {
        why: 'the CronJob revokes all expired grants',
      });
    const { stdout, signal } = this.context;
    await printParts({ stdout, signal }, [revokeExpiredJob()]);
    return exitCodes.ok;
  }

  private rerun(more: readonly string[]): string {
    const without = ['--subject', '--profile', '--node', '--wait'];
    return rerunCommand('revoke', this.given, { without, more });
  }
}

/**
 * Returns lines about names in --node that no node has. Called only if no grant matches, because a grant can remain after its node was
 * deleted.
 */
async function findAbsentNodes(
  apiServer: ApiServer,
  names: readonly string[],
): Promise<readonly string[]> {
  if (names.length === 0) return [];
  const nodes = await orUndefined(apiServer.list('/api/v1/nodes', kinds.Node));
  return nodes ? absentNodeLines(nodes, names) : [];
}

interface Revoked {
  /** The objects before the changes. */
  readonly found: FoundForRevoke;
  /** Changes that were made or, in a dry run, would be made. */
  readonly done: readonly Change[];
  readonly failures: readonly Failure[];
  readonly notes: readonly string[];
}

/** Revokes each selected grant by itself: one that cannot be revoked changes nothing for the others. Deletes roles last. */
async function revoke(
  apiServer: ApiServer,
  { dryRun, selection: asked, force }: RevokeSettings,
  reporter: PlanReporter,
  signal: AbortSignal,
): Promise<Revoked> {
  const found = await gatherForRevoke(apiServer);
  const selection = await withClient(apiServer, asked);
  const client = await gatherHandMadeClient(apiServer, found, selection);
  const terms: RevokeTerms = { force, client, now: Date.now() };
  const planned = planRevoke(found, selection, terms);
  const leaving = planned.bindings.flatMap(({ removed }) => removed?.subjects ?? []);
  // A client dry run sends no POST request, and the request that returns the caller's user name is a POST request.
  const own = dryRun === 'client' ? [] : await gatherOwnAccess(apiServer, leaving);
  const plan: Plan = {
    heading,
    changes: [...planned.bindings, ...planned.roles],
    notes: [...planned.notes, ...effectLines(planned, selection), ...own],
  };
  reporter.announce(plan);
  const failures = [...planned.failures];
  const ended: Applied[] = [];
  const apply = async (change: Change, again: () => Promise<Change | undefined>) => {
    const planAgain = async () => ({ heading, changes: [(await again()) ?? keeping(change)] });
    const settings = { dryRun, reporter, signal, plan: planAgain };
    const result = await orFailure(applyPlan(apiServer, settings));
    if (!(result instanceof Failure)) ended.push(result);
    else if (result.kind === 'API server unreachable') throw result;
    else failures.push(named(result, change));
  };
  const isReal = dryRun === 'none';
  for (const change of planned.bindings)
    await apply(change, async () => {
      if (!isReal) return change;
      const binding = await orMissingPermission(findBinding(apiServer, change.name));
      return binding && planUnbind(binding, roleOf(binding, found), selection, terms);
    });
  // Reads the bindings again: who was granted access meanwhile keeps the role.
  const after =
    isReal && planned.roles.length > 0 ? await orFailure(gatherForRevoke(apiServer)) : undefined;
  if (after instanceof Failure) failures.push(after);
  else
    for (const change of after ? planRoles(after, found, selection, terms) : planned.roles)
      await apply(change, async () => {
        if (!after) return change;
        const role = await orMissingPermission(findRole(apiServer, change.name));
        if (!role) return undefined;
        const roles = after.roles.map((each) => (nameOf(each) === change.name ? role : each));
        const changes = planRoles({ ...after, roles }, found, selection, terms);
        return changes.find(({ name }) => name === change.name);
      });
  const done = ended.flatMap((each) => each.done);
  const left = { ...found, roles: applied(found.roles, planned.roles) };
  const notes = [...keptAccess(left, planned.bindings, selection)];
  if (isReal && done.length > 0) {
    const restored = await restoreReferencedRoles(apiServer, done);
    notes.unshift(...restored.map((sentence) => `note: ${sentence}`));
    if (done.some(({ removed }) => removed?.subjects?.length || removed?.rules?.length))
      notes.unshift(`note: ${permissionCacheNote}`);
  }
  reporter.objects(ended.flatMap(({ changes }) => changes));
  return { found, done, failures, notes };
}

/** With nodes alone, selects the grants of kube-apiserver for these nodes. */
async function withClient(apiServer: ApiServer, selection: Selection): Promise<Selection> {
  const { nodes, subject, profile, expired } = selection;
  if (nodes.length === 0 || subject || profile !== undefined || expired) return selection;
  const client = await findClient(apiServer);
  if ('known' in client && client.known) return { ...selection, subject: user(client.userName) };
  throw new Failure('cannot tell which grants for these nodes are of kube-apiserver', {
    hints: ['name whose they are by --subject, or which by --profile'],
  });
}

const heading = 'would remove:';

/** The change of an object that another client has deleted or changed, so that nothing of it is left to remove. */
function keeping({ kind, name }: Change): Change {
  return { kind, name, action: 'none', differences: [] };
}

function named(failure: Failure, { kind, name }: Change): Failure {
  if (failure.message.includes(name)) return failure;
  return reworded(failure, {
    details: [`${kind} ${name} is kept`, ...failure.details],
    kind: failure.kind,
  });
}

async function findRevoked(
  apiServer: ApiServer,
  named: RbacSubject | undefined,
): Promise<{ readonly subject: RbacSubject; readonly isClient: boolean }> {
  const client = await findClient(apiServer);
  if (client instanceof Failure) {
    if (named) return { subject: named, isClient: false };
    // Drops the hints of `client`, because they name options of grant.
    throw new Failure(client.message, { cause: client, details: client.details });
  }
  const known = client.known ? user(client.userName) : undefined;
  const subject = named ?? known;
  if (!subject)
    throw new Failure(
      'nothing to wait for: kubelets would still allow kube-apiserver everything; authorization mode is AlwaysAllow, or another binding grants it',
    );
  return { subject, isClient: known !== undefined && sameSubject(subject, known) };
}

/** Throws if another binding still grants the access, because kubelets would then never deny it. */
async function checkNotAllowed(
  apiServer: ApiServer,
  subject: RbacSubject,
  profile: Profile,
  signal: AbortSignal,
): Promise<void> {
  const remaining = await findRemainingAccess(apiServer, subject, rulesToAsk(profile), signal);
  if (!remaining) return;
  const { permission, binding } = remaining;
  throw new Failure(
    `kubelets will still allow this: ${formatSubject(subject)} can ${permission} through ${formatGiver(binding)}`,
    { hints: ['kubectl kubeletaccess audit'] },
  );
}

const mostListed = 5;

function renderFailures(failures: readonly Failure[]): string {
  const more = failures.length - mostListed;
  return [
    ...failures.slice(0, mostListed).map((failure) => formatError(failure, false).text),
    more > 0 ? `error: and ${more} more objects were not changed\n` : '',
  ].join('');
}
