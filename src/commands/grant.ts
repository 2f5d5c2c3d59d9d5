import { Command, Option } from 'clipanion';
import { exitCodes, Failure, UsageFailure } from '../errors.ts';
import { type ApiServer, ApiServerFailure, orUndefined } from '../kube/api-server.ts';
import {
  checkKubeletClient,
  type KubeletClient,
  learnKubeletClient,
} from '../kube/kubelet-client.ts';
import { listNodes } from '../kube/node-lookup.ts';
import { findWithBindings } from '../kube/pair.ts';
import { grantedBy } from '../kube/redundancy.ts';
import { fleetNote } from '../kubelet/fleet.ts';
import type { Node, RbacSubject } from '../objects.ts';
import type { Change } from '../rbac/change.ts';
import type { FoundPair } from '../rbac/pair.ts';
import { pairNames, pairOf } from '../rbac/pair.ts';
import { type GrantOptions, planGrant } from '../rbac/plan-grant.ts';
import { type Profile, profileOf } from '../rbac/profiles.ts';
import { covers } from '../rbac/rules.ts';
import { formatSubject, needsForce, neverGranted, sameSubject, user } from '../rbac/subject.ts';
import { shellWord } from '../shell.ts';
import { PairCommand } from './pair-command.ts';

/** Who is granted the right, and whether that is, or may be, who kube-apiserver is to kubelets. */
interface Grantee {
  readonly subject: RbacSubject;
  readonly known: boolean;
  readonly title: string;
}

export class GrantCommand extends PairCommand {
  static override paths = [['grant']];
  static override usage = Command.Usage({
    description:
      'Let kube-apiserver, or whom you name, reach kubelets: create or repair cluster role and binding',
    details:
      'Create or repair ClusterRole system:kube-apiserver-to-kubelet and ClusterRoleBinding system:kube-apiserver, for the identity that kube-apiserver shows to kubelets. That identity is found out from a refusal, by one harmless request through the API server. Other profiles give less, to whom you name. What is there is kept: nothing is narrowed, widened for others or replaced without an option that says so.',
    examples: [
      ['Let kube-apiserver reach kubelets', 'kubectl kubeletaccess grant'],
      ['See what that would create', 'kubectl kubeletaccess grant --dry-run=client -o yaml'],
      [
        'Let Jane read the numbers of one node for an hour',
        'kubectl kubeletaccess grant --profile stats --subject user:jane --node node-1 --for 1h',
      ],
    ],
  });

  subject = Option.String('--subject', {
    description:
      'user:NAME, group:NAME or serviceaccount:NAMESPACE:NAME, in place of what the cluster tells.',
  });
  allowExec = Option.Boolean('--allow-exec', false, {
    description:
      'Grant nodes/proxy to a subject that the cluster did not show to be kube-apiserver, who can then run commands in every container.',
  });
  for = Option.String('--for', '', {
    description: 'For how long, such as 30m: revoke --expired takes back what is over.',
  });
  permanent = Option.Boolean('--permanent', false, {
    description: 'Make a grant that would expire one that does not.',
  });
  prune = Option.Boolean('--prune', false, {
    description:
      'Take extra rules out of the role, and subjects that are not ours out of the binding.',
  });
  acceptWider = Option.Boolean('--accept-wider', false, {
    description: 'Give a role that holds more than the profile, or widen it for others as well.',
  });
  recreate = Option.Boolean('--recreate', false, {
    description: 'Delete a binding of another role and make it anew.',
  });
  allSubjects = Option.Boolean('--all-subjects', false, {
    description: 'With --recreate: the other subjects of the binding move along.',
  });
  evenIfRedundant = Option.Boolean('--even-if-redundant', false, {
    description: 'Grant also what another binding gives already.',
  });

  override async execute(): Promise<number> {
    const dryRun = this.dryRun();
    const options = this.options();
    const waitMs = this.waitMs('2m');
    const profile = profileOf(this.profileName(), this.node);
    const subject = this.subject === undefined ? undefined : this.grantable(this.subject);
    const connection = this.connection();
    const apiServer = this.apiServer(connection);
    try {
      const grantee = await this.grantee(apiServer, profile, subject);
      if (!grantee) return exitCodes.ok;
      const whose = grantee.known ? 'kube-apiserver' : grantee.subject;
      const kubelets =
        waitMs === undefined ? undefined : await this.kubeletsToWait(apiServer, connection, whose);
      const names = this.named(pairNames(profile, grantee.subject, this.node, grantee.known));
      const wanted = pairOf(profile, grantee.subject, names, options.expires);
      const lacksRules = ({ role }: FoundPair) => !covers(role?.rules ?? [], profile.rules);
      // A review is asked for by a POST, and a dry run of the client sends none.
      if (
        dryRun !== 'client' &&
        (await this.isRedundant(apiServer, profile, grantee, names.binding))
      )
        return exitCodes.ok;
      await this.tellOfFleet(apiServer, profile);
      const changes = await this.carryOut(
        apiServer,
        dryRun,
        () => `for ${grantee.title}:`,
        async () => {
          const finding = findWithBindings(apiServer, names, lacksRules);
          const unseen = wanted.role ? planGrant(wanted, { bindings: [] }, options) : [];
          const found = await this.read(apiServer, finding, unseen, dryRun);
          return planGrant(wanted, found, options);
        },
      );
      if (dryRun === 'none' && widens(changes))
        this.context.stderr.write(
          'kubelets that have just refused go on refusing that for up to 30 s, from their cache\n',
        );
      if (waitMs === undefined || !kubelets || dryRun !== 'none') return exitCodes.ok;
      return await this.waitForKubelets(kubelets, profile, 'allowed', waitMs);
    } finally {
      apiServer.close();
    }
  }

  private grantable(text: string): RbacSubject {
    const subject = this.readSubject(text);
    checkGrantable(subject, text, this.force);
    return subject;
  }

  private options(): GrantOptions {
    if (this.for !== '' && this.permanent)
      throw new UsageFailure('--for and --permanent exclude each other');
    if (this.allSubjects && !this.recreate)
      throw new UsageFailure('--all-subjects belongs to --recreate');
    const ms = this.for === '' ? undefined : this.duration('--for', this.for);
    if (ms === 0) throw new UsageFailure('--for 0 is no time at all');
    const now = Date.now();
    const expires = ms === undefined ? undefined : isoSeconds(now + ms);
    const { prune, acceptWider, recreate, allSubjects, force, permanent } = this;
    return { prune, acceptWider, recreate, allSubjects, force, permanent, expires, now };
  }

  /** Undefined if there is nothing to grant. */
  private async grantee(
    apiServer: ApiServer,
    profile: Profile,
    named: RbacSubject | undefined,
  ): Promise<Grantee | undefined> {
    if (named && !profile.runsCommands)
      return { subject: named, known: false, title: formatSubject(named) };
    const client = await this.client(apiServer, named);
    if (named) return this.namedGrantee(named, client);
    if (client?.known) {
      checkKubeletClient(client.userName);
      const title = `user:${client.userName}, who is kube-apiserver to kubelets`;
      return { subject: user(client.userName), known: true, title };
    }
    this.context.stderr.write(
      'nothing to grant: kubelets refuse kube-apiserver nothing, not even what the pair does not hold\n',
    );
    return undefined;
  }

  /** Undefined if a named subject is to be granted though the cluster could not be asked. */
  private async client(
    apiServer: ApiServer,
    named: RbacSubject | undefined,
  ): Promise<KubeletClient | undefined> {
    try {
      return await learnKubeletClient(apiServer, await listNodes(apiServer));
    } catch (error) {
      if (!(error instanceof Failure) || !named) throw error;
      if (this.allowExec) return undefined;
      throw this.execRefusal(named, error);
    }
  }

  private namedGrantee(named: RbacSubject, client: KubeletClient | undefined): Grantee {
    const told = client?.known ? user(client.userName) : undefined;
    const proven = told !== undefined && sameSubject(named, told);
    if (!proven && !this.allowExec) throw this.execRefusal(named, client);
    if (!proven && told && named.name.toLowerCase() === told.name.toLowerCase())
      this.context.stderr.write(
        `warning: kube-apiserver is ${formatSubject(told)} to kubelets, and names compare byte for byte: ${formatSubject(named)} is somebody else\n`,
      );
    // Where the cluster does not tell who it is, it may be this one.
    const known = proven || told === undefined;
    const title = formatSubject(named) + (proven ? ', who is kube-apiserver to kubelets' : '');
    return { subject: named, known, title };
  }

  private execRefusal(named: RbacSubject, client: KubeletClient | Failure | undefined): Failure {
    const subject = shellWord(formatSubject(named));
    const told = client instanceof Failure || !client?.known ? undefined : client.userName;
    const profile = this.profile === 'apiserver' ? '' : ` --profile ${this.profile}`;
    return new Failure(
      told === undefined
        ? `the cluster does not tell who kube-apiserver is to kubelets, so ${subject} may be anyone`
        : `${subject} is not who kube-apiserver is to kubelets: that is user:${told}`,
      {
        details: [
          ...(client instanceof Failure ? [client.message] : []),
          'The pair holds nodes/proxy, and with that one runs commands in every container of the cluster.',
        ],
        hints: [
          ...(told === undefined ? [] : ['for kube-apiserver: kubectl kubeletaccess grant']),
          `if you mean it: kubectl kubeletaccess grant${profile} --subject ${subject} --allow-exec`,
        ],
        ...(client instanceof Failure && client.cause instanceof ApiServerFailure
          ? { cause: client.cause }
          : {}),
      },
    );
  }

  /** Says what the profile will not open on old kubelets. Who may not list nodes goes without. */
  private async tellOfFleet(apiServer: ApiServer, { name }: Profile): Promise<void> {
    if (name !== 'readonly' || this.output !== '') return;
    const nodes = await orUndefined(apiServer.list<Node>('/api/v1/nodes'));
    const note = fleetNote(name, nodes ?? []);
    if (note !== undefined) this.context.stderr.write(`note: ${note}\n`);
  }

  /** Says by what the subject has the right already, if it has. */
  private async isRedundant(
    apiServer: ApiServer,
    profile: Profile,
    { subject }: Grantee,
    binding: string,
  ): Promise<boolean> {
    const asIs = this.evenIfRedundant || this.for !== '' || this.permanent || this.prune;
    if (asIs || profile.rules.length === 0) return false;
    const bindings = await grantedBy(apiServer, subject, profile.rules, binding);
    if (!bindings) return false;
    const by = bindings.map((name) =>
      name === '' ? 'the group system:masters' : `ClusterRoleBinding ${name}`,
    );
    this.context.stderr.write(
      `nothing to grant: ${formatSubject(subject)} may do that already, by ${by.join(' and ')}\nhint: to grant it all the same: --even-if-redundant\n`,
    );
    return true;
  }
}

/** Whether anyone may do now what they could not before. */
function widens(changes: readonly Change[]): boolean {
  return changes.some(({ differences }) => differences.some((line) => line.startsWith('+ ')));
}

function isoSeconds(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}

function checkGrantable(subject: RbacSubject, text: string, force: boolean): void {
  const reason = neverGranted(subject);
  if (reason !== undefined) throw new Failure(`${text} is never granted kubelet access: ${reason}`);
  const crowd = force ? undefined : needsForce(subject);
  if (crowd !== undefined)
    throw new Failure(`${text} is not granted kubelet access just so: ${crowd}`, {
      hints: ['if that is how you want it: the same with --force'],
    });
}
