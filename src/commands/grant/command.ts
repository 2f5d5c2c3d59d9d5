import { Command } from 'clipanion';
import { isGiven } from '../../cli/argv.ts';
import { openServer } from '../../cli/connection.ts';
import { openKubelets } from '../../cli/kubelets.ts';
import { declare } from '../../cli/option.ts';
import { parseProfileName } from '../../cli/parse-options.ts';
import { rerunCommand, rerunLine } from '../../cli/rerun-command.ts';
import { exitCodes, Failure, orFailure, UsageFailure } from '../../errors.ts';
import type { ApiServer } from '../../kube/api-server/api-server.ts';
import { orUndefined } from '../../kube/api-server/api-server-failure.ts';
import { findPair } from '../../kube/api-server/pair-objects.ts';
import { denialCacheNote } from '../../kubelet/authorization-cache.ts';
import type { Node } from '../../objects.ts';
import { type FoundPair, pairNames, pairOf } from '../../rbac/pair.ts';
import { profileNames, profileOf, readerCommand } from '../../rbac/profiles.ts';
import { formatGiver, formatSubject } from '../../rbac/subject.ts';
import { command } from '../../text/command.ts';
import { applyPlan } from '../shared/pair/apply-plan.ts';
import { findExistingAccess } from '../shared/pair/find-existing-access.ts';
import { findKubelets } from '../shared/pair/find-kubelets.ts';
import { checkWaitable } from '../shared/pair/options.ts';
import { PairCommand } from '../shared/pair/pair-command.ts';
import { openPlanReporter, type PlanReporter } from '../shared/pair/plan-reporter.ts';
import { waitForKubelets } from '../shared/pair/wait.ts';
import { type FoundGrantee, findGrantee, formatGrantee, type Grantee } from './find-grantee.ts';
import {
  changesRules,
  gatherExistingAccess,
  gatherGranter,
  gatherNodeNotes,
  gatherPair,
  isRoleThere,
  rejectAbsentNodes,
} from './gather.ts';
import { checkOwnRole, type GrantSettings, parseExpiry, parseGrantee } from './options.ts';
import { isWidening, planGrant, withGranterOf } from './plan.ts';

const defaultWaitMs = 120_000;

export class GrantCommand extends PairCommand {
  static override paths = [['grant']];
  static override usage = Command.Usage({
    details:
      'Grant kube-apiserver access to kubelets.\n\nCreate or repair ClusterRole system:kube-apiserver-to-kubelet and ClusterRoleBinding system:kube-apiserver, for the identity that kube-apiserver presents to kubelets. That identity is found with a read-only request through the API server.\n\nOther profiles grant less access, to the subject set with --subject. Existing rules, subjects and bindings are kept unless an option says otherwise.',
    examples: [
      ['Grant kube-apiserver access to kubelets', 'kubectl kubeletaccess grant'],
      ['Print what would be created', 'kubectl kubeletaccess grant --dry-run=client -o yaml'],
      [
        'Allow user jane to read the stats of one node for an hour',
        'kubectl kubeletaccess grant --profile stats --subject user:jane --node node-1 --for 1h',
      ],
    ],
  });

  profile = declare.selection.text(
    '--profile',
    `Permissions to grant: ${profileNames.join(', ')}.`,
    { initial: 'apiserver', completes: profileNames },
  );
  node = declare.selection.list(
    '--node',
    'Limit the permissions to this node. Can be repeated, or a list with commas.',
    { completes: 'nodes' },
  );
  subject = declare.selection.textIfGiven(
    '--subject',
    'Grant access to user:NAME, group:NAME or serviceaccount:NAMESPACE:NAME. Defaults to kube-apiserver.',
    { completes: 'subject' },
  );
  allowExec = declare.behavior.flag(
    '--allow-exec',
    'Allow granting nodes/proxy to others than kube-apiserver: it runs commands in every container.',
  );
  for = declare.behavior.textIfGiven(
    '--for',
    'Time after which the access expires, such as 30m. revoke --expired removes it then.',
  );
  permanent = declare.behavior.flag('--permanent', 'Remove the expiry of an existing grant.');
  prune = declare.behavior.flag(
    '--prune',
    'Remove rules beyond the profile, and subjects that the grant command did not add.',
  );
  acceptWider = declare.behavior.flag(
    '--accept-wider',
    'Grant a role that allows more than the profile, or that others use.',
  );
  evenIfRedundant = declare.behavior.flag(
    '--even-if-redundant',
    'Grant access even if another binding already grants it.',
  );

  ignoreNotFound = declare.selection.flag(
    '--ignore-not-found',
    'Also grant access to nodes that the cluster does not have yet.',
  );

  private parseOptions(): GrantSettings {
    const { permanent, prune, acceptWider, allowExec, evenIfRedundant, ignoreNotFound } = this;
    if (this.for !== undefined && permanent)
      throw new UsageFailure('--for and --permanent are mutually exclusive');
    const pair = this.parsePair(defaultWaitMs);
    const profile = profileOf(parseProfileName(this.profile), pair.nodes);
    checkOwnRole(profile, pair);
    checkWaitable(pair, profile);
    const now = Date.now();
    return {
      ...{ ...pair, profile, permanent, prune, acceptWider, now },
      ...{ allowExec, evenIfRedundant, ignoreNotFound },
      isUsual:
        pair.nodes.length === 0 &&
        !['--profile', '--role-name', '--binding-name', '--prune'].some((name) =>
          isGiven(this.given, name),
        ),
      subject: this.subject === undefined ? undefined : parseGrantee(this.subject, pair.force),
      expires: this.for === undefined ? undefined : parseExpiry(this.for, now),
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
    const nodes = await rejectAbsentNodes(apiServer, asked);
    const found = await findGrantee(apiServer, asked, rerun);
    const { grantee, managed, notes, profile = asked.profile } = found;
    const settings = { ...asked, profile };
    for (const note of notes) reporter.note(note);
    const isClient = !grantee || grantee.kind === 'client';
    const subject = isClient ? 'kube-apiserver' : grantee.subject;
    const openAccess = () => openKubelets(this, connection);
    const { signal } = this.context;
    const kubelets =
      wait && (await findKubelets(apiServer, { subject, only, wait, openAccess, signal }));
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
  const { profile, dryRun, nodes } = settings;
  const { subject, kind } = grantee;
  const usual = pairNames(profile, subject, nodes, kind !== 'other');
  const { role, binding } = settings.names;
  const names = { role: role || usual.role, binding: binding || usual.binding };
  const { expires } = settings;
  const wanted = pairOf(profile, subject, names, expires);
  const plan = async (read?: FoundPair) =>
    planGrant(wanted, await gatherPair(apiServer, wanted, settings, read), settings);
  let read = await orUndefined(findPair(apiServer, names));
  // If the role's rules do not change, the changes are planned from the objects in `read`, without more requests.
  let planned = read && !changesRules(wanted, read, settings) && (await orFailure(plan(read)));
  const isUnchanged =
    planned && !(planned instanceof Failure) && planned.every(({ action }) => action === 'none');
  let by: string | undefined;
  if (!isUnchanged) {
    const [existing, granter] = await Promise.all([
      gatherExistingAccess(apiServer, subject, names.binding, settings),
      gatherGranter(apiServer, dryRun),
    ]);
    by = granter;
    for (const line of existing?.lines ?? []) reporter.note(line);
    if (existing?.suffices) return;
  }
  const nodeNotes = await gatherNodeNotes(apiServer, profile.name, nodes, known);
  for (const line of nodeNotes) reporter.note(line);
  const { done } = await applyPlan(apiServer, {
    dryRun,
    reporter,
    signal,
    plan: async () => {
      const changes = planned || (await plan(read));
      // applyPlan calls `plan` again only if another client has changed the objects. Then the objects in `read` are out of date.
      planned = read = undefined;
      if (changes instanceof Failure) throw changes;
      const stamped = changes.map((change) => withGranterOf(change, subject, by));
      return { heading: `for ${formatGrantee(grantee)}:`, changes: stamped };
    },
    verify: (written) => isRoleThere(apiServer, wanted, written),
  });
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
  if (settings.expires !== undefined)
    reporter.note(
      `note: Kubernetes will not expire this: run kubectl kubeletaccess revoke --expired after ${settings.expires} (a CronJob for it: kubectl kubeletaccess help revoke-expired)`,
    );
}
