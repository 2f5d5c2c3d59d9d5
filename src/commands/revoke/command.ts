import { Command } from 'clipanion';
import { openServer } from '../../cli/connection.ts';
import { openKubelets } from '../../cli/kubelets.ts';
import { declare } from '../../cli/option.ts';
import { parseProfileName, parseSubjectOption } from '../../cli/parse-options.ts';
import { rerunCommand } from '../../cli/rerun-command.ts';
import { exitCodes, Failure, formatError, notTogether, UsageFailure } from '../../errors.ts';
import type { ApiServer } from '../../kube/api-server/api-server.ts';
import { orUndefined } from '../../kube/api-server/api-server-failure.ts';
import { kinds } from '../../kube/api-server/kinds.ts';
import { permissionCacheNote, permissionTtlMs } from '../../kubelet/authorization-cache.ts';
import { formatPermissions, whoReaches } from '../../kubelet/reach.ts';
import type { RbacSubject } from '../../objects.ts';
import { grantRecordOf, subjectRecordOf } from '../../rbac/grant-record.ts';
import { type Profile, profileNames, profileOf, rulesToAsk } from '../../rbac/profiles.ts';
import type { RbacObjects } from '../../rbac/rbac-objects.ts';
import { formatGiver, formatSubject, sameSubject, user } from '../../rbac/subject.ts';
import { escapeControlLines } from '../../text/escape.ts';
import { summarize } from '../../text/list.ts';
import { applyPlan } from '../shared/pair/apply-plan.ts';
import { findRemainingAccess } from '../shared/pair/find-existing-access.ts';
import { absentNodeLines, findKubelets } from '../shared/pair/find-kubelets.ts';
import { checkWaitable, type PairSettings } from '../shared/pair/options.ts';
import { PairCommand } from '../shared/pair/pair-command.ts';
import { openPlanReporter, type PlanReporter } from '../shared/pair/plan-reporter.ts';
import { waitForKubelets } from '../shared/pair/wait.ts';
import { findClient, gatherGrants, gatherHandMadeClient, gatherOwnAccess } from './gather.ts';
import { planRevoke, type RevokePlan } from './plan.ts';
import { openReferrerCheck, restoreReferencedRoles } from './restore-roles.ts';
import type { GrantSelection, NamedGrant } from './select-grants.ts';

/** Default time limit of --wait in ms. It is longer than the time for which kubelets cache allowed requests. */
const defaultWaitMs = permissionTtlMs + 30_000;

interface RevokeSettings extends PairSettings {
  readonly selection: GrantSelection;
  /** The profile whose requests --wait sends to kubelets. */
  readonly profile: Profile;
}

export class RevokeCommand extends PairCommand {
  static override paths = [['revoke']];
  static override usage = Command.Usage({
    details:
      "Revoke access created by grant: by default kube-apiserver's.\n\nRemove from the binding the subjects that grant added, or the subject set with --subject. Delete the binding when no subject is left, and the ClusterRole when grant created it and no other binding in any namespace refers to it. Then list other subjects that can still run commands through kubelets.\n\nA ClusterRole and binding created by hand are also removed if they match exactly what grant creates, unless another tool manages them.",
    examples: [
      ["Revoke kube-apiserver's access to kubelets", 'kubectl kubeletaccess revoke'],
      ['Check what would be deleted', 'kubectl kubeletaccess revoke --dry-run=server'],
      ['Revoke all expired grants', 'kubectl kubeletaccess revoke --expired'],
    ],
  });

  profile = declare.selection.text(
    '--profile',
    `Revoke grants of this profile only: ${profileNames.join(', ')}.`,
    { completes: profileNames },
  );
  node = declare.selection.list(
    '--node',
    'Revoke grants that are limited to exactly these nodes. Can be repeated.',
    { completes: 'nodes' },
  );
  subject = declare.selection.textIfGiven(
    '--subject',
    'Subject to revoke access from, of every profile or of --profile: user:NAME, group:NAME or serviceaccount:NAMESPACE:NAME.',
    { completes: 'subject' },
  );
  allProfiles = declare.selection.flag('--all-profiles', 'Revoke grants of every profile.');
  expired = declare.selection.flag(
    '--expired',
    'Revoke only expired access, for all profiles unless --profile is set.',
  );

  private parseOptions(): RevokeSettings {
    const { subject: named, allProfiles, expired } = this;
    const pair = this.parsePair(defaultWaitMs);
    const profile = this.profile === '' ? undefined : parseProfileName(this.profile);
    const subject = named === undefined ? undefined : parseSubjectOption(named);
    const nodes = [...new Set(pair.nodes)].sort();
    if (expired && subject) throw notTogether('--expired', '--subject');
    if (allProfiles && profile !== undefined)
      throw new UsageFailure('--all-profiles and --profile are mutually exclusive');
    const asked = profileOf(profile ?? 'apiserver', nodes);
    const isOfOne = !allProfiles && !expired && (subject || asked.runsCommands);
    if (pair.wait && !isOfOne)
      throw new UsageFailure(
        '--wait cannot be used where several subjects may lose access; use --subject without --all-profiles and --expired',
      );
    checkWaitable(pair, asked);
    return {
      ...pair,
      profile: asked,
      selection: {
        profile,
        // --subject without --profile selects all grants of the subject.
        allProfiles: allProfiles || (subject !== undefined && profile === undefined),
        ...{ subject, expired, nodes, names: pair.names },
      },
    };
  }

  override async execute(): Promise<number> {
    const settings = this.parseOptions();
    const { profile, wait, dryRun, output, nodes: only, selection } = settings;
    const connection = await this.openConnection();
    using apiServer = openServer(this, connection);
    const { signal, stderr } = this.context;
    const openAccess = () => openKubelets(this, connection);
    // Looks up the subject and the kubelets before the change, because revoke may remove the caller's own permission to do so.
    const revoked = wait && (await findRevoked(apiServer, selection.subject));
    if (revoked && !revoked.isClient && selection.profile === undefined)
      throw new UsageFailure('--wait needs --profile beside --subject: what are kubelets to deny?');
    const subject = revoked?.isClient ? 'kube-apiserver' : revoked?.subject;
    const kubelets =
      wait &&
      subject &&
      (await findKubelets(apiServer, { subject, only, wait, openAccess, signal }));
    const reporter = openPlanReporter(this.context, settings);
    const { plan, isChanged, found } = await revoke(apiServer, settings, reporter, signal);
    for (const line of otherAccess(found, plan, selection)) reporter.note(line);
    const isNothing = plan.changes.length === 0 && plan.failures.length === 0 && !isChanged;
    if (isNothing) {
      stderr.write('nothing to do: no matching grant found\n');
      for (const line of await findAbsentNodes(apiServer, only)) reporter.note(line);
    }
    stderr.write(renderRemaining(plan, selection, (more) => this.rerun(more)));
    const [failure] = plan.failures;
    if (failure) return isChanged ? exitCodes.someFailed : failure.exitCode;
    if (!kubelets || !revoked || dryRun !== 'none') return exitCodes.ok;
    await checkNotAllowed(apiServer, revoked.subject, profile, signal);
    const waiting = { profile, want: 'denied', timeoutMs: wait.timeoutMs, output } as const;
    return await waitForKubelets(kubelets, waiting, this.context);
  }

  private rerun(more: readonly string[]): string {
    const without = ['--subject', '--profile', '--node', '--role-name', '--binding-name', '--wait'];
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

/** Revokes the selected grants. If one of them may not be changed, still revokes the others. */
async function revoke(
  apiServer: ApiServer,
  settings: RevokeSettings,
  reporter: PlanReporter,
  signal: AbortSignal,
): Promise<{
  readonly plan: RevokePlan;
  readonly isChanged: boolean;
  readonly found: RbacObjects;
}> {
  const { dryRun, selection, force } = settings;
  let found: RbacObjects = { clusterRoles: [], clusterRoleBindings: [], roleBindings: [] };
  const { done, plan } = await applyPlan(apiServer, {
    dryRun,
    reporter,
    signal,
    check: openReferrerCheck(apiServer),
    plan: async (before) => {
      const { objects, notes } = await gatherGrants(apiServer);
      found = objects;
      reporter.announce({ changes: [], notes });
      const client = await gatherHandMadeClient(apiServer, objects, selection);
      const planned = planRevoke(objects, selection, { force, client, now: Date.now() });
      const [failure, ...more] = planned.failures;
      const isAll = more.length === 0 && planned.changes.length === 0 && before.length === 0;
      if (failure && isAll) throw failure;
      // A client dry run sends no POST request, and the request that returns the caller's user name is a POST request.
      const leaving = dryRun === 'client' ? [] : planned.leaving;
      const own = await gatherOwnAccess(apiServer, leaving);
      return { ...planned, notes: [...effectLines(planned, selection), ...own] };
    },
  });
  if (dryRun === 'none' && done.length > 0) {
    for (const sentence of await restoreReferencedRoles(apiServer, done))
      reporter.note(`note: ${sentence}`);
    if (done.some(({ removed }) => removed?.subjects?.length))
      reporter.note(`note: ${permissionCacheNote}`);
  }
  return { plan, isChanged: done.length > 0, found };
}

/** If --subject is given, returns a note on access to kubelets that the subject keeps through bindings that grant did not make. */
function otherAccess(
  { clusterRoles, clusterRoleBindings }: RbacObjects,
  { affected, remaining, changes }: RevokePlan,
  { subject }: GrantSelection,
): readonly string[] {
  if (!subject) return [];
  const changed = changes.filter(({ kind }) => kind === 'ClusterRoleBinding');
  const named = new Set([...affected, ...remaining, ...changed].map(({ name }) => name));
  // Leaves out grants that were not selected, because `grants` lists them and reports unreadable annotations.
  const granted = clusterRoleBindings.filter(
    (each) => grantRecordOf(each).isUnreadable || subjectRecordOf(each, subject),
  );
  const left = new Set([...named, ...granted.map(({ metadata }) => metadata.name)]);
  const others = whoReaches(clusterRoles, clusterRoleBindings)
    .filter((each) => sameSubject(each.subject, subject))
    .flatMap(({ by }) => by)
    .filter(({ binding }) => !left.has(binding));
  return others.length === 0
    ? []
    : [
        `note: ${formatSubject(subject)} keeps ${summarize(others, mostListed, ({ binding, permissions }) => `${formatPermissions(permissions)} by ClusterRoleBinding ${binding}`)}: grant did not make it`,
      ];
}

function effectLines(
  { leaving, affected }: Pick<RevokePlan, 'leaving' | 'affected'>,
  { subject, profile, allProfiles, expired }: GrantSelection,
): readonly string[] {
  if (expired || affected.length === 0) return [];
  const grants = summarize(affected, mostListed, (grant) => formatGrant(grant, false));
  const whole = subject
    ? `grant gave ${formatSubject(subject)} access through ${grants}`
    : `this takes access from ${summarize([...new Set(leaving.map(formatSubject))], mostListed)}`;
  const isOfApiServer = !subject && (profile === undefined || profileOf(profile).runsCommands);
  return [
    ...(allProfiles ? [`note: ${whole}`] : []),
    ...(isOfApiServer
      ? [
          'note: kubectl logs, exec, attach, cp and port-forward stop for everybody, unless kube-apiserver has other access; to undo: kubectl kubeletaccess grant',
        ]
      : []),
  ];
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

function renderRemaining(
  { failures, remaining }: RevokePlan,
  selection: GrantSelection,
  rerun: (more: readonly string[]) => string,
): string {
  const more = failures.length - mostListed;
  return [
    remaining.length > 0 ? escapeControlLines(grantLines(remaining, selection, rerun)) : '',
    ...failures.slice(0, mostListed).map((failure) => formatError(failure, false).text),
    more > 0 ? `error: and ${more} more grants were not revoked\n` : '',
  ].join('');
}

function grantLines(
  remaining: readonly NamedGrant[],
  { subject, profile }: GrantSelection,
  rerun: (more: readonly string[]) => string,
): readonly string[] {
  const list = summarize(remaining, mostListed, (grant) =>
    formatGrant(grant, subject === undefined),
  );
  const hint = (more: readonly string[]) => `hint: to revoke that too: ${rerun(more)}`;
  if (subject) {
    const isSame = remaining.every(
      ({ profiles }) => profile !== undefined && profiles.includes(profile),
    );
    const which = isSame && profile !== undefined ? ['--profile', profile] : ['--all-profiles'];
    const name = formatSubject(subject);
    return [`note: ${name} still has access through ${list}`, hint(['--subject', name, ...which])];
  }
  const [one, ...others] = new Set(remaining.flatMap(({ profiles }) => profiles));
  const which = one !== undefined && others.length === 0 ? ['--profile', one] : ['--all-profiles'];
  return [`note: others can still run commands in containers through ${list}`, hint(which)];
}

function formatGrant({ name, profiles, binding }: NamedGrant, withSubjects: boolean): string {
  const subjects = (binding?.subjects ?? []).map(formatSubject);
  const details = [
    ...(profiles.length === 0 ? [] : [`profile ${profiles.join(', ')}`]),
    ...(withSubjects ? [`for ${summarize(subjects, mostListed)}`] : []),
  ];
  return `ClusterRoleBinding ${name}${details.length > 0 ? ` (${details.join(', ')})` : ''}`;
}
