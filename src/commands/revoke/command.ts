import { Command, Option } from 'clipanion';
import { parseProfileName, parseSubjectOption } from '../../cli/parse-options.ts';
import { rerunCommand } from '../../cli/rerun-command.ts';
import { exitCodes, Failure, formatError, orFailure, UsageFailure } from '../../errors.ts';
import { type ApiServer, ApiServerFailure } from '../../kube/api-server/api-server.ts';
import { listNodes } from '../../kube/api-server/nodes.ts';
import type { DryRun } from '../../kube/api-server/pair-objects.ts';
import { listRbacOrNamed, listReferrers } from '../../kube/api-server/rbac-lists.ts';
import { whoAmI } from '../../kube/api-server/who-am-i.ts';
import type { ApiConnection } from '../../kube/config/api-connection.ts';
import { type KubeletClient, learnKubeletClient } from '../../kube/kubelet/learn-identity.ts';
import { permissionTtl, permissionTtlMs } from '../../kubelet/authorization-cache.ts';
import type { ClusterRoleBinding, RbacSubject } from '../../objects.ts';
import { isOurs, recordedSubjects } from '../../rbac/annotations.ts';
import type { Change } from '../../rbac/change.ts';
import { knownNames } from '../../rbac/pair.ts';
import {
  type Profile,
  type ProfileName,
  profileNames,
  profileOf,
  rulesToAsk,
} from '../../rbac/profiles.ts';
import { nameOf, type RbacObjects } from '../../rbac/rbac-objects.ts';
import { appliesTo, formatSubject, identityOf, sameSubject, user } from '../../rbac/subject.ts';
import { formatDuration } from '../../text/duration.ts';
import { escapeControl } from '../../text/escape.ts';
import { stillAllowed } from '../pair/find-existing-access.ts';
import { isRecorded } from '../pair/grant-records.ts';
import { type KubeletsToWait, PairCommand } from '../pair/pair-command.ts';
import { planRevoke, type RevokePlan } from './plan.ts';
import { renderRemaining } from './render-remaining.ts';
import { putBackReferredTo } from './restore-roles.ts';
import type { Selection } from './select-grants.ts';

/** For how long, in ms, a list of bindings tells whether a role is referred to. */
const freshMs = 200;

/** How many refusals and remaining grants are told one by one. */
const mostTold = 5;

export class RevokeCommand extends PairCommand {
  static override paths = [['revoke']];
  static override usage = Command.Usage({
    description: 'Take back what grant made, and nothing else',
    details:
      'Take the subjects that grant recorded, or the one that you name, out of the binding; delete the binding when no subject is left, and the cluster role when it is one of ours and no other binding, of any kind in any namespace, refers to it. A pair that was made by hand just as grant makes it, and that nobody else manages, counts as ours. Without a choice it is the pair of the kubelet client that is taken back; what others hold that runs commands is named.',
    examples: [
      ['Take it back', 'kubectl kubeletaccess revoke'],
      ['See what that would delete', 'kubectl kubeletaccess revoke --dry-run=server'],
      ['Take back all whose time is over', 'kubectl kubeletaccess revoke --expired'],
    ],
  });

  override profile = Option.String('--profile', '', {
    description: `Take back the pairs of this profile alone: ${profileNames.join(', ')} (default: the pair of the kubelet client).`,
  });
  override node = Option.Array('--node', [], {
    description: 'Take back the grants for exactly these nodes; may be repeated.',
  });
  subject = Option.String('--subject', {
    description: 'Whose right is taken back: user:NAME, group:NAME, serviceaccount:NAMESPACE:NAME.',
  });
  allProfiles = Option.Boolean('--all-profiles', false, {
    description: 'Take back every pair that grant made, whatever its profile.',
  });
  allSubjects = Option.Boolean('--all-subjects', false, {
    description: 'Take out also the subjects that grant did not put there.',
  });
  expired = Option.Boolean('--expired', false, {
    description:
      'Take back only what was granted with --for and is over, of all profiles or of --profile.',
  });
  /** Plans are made anew; what could not be looked at is told once. */
  private isPartTold = false;
  /** When bindings were last listed to see whether a role is still referred to, and what they refer to. */
  private referrers: { readonly at: number; readonly roles: ReadonlyMap<string, string> } = {
    at: Number.NEGATIVE_INFINITY,
    roles: new Map(),
  };

  override async execute(): Promise<number> {
    const dryRun = this.dryRun();
    const subject = this.subject === undefined ? undefined : parseSubjectOption(this.subject);
    const selection = this.selection(subject);
    const profile = profileOf(selection.profile ?? 'apiserver', selection.nodes);
    // As long as a kubelet keeps what it had allowed.
    const waitMs = this.waitMs(formatDuration(permissionTtlMs + 30_000));
    const several = this.allProfiles || this.expired || (!subject && !profile.runsCommands);
    if (waitMs !== undefined && several)
      throw new UsageFailure('--wait is for the pair of one subject: name it with --subject');
    if (waitMs !== undefined) this.checkWaitable(profile);
    const connection = this.connection();
    const apiServer = this.apiServer(connection);
    try {
      const waiting =
        waitMs === undefined ? undefined : await this.waiting(apiServer, connection, subject);
      const code = await this.takeBack(apiServer, dryRun, selection);
      if (code !== exitCodes.ok) return code;
      if (waitMs === undefined || !waiting || dryRun !== 'none') return exitCodes.ok;
      await checkRefused(apiServer, waiting.subject, profile, this.context.signal);
      return await this.waitForKubelets(waiting, profile, 'refused', waitMs);
    } finally {
      apiServer.close();
    }
  }

  private selection(subject: RbacSubject | undefined): Selection {
    const { allProfiles, expired } = this;
    if (expired && (subject || this.allSubjects))
      throw new UsageFailure('--expired takes no other choice of subjects');
    const profile: ProfileName | undefined =
      this.profile === '' ? undefined : parseProfileName(this.profile);
    if (allProfiles && profile !== undefined)
      throw new UsageFailure('--all-profiles and --profile exclude each other');
    return {
      profile,
      allProfiles,
      subject,
      expired,
      nodes: [...new Set(this.node)].sort(),
      names: { role: this.roleName, binding: this.bindingName },
    };
  }

  /** Looked at before anything is revoked: the caller's own right to ask may be what goes. */
  private async waiting(
    apiServer: ApiServer,
    connection: ApiConnection,
    named: RbacSubject | undefined,
  ): Promise<KubeletsToWait & { readonly subject: RbacSubject }> {
    const client = await this.askedClient(apiServer);
    // Who is named can be asked as, if it is the caller; to nobody else a hint of grant's helps.
    if (client instanceof Failure && !named)
      throw new Failure(client.message, { cause: client, details: client.details });
    const told = !(client instanceof Failure) && client.known ? user(client.userName) : undefined;
    const subject = named ?? told;
    if (!subject)
      throw new Failure(
        'nothing to wait for: kubelets refuse kube-apiserver nothing, not even what the pair does not hold, so that something else allows it',
      );
    const whose = told && sameSubject(subject, told) ? 'kube-apiserver' : subject;
    return { ...(await this.kubeletsToWait(apiServer, connection, whose)), subject };
  }

  private askedClient(apiServer: ApiServer): Promise<KubeletClient | Failure> {
    return orFailure(listNodes(apiServer).then((nodes) => learnKubeletClient(apiServer, nodes)));
  }

  /** Returns the exit code: a refusal to touch one grant does not keep the others. */
  private async takeBack(
    apiServer: ApiServer,
    dryRun: DryRun,
    selection: Selection,
  ): Promise<number> {
    let plan: RevokePlan | undefined;
    let told = '';
    const changed = await this.carryOut(
      apiServer,
      dryRun,
      async () => {
        // Once, though what somebody else writes meanwhile may have all of it planned anew.
        if (told !== '') return '';
        told = await this.ownRight(apiServer, dryRun, plan?.leaving ?? []);
        if (told === '') return '';
        if (this.output === '') return `${told}:`;
        // The objects do not say it.
        this.context.stderr.write(escapeControl(`${told}\n`));
        return '';
      },
      async () => {
        const first = plan === undefined;
        plan = await this.plan(apiServer, dryRun, selection);
        const [refusal, ...more] = plan.refusals;
        if (refusal && more.length === 0 && plan.changes.length === 0 && first) throw refusal;
        return plan.changes;
      },
    );
    if (!plan) throw new Error('nothing is carried out without a plan');
    if (dryRun === 'none' && changed.length > 0) {
      const putBack = await putBackReferredTo(apiServer, changed);
      for (const sentence of putBack) this.context.stderr.write(escapeControl(`${sentence}\n`));
      if (changed.some(({ removed }) => (removed?.subjects ?? []).length > 0))
        this.context.stderr.write(
          `kubelets go on allowing for up to ${permissionTtl} what each of them had already allowed, from its cache\n`,
        );
    }
    const { refusals } = plan;
    this.tellRest(plan, selection, changed.length > 0);
    if (refusals.length === 0) return exitCodes.ok;
    return changed.length > 0 ? exitCodes.someFailed : exitCodes.error;
  }

  private async plan(
    apiServer: ApiServer,
    dryRun: DryRun,
    selection: Selection,
  ): Promise<RevokePlan> {
    const isWanted = (binding: ClusterRoleBinding) =>
      isRecorded(binding) || nameOf(binding) === knownNames.binding;
    const looking = listRbacOrNamed(apiServer, isWanted);
    const found = await this.read(apiServer, looking, [], dryRun);
    if (!found.whole && !this.isPartTold)
      this.context.stderr.write(
        'note: you may not list clusterroles: those that no binding refers to any more were not looked for\n',
      );
    this.isPartTold = true;
    const { allSubjects, force } = this;
    const client = await this.client(apiServer, found, selection);
    return planRevoke(found, selection, { allSubjects, force, client, now: Date.now() });
  }

  /** Whom a pair made by hand is for. Not to be told is no reason not to take back the rest. */
  private async client(
    apiServer: ApiServer,
    { clusterRoleBindings }: RbacObjects,
    { subject, expired, allProfiles }: Selection,
  ): Promise<RbacSubject | undefined> {
    if (subject || expired || allProfiles || this.allSubjects) return undefined;
    const binding = clusterRoleBindings.find((each) => nameOf(each) === knownNames.binding);
    if (!binding || isOurs(binding) || recordedSubjects(binding).length > 0) return undefined;
    const asked = await this.askedClient(apiServer);
    return !(asked instanceof Failure) && asked.known ? user(asked.userName) : undefined;
  }

  /** What was not done, and what stays. */
  private tellRest(
    { changes, refusals, remaining }: RevokePlan,
    selection: Selection,
    changed: boolean,
  ): void {
    const { stderr } = this.context;
    if (changes.length === 0 && refusals.length === 0 && !changed)
      stderr.write('nothing to take back: no such grant is on record\n');
    if (remaining.length > 0)
      stderr.write(
        escapeControl(renderRemaining(remaining, selection, (more) => this.again(more))),
      );
    for (const refusal of refusals.slice(0, mostTold))
      stderr.write(formatError(refusal, false).text);
    if (refusals.length > mostTold)
      stderr.write(`error: and ${refusals.length - mostTold} more were refused\n`);
  }

  /** This very command for other grants, of the same cluster. */
  private again(more: readonly string[]): string {
    const without = ['--subject', '--profile', '--node', '--role-name', '--binding-name', '--wait'];
    return rerunCommand('revoke', this.given, { without, more });
  }

  /** Whoever takes away the right by which they do it is told so first. To ask who they are is a POST. */
  private async ownRight(
    apiServer: ApiServer,
    dryRun: DryRun,
    leaving: readonly RbacSubject[],
  ): Promise<string> {
    if (dryRun === 'client' || leaving.length === 0) return '';
    const { user: name, groups } = await whoAmI(apiServer);
    const own = leaving.find((subject) => appliesTo(subject, identityOf(name, groups)));
    if (!own) return '';
    const as = formatSubject(own);
    const you = own.kind === 'Group' ? `user:${name} of ${as}` : as;
    return `you are ${you}, so that this takes away a right of your own`;
  }

  /** A role goes only if nobody has come to refer to it since: that is looked up again directly before. */
  protected override async send(apiServer: ApiServer, change: Change) {
    if (change.kind === 'ClusterRole' && change.action === 'delete') {
      const { at } = this.referrers;
      if (performance.now() - at > freshMs)
        this.referrers = { roles: await listReferrers(apiServer), at: performance.now() };
      const referrer = this.referrers.roles.get(change.name);
      if (referrer !== undefined) {
        this.referrers = { at: Number.NEGATIVE_INFINITY, roles: new Map() };
        throw new ApiServerFailure(
          409,
          'Conflict',
          `${referrer} has come to refer to ClusterRole ${change.name}`,
        );
      }
    }
    return super.send(apiServer, change);
  }
}

/** What another binding still allows, no kubelet will come to refuse. */
async function checkRefused(
  apiServer: ApiServer,
  subject: RbacSubject,
  profile: Profile,
  signal: AbortSignal,
): Promise<void> {
  const still = await stillAllowed(apiServer, subject, rulesToAsk(profile), signal);
  if (!still) return;
  const by =
    still.binding === '' ? 'the group system:masters' : `ClusterRoleBinding ${still.binding}`;
  throw new Failure(
    `kubelets will go on allowing that: ${formatSubject(subject)} still may ${still.right}, by ${by}`,
    { hints: ['kubectl kubeletaccess audit'] },
  );
}
