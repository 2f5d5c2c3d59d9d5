import { Command, Option } from 'clipanion';
import { exitCodes, Failure, UsageFailure } from '../errors.ts';
import type { ApiServer } from '../kube/api-server.ts';
import { whoAmI } from '../kube/caller.ts';
import type { ApiConnection } from '../kube/config/connection.ts';
import { learnKubeletClient } from '../kube/kubelet-client.ts';
import { listNodes } from '../kube/node-lookup.ts';
import { findPair, findWithBindings, listClusterRoleBindings } from '../kube/pair.ts';
import { stillAllowed } from '../kube/redundancy.ts';
import type { ClusterRoleBinding, RbacSubject } from '../objects.ts';
import type { Change } from '../rbac/change.ts';
import { isOurs, recordedExpiries, recordedProfile, recordedSubjects } from '../rbac/ownership.ts';
import { knownNames, type PairNames, pairNames } from '../rbac/pair.ts';
import { planRevoke, type RevokeOptions } from '../rbac/plan-revoke.ts';
import { isProfileName, type Profile, profileOf, rulesToAsk } from '../rbac/profiles.ts';
import { formatSubject, sameSubject, user } from '../rbac/subject.ts';
import { type KubeletsToWait, PairCommand } from './pair-command.ts';

/** A pair that may have to go. */
interface Target {
  readonly profile: Profile;
  readonly names: PairNames;
}

export class RevokeCommand extends PairCommand {
  static override paths = [['revoke']];
  static override usage = Command.Usage({
    description: 'Take back what grant made, and nothing else',
    details:
      'Take the subjects that grant recorded, or the one that you name, out of the binding; delete the binding when no subject is left, and the cluster role when it is one of ours and no other binding, of any kind in any namespace, refers to it. A pair that was made by hand just as grant makes it, and that nobody else manages, counts as ours.',
    examples: [
      ['Take it back', 'kubectl kubeletaccess revoke'],
      ['See what that would delete', 'kubectl kubeletaccess revoke --dry-run=server'],
      ['Take back all whose time is over', 'kubectl kubeletaccess revoke --expired'],
    ],
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
    description: 'Take back only what was granted with --for and is over, of all profiles.',
  });

  override async execute(): Promise<number> {
    const dryRun = this.dryRun();
    const subject = this.subject === undefined ? undefined : this.readSubject(this.subject);
    if (this.expired && (subject || this.allSubjects))
      throw new UsageFailure('--expired takes no other choice of subjects');
    const profile = profileOf(this.profileName(), this.node);
    // As long as a kubelet keeps what it had allowed.
    const waitMs = this.waitMs('5m30s');
    const several = this.allProfiles || this.expired || (!subject && !profile.runsCommands);
    if (waitMs !== undefined && several)
      throw new UsageFailure('--wait is for the pair of one subject: name it with --subject');
    const connection = this.connection();
    const apiServer = this.apiServer(connection);
    try {
      const waiting =
        waitMs === undefined ? undefined : await this.waiting(apiServer, connection, subject);
      const client = await this.client(apiServer, subject);
      const { allSubjects, expired, force } = this;
      const options = { subject, client, allSubjects, expired, force, now: Date.now() };
      let changed = 0;
      for (const target of await this.targets(apiServer, profile, subject))
        changed += await this.takeBack(apiServer, dryRun, target, options);
      if (dryRun === 'none' && changed > 0)
        this.context.stderr.write(
          'kubelets go on allowing for up to 5 minutes what each of them had already allowed, from its cache\n',
        );
      if (waitMs === undefined || !waiting || dryRun !== 'none') return exitCodes.ok;
      await checkRefused(apiServer, waiting.subject, profile);
      return await this.waitForKubelets(waiting, profile, 'refused', waitMs);
    } finally {
      apiServer.close();
    }
  }

  /** Looked at before anything is revoked: the caller's own right to ask may be what goes. */
  private async waiting(
    apiServer: ApiServer,
    connection: ApiConnection,
    named: RbacSubject | undefined,
  ): Promise<KubeletsToWait & { readonly subject: RbacSubject }> {
    const client = await learnKubeletClient(apiServer, await listNodes(apiServer));
    const told = client.known ? user(client.userName) : undefined;
    const subject = named ?? told;
    if (!subject)
      throw new Failure(
        'nothing to wait for: kubelets refuse kube-apiserver nothing, not even what the pair does not hold, so that something else allows it',
      );
    const whose = told && sameSubject(subject, told) ? 'kube-apiserver' : subject;
    return { ...(await this.kubeletsToWait(apiServer, connection, whose)), subject };
  }

  private async takeBack(
    apiServer: ApiServer,
    dryRun: ReturnType<PairCommand['dryRun']>,
    { profile, names }: Target,
    options: RevokeOptions,
  ): Promise<number> {
    const heading = (changes: readonly Change[]) => ownRight(apiServer, changes);
    const changes = await this.carryOut(apiServer, dryRun, heading, async () =>
      planRevoke(
        names,
        profile,
        await this.read(apiServer, findWithBindings(apiServer, names), [], dryRun),
        options,
      ),
    );
    return changes.length;
  }

  /** The pair of one profile; or, from the marks that grant left, all of them. */
  private async targets(
    apiServer: ApiServer,
    profile: Profile,
    subject: RbacSubject | undefined,
  ): Promise<readonly Target[]> {
    if (!this.allProfiles && !this.expired) {
      const known = profile.runsCommands;
      const names = subject
        ? await this.namesFor(apiServer, profile, subject)
        : pairNames(profile, user(''), this.node, known);
      if (
        subject ||
        profile.name === 'apiserver' ||
        profile.name === 'apiserver-full' ||
        this.bindingName
      )
        return [{ profile, names: this.named(names) }];
      return this.recorded(await listClusterRoleBindings(apiServer), profile.name);
    }
    return this.recorded(await listClusterRoleBindings(apiServer));
  }

  /** Of the known pair one subject may be in the shared binding, or have a binding of its own. */
  private async namesFor(
    apiServer: ApiServer,
    profile: Profile,
    subject: RbacSubject,
  ): Promise<PairNames> {
    const own = pairNames(profile, subject, this.node, false);
    if (pairNames(profile, subject, this.node, true) !== knownNames) return own;
    const { binding } = await findPair(apiServer, own);
    return binding ? own : knownNames;
  }

  private recorded(
    bindings: readonly ClusterRoleBinding[],
    profileName?: string,
  ): readonly Target[] {
    return bindings.flatMap((binding) => {
      const name = recordedProfile(binding) ?? '';
      if (!isProfileName(name) || (profileName !== undefined && name !== profileName)) return [];
      if (!isOurs(binding) && recordedSubjects(binding).length === 0) return [];
      if (this.expired && recordedExpiries(binding).length === 0) return [];
      const names = { role: binding.roleRef.name, binding: binding.metadata?.name ?? '' };
      return [{ profile: profileOf(name, this.node), names: this.named(names) }];
    });
  }

  /** Whom a pair made by hand is for. Not to be told is no reason not to take back the rest. */
  private async client(
    apiServer: ApiServer,
    subject: RbacSubject | undefined,
  ): Promise<RbacSubject | undefined> {
    if (subject || this.allSubjects || this.expired) return undefined;
    const { binding } = await findPair(apiServer);
    if (!binding || isOurs(binding) || recordedSubjects(binding).length > 0) return undefined;
    try {
      const client = await learnKubeletClient(apiServer, await listNodes(apiServer));
      return client.known ? user(client.userName) : undefined;
    } catch (error) {
      if (error instanceof Failure) return undefined;
      throw error;
    }
  }
}

/** What another binding still allows, no kubelet will come to refuse. */
async function checkRefused(
  apiServer: ApiServer,
  subject: RbacSubject,
  profile: Profile,
): Promise<void> {
  const still = await stillAllowed(apiServer, subject, rulesToAsk(profile));
  if (!still) return;
  const by =
    still.binding === '' ? 'the group system:masters' : `ClusterRoleBinding ${still.binding}`;
  throw new Failure(
    `kubelets will go on allowing that: ${formatSubject(subject)} still may ${still.right}, by ${by}`,
    { hints: ['kubectl kubeletaccess status --audit'] },
  );
}

/** Whoever takes away the right by which they do it is told so first. */
async function ownRight(apiServer: ApiServer, changes: readonly Change[]): Promise<string> {
  const leaving = changes.flatMap(({ differences }) => differences);
  if (!leaving.some((difference) => difference.startsWith('- subject user:'))) return '';
  const { user: name } = await whoAmI(apiServer);
  return leaving.includes(`- subject user:${name}`)
    ? `you are user:${name}, so that this takes away a right of your own:`
    : '';
}
