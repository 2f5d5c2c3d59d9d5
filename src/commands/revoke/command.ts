import { describe } from '../../cli/command-definition.ts';
import { openServer } from '../../cli/connection.ts';
import { declare } from '../../cli/option.ts';
import { parseProfileName, parseSubjectOption } from '../../cli/parse-options.ts';
import { rerunCommand } from '../../cli/rerun-command.ts';
import { printParts } from '../../cli/write-output.ts';
import {
  exitCodes,
  Failure,
  formatError,
  orFailure,
  reworded,
  UsageFailure,
} from '../../errors.ts';
import type { ApiServer } from '../../kube/api-server/api-server.ts';
import { permissionCacheNote, permissionTtlMs } from '../../kubelet/authorization-cache.ts';
import type { RbacSubject } from '../../objects.ts';
import { type Change, isMade } from '../../rbac/change.ts';
import { type Profile, profileNames, profileOf } from '../../rbac/profiles.ts';
import { nameOf } from '../../rbac/rbac-objects.ts';
import { escapeControlLines } from '../../text/escape.ts';
import { applyPlan } from '../shared/pair/apply-plan.ts';
import { findKubelets } from '../shared/pair/find-kubelets.ts';
import { mostListed } from '../shared/pair/holders.ts';
import { PairCommand, type PairSettings, pairOptions } from '../shared/pair/pair-command.ts';
import { openPlanReporter, type PlanReporter, results } from '../shared/pair/plan-reporter.ts';
import { waitForKubelets } from '../shared/pair/wait.ts';
import { revokeExpiredJob } from './cron-job.ts';
import {
  checkNotAllowed,
  findClientSubject,
  gatherAbsentNodes,
  gatherForRevoke,
  gatherTerms,
} from './gather.ts';
import { effectLines, keptAccess, remainingLines, stayingRoles } from './notes.ts';
import {
  applied,
  type FoundForRevoke,
  isSelected,
  planRestores,
  planRevoke,
  planRoles,
  planUnbind,
  type RevokeTerms,
  type Selection,
} from './plan.ts';

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
  printCronjob = declare.output.flag('--print-cronjob', 'Print a CronJob.', {
    needs: ['--expired'],
    not: ['NODE', '--node', '--profile'],
  });

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
    this.checkWaitable(asked);
    return { ...pair, profile: asked, selection: { profile, subject, expired, nodes } };
  }

  override async execute(): Promise<number> {
    const settings = this.parseOptions();
    if (this.printCronjob) {
      const { stdout, signal } = this.context;
      await printParts({ stdout, signal }, [revokeExpiredJob()]);
      return exitCodes.ok;
    }
    const { profile, wait, dryRun, output, selection } = settings;
    const connection = await this.openConnection();
    using apiServer = openServer(this, connection);
    const { signal, stderr } = this.context;
    // Looks up the subject and the kubelets before the change, because revoke may remove the caller's own permission to do so.
    const revoked = wait && (await findRevoked(apiServer, selection.subject));
    const waited = selection.subject ?? 'kube-apiserver';
    const kubelets = await findKubelets(this, [connection, apiServer], settings, waited);
    if (kubelets?.isDirect && selection.profile === undefined)
      throw new UsageFailure('--wait needs --profile beside --subject: what are kubelets to deny?');
    const reporter = openPlanReporter(this.context, settings);
    const { found, done, failures } = await revoke(apiServer, settings, reporter, {
      signal,
      again: rerunCommand('revoke', this.given, {
        ...{ args: this.names, without: ['--wait', '--dry-run'], more: [] },
      }),
    });
    if (done.length === 0 && failures.length === 0) {
      stderr.write('nothing to do: no matching grant found\n');
      for (const line of await gatherAbsentNodes(apiServer, selection)) reporter.note(line);
    }
    const without = ['--subject', '--profile', '--node', '--wait'];
    const rerun = (more: readonly string[]) =>
      rerunCommand('revoke', this.given, { without, more });
    const lines = failures.length > 0 ? [] : remainingLines(found, done, selection, rerun);
    stderr.write(lines.length > 0 ? escapeControlLines(lines) : '');
    stderr.write(renderFailures(failures));
    const [failure] = failures;
    if (failure) return done.length > 0 ? exitCodes.someFailed : failure.exitCode;
    if (!kubelets || !revoked || dryRun !== 'none') return exitCodes.ok;
    await checkNotAllowed(apiServer, revoked, profile, signal);
    const waiting = { profile, want: 'denied', timeoutMs: wait.timeoutMs, output } as const;
    return await waitForKubelets(kubelets, waiting, this.context);
  }
}

interface Revoked {
  /** The objects before the changes. */
  readonly found: FoundForRevoke;
  /** Changes that were made or, in a dry run, would be made. */
  readonly done: readonly Change[];
  readonly failures: readonly Failure[];
}

const heading = 'would remove:';

/** Revokes each selected grant by itself: one that cannot be revoked changes nothing for the others. Deletes roles last. */
async function revoke(
  apiServer: ApiServer,
  { dryRun, selection: asked, force }: RevokeSettings,
  reporter: PlanReporter,
  { signal, again }: { readonly signal: AbortSignal; readonly again: string },
): Promise<Revoked> {
  const found = await gatherForRevoke(apiServer);
  const terms = await gatherTerms(apiServer, found, asked, force);
  const planned = planRevoke(found, terms);
  const { bindings, roles } = planned;
  const notes = [
    ...planned.notes,
    ...stayingRoles(found, again),
    ...effectLines(planned, terms.selection),
  ];
  reporter.announce({ heading, changes: [...bindings, ...roles], notes });
  const failures = [...planned.failures];
  const changes: Change[] = [];
  const apply = async (all: readonly Change[], replan: Again, title = heading) => {
    for (const change of all) {
      const plan = async (isAgain: boolean) => {
        const now = isAgain ? replan(change.name, await gatherForRevoke(apiServer), terms) : change;
        return { heading: title, changes: [now ?? keeping(change)] };
      };
      const result = await orFailure(applyPlan(apiServer, { dryRun, reporter, signal, plan }));
      if (!(result instanceof Failure)) changes.push(...result);
      else if (result.kind === 'API server unreachable') throw result;
      else failures.push(named(result, change));
    }
  };
  await apply(bindings, unbindAgain);
  if (dryRun !== 'none') await apply(roles, dropAgain);
  else if (roles.length > 0) {
    // Reads the bindings again: who was granted access meanwhile keeps the role.
    const after = await orFailure(gatherForRevoke(apiServer));
    const names = roles.map(({ name }) => name);
    if (after instanceof Failure) failures.push(after);
    else {
      await apply(planRoles(names, after, terms), dropAgain);
      for (const line of stayingRoles(after, again)) reporter.note(line);
    }
    if (changes.some(isRoleDeleted)) {
      const restores = planRestores(changes, await gatherForRevoke(apiServer));
      await apply(restores, restoreAgain, 'would restore:');
    }
  }
  const done = changes.filter(isMade);
  const isTaken = done.some(({ removed }) => removed?.subjects?.length || removed?.rules?.length);
  if (dryRun === 'none' && isTaken) reporter.note(`note: ${permissionCacheNote}`);
  const left = { ...found, roles: applied(found.roles, roles) };
  for (const line of keptAccess(left, bindings, terms.selection)) reporter.note(line);
  reporter.objects(changes);
  return { found, done, failures };
}

function isRoleDeleted({ kind, action }: Change): boolean {
  return kind === 'ClusterRole' && action === 'delete';
}

/** Plans the change of one object again, after another client changed it; undefined if nothing is left to do. */
type Again = (name: string, found: FoundForRevoke, terms: RevokeTerms) => Change | undefined;

const unbindAgain: Again = (name, { bindings }, terms) => {
  const binding = bindings.find((each) => nameOf(each) === name);
  return binding && isSelected(binding, terms) ? planUnbind(binding, terms) : undefined;
};
const dropAgain: Again = (name, found, terms) => planRoles([name], found, terms)[0];
/** A concurrent grant has created the role again. */
const restoreAgain: Again = () => undefined;

/** The change of an object that another client has deleted or changed, so that nothing of it is left to do. */
function keeping({ kind, name }: Change): Change {
  return { kind, name, action: 'none', differences: [] };
}

function named(failure: Failure, { kind, name, action }: Change): Failure {
  if (failure.message.includes(name)) return failure;
  return reworded(failure, {
    details: [`${kind} ${name} was not ${results[action]}`, ...failure.details],
    kind: failure.kind,
  });
}

async function findRevoked(
  apiServer: ApiServer,
  subject: RbacSubject | undefined,
): Promise<RbacSubject> {
  const revoked = subject ?? (await findClientSubject(apiServer));
  if (revoked) return revoked;
  throw new Failure(
    'nothing to wait for: kubelets would still allow kube-apiserver everything; authorization mode is AlwaysAllow, or another binding grants it',
  );
}

function renderFailures(failures: readonly Failure[]): string {
  const more = failures.length - mostListed;
  return [
    ...failures.slice(0, mostListed).map((failure) => formatError(failure, false).text),
    more > 0 ? `error: and ${more} more objects were not changed\n` : '',
  ].join('');
}
