import { Command, Option } from 'clipanion';
import { parseProfileName, parseSubjectOption } from '../../cli/parse-options.ts';
import { rerunCommand } from '../../cli/rerun-command.ts';
import { exitCodes, Failure, UsageFailure } from '../../errors.ts';
import { type ApiServer, ApiServerFailure, orUndefined } from '../../kube/api-server/api-server.ts';
import { listNodes } from '../../kube/api-server/nodes.ts';
import { type DryRun, findRole, findWithBindings } from '../../kube/api-server/pair-objects.ts';
import {
  checkKubeletClient,
  type KubeletClient,
  learnKubeletClient,
} from '../../kube/kubelet/learn-identity.ts';
import { denialTtl } from '../../kubelet/authorization-cache.ts';
import type { Node, RbacSubject } from '../../objects.ts';
import type { Change } from '../../rbac/change.ts';
import type { FoundPair } from '../../rbac/pair.ts';
import { pairNames, pairOf } from '../../rbac/pair.ts';
import { type Profile, profileOf, rulesToAsk } from '../../rbac/profiles.ts';
import { covers } from '../../rbac/rules.ts';
import { formatSubject, needsForce, neverGranted, sameSubject, user } from '../../rbac/subject.ts';
import { escapeControlLine } from '../../text/escape.ts';
import { summarize } from '../../text/list.ts';
import { givenForAWhile, grantedBy } from '../pair/find-existing-access.ts';
import { PairCommand } from '../pair/pair-command.ts';
import type { GrantOptions } from './options.ts';
import { planGrant } from './plan.ts';
import { dependsOnVersion, fleetNote } from './version-note.ts';

/** Who is granted the right, and whether that is, or may be, who kube-apiserver is to kubelets. */
interface Grantee {
  readonly subject: RbacSubject;
  /** `unknown` where the cluster could not be asked who that is. */
  readonly standing: 'client' | 'unknown' | 'other';
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
  for = Option.String('--for', {
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
    const profile = profileOf(parseProfileName(this.profile), this.node);
    this.checkNarrowing(profile);
    if (waitMs !== undefined) this.checkWaitable(profile);
    const subject = this.subject === undefined ? undefined : this.grantable(this.subject);
    const connection = this.connection();
    const apiServer = this.apiServer(connection);
    try {
      const grantee = await this.grantee(apiServer, profile, subject);
      const whose = !grantee || grantee.standing === 'client' ? 'kube-apiserver' : grantee.subject;
      const kubelets =
        waitMs === undefined ? undefined : await this.kubeletsToWait(apiServer, connection, whose);
      if (grantee) await this.grantTo(grantee, apiServer, profile, dryRun, options);
      if (waitMs === undefined || !kubelets || dryRun !== 'none') return exitCodes.ok;
      return await this.waitForKubelets(kubelets, profile, 'allowed', waitMs);
    } finally {
      apiServer.close();
    }
  }

  private async grantTo(
    { subject, standing, title }: Grantee,
    apiServer: ApiServer,
    profile: Profile,
    dryRun: DryRun,
    options: GrantOptions,
  ): Promise<void> {
    const names = this.named(pairNames(profile, subject, this.node, standing !== 'other'));
    const wanted = pairOf(profile, subject, names, options.expires);
    // A review is asked for by a POST, and a dry run of the client sends none.
    if (dryRun !== 'client' && (await this.isRedundant(apiServer, profile, subject, names.binding)))
      return;
    await this.tellOfFleet(apiServer, profile);
    // Who else is given the role matters if it comes to hold more, or less.
    const isWritten = ({ role }: FoundPair) => {
      const has = role?.rules ?? [];
      return !covers(has, profile.rules) || (options.prune && !covers(profile.rules, has));
    };
    const changes = await this.carryOut(
      apiServer,
      dryRun,
      () => `for ${title}:`,
      async () => {
        const finding = findWithBindings(apiServer, names, isWritten);
        const unseen = wanted.role ? planGrant(wanted, { bindings: [] }, options) : [];
        const found = await this.read(apiServer, finding, unseen, dryRun);
        return planGrant(wanted, found, options);
      },
      ([role, binding]) => roleIsThere(apiServer, role, binding),
    );
    if (dryRun === 'none' && changes.some(widens))
      this.context.stderr.write(
        `kubelets that have just refused go on refusing that for up to ${denialTtl}, from their cache\n`,
      );
  }

  /** The cluster's own role is one for all nodes, and is bound as it is. */
  private checkNarrowing({ name, ownRole }: Profile): void {
    if (ownRole === undefined) return;
    const problem = `--profile ${name} gives the cluster's own ClusterRole ${ownRole}`;
    if (this.node.length > 0)
      throw new UsageFailure(`${problem}, which --node cannot narrow`, {
        hints: ['another profile, such as --profile apiserver, can be narrowed'],
      });
    if (this.roleName !== '')
      throw new UsageFailure(`${problem}: --role-name makes another role, and belongs to others`);
  }

  private grantable(text: string): RbacSubject {
    const subject = parseSubjectOption(text);
    checkGrantable(subject, text, this.force);
    return subject;
  }

  private options(): GrantOptions {
    if (this.for !== undefined && this.permanent)
      throw new UsageFailure('--for and --permanent exclude each other');
    if (this.allSubjects && !this.recreate)
      throw new UsageFailure('--all-subjects belongs to --recreate');
    const ms = this.for === undefined ? undefined : this.duration('--for', this.for);
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
      return { subject: named, standing: 'other', title: formatSubject(named) };
    const client = await this.client(apiServer, named);
    if (named) return this.namedGrantee(named, client);
    if (client?.known) {
      checkKubeletClient(client.userName);
      const title = `user:${client.userName}, who is kube-apiserver to kubelets`;
      return { subject: user(client.userName), standing: 'client', title };
    }
    const nodes = summarize(client?.nodes ?? [], 5);
    this.context.stderr.write(
      `nothing to grant: kubelets (asked: ${escapeControlLine(nodes)}) refuse kube-apiserver nothing, not even what the pair does not hold: they run with --authorization-mode=AlwaysAllow, or another binding allows it everything\nhint: kubectl kubeletaccess audit\n`,
    );
    return undefined;
  }

  /** Undefined if a named subject is to be granted though the cluster could not be asked. */
  private async client(
    apiServer: ApiServer,
    named: RbacSubject | undefined,
  ): Promise<KubeletClient | undefined> {
    try {
      const forOne = (subject: string) => this.again(['--subject', subject, '--allow-exec']);
      return await learnKubeletClient(apiServer, await listNodes(apiServer), undefined, {
        ifKnown: forOne('user:NAME'),
        forOne,
      });
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
        `warning: kube-apiserver is ${escapeControlLine(formatSubject(told))} to kubelets, and names compare byte for byte: ${escapeControlLine(formatSubject(named))} is somebody else\n`,
      );
    if (proven) {
      const title = `${formatSubject(named)}, who is kube-apiserver to kubelets`;
      return { subject: named, standing: 'client', title };
    }
    // Where the cluster could not be asked who that is, it may be this one.
    const standing = client === undefined ? 'unknown' : 'other';
    return { subject: named, standing, title: formatSubject(named) };
  }

  /** This very command for one subject; `more` says whom, and what is agreed to. */
  private again(more: readonly string[]): string {
    return rerunCommand('grant', this.given, { without: ['--subject', '--allow-exec'], more });
  }

  private execRefusal(named: RbacSubject, client: KubeletClient | Failure | undefined): Failure {
    const subject = formatSubject(named);
    const told = client instanceof Failure || !client?.known ? undefined : client.userName;
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
          ...(told === undefined ? [] : [`for kube-apiserver: ${this.again([])}`]),
          `if you mean it: ${this.again(['--subject', subject, '--allow-exec'])}`,
        ],
        ...(client instanceof Failure && client.cause instanceof ApiServerFailure
          ? { cause: client.cause }
          : {}),
      },
    );
  }

  /** Says what the profile will not open on old kubelets. Who may not list nodes goes without. */
  private async tellOfFleet(apiServer: ApiServer, { name }: Profile): Promise<void> {
    if (!dependsOnVersion(name)) return;
    const nodes = await orUndefined(apiServer.list<Node>('/api/v1/nodes'));
    const note = fleetNote(name, this.ofNode(nodes ?? []));
    if (note !== undefined) this.context.stderr.write(`note: ${escapeControlLine(note)}\n`);
  }

  /** Says by what the subject has the right already, if it has. What is there for a while only does not count. */
  private async isRedundant(
    apiServer: ApiServer,
    profile: Profile,
    subject: RbacSubject,
    binding: string,
  ): Promise<boolean> {
    if (this.evenIfRedundant) return false;
    const rules = rulesToAsk(profile);
    const bindings = await grantedBy(apiServer, subject, rules, binding);
    if (!bindings || (await givenForAWhile(apiServer, subject, bindings))) return false;
    const by = bindings.map((name) =>
      name === '' ? 'the group system:masters' : `ClusterRoleBinding ${name}`,
    );
    const already = escapeControlLine(
      `${formatSubject(subject)} may do that already, by ${by.join(' and ')}`,
    );
    const asIs = this.for !== undefined || this.permanent || this.prune;
    this.context.stderr.write(
      asIs
        ? `note: ${already}, whatever becomes of this grant\n`
        : `nothing to grant: ${already}\nhint: to grant it all the same: --even-if-redundant\n`,
    );
    return !asIs;
  }
}

/** Whether anyone may do now what they could not before. */
function widens({ added = {} }: Change): boolean {
  return (added.rules ?? []).length > 0 || (added.subjects ?? []).length > 0;
}

/** Whether a role is there still, now that a binding to it is written: a revoke may have taken it for unused. */
async function roleIsThere(
  apiServer: ApiServer,
  role: Change | undefined,
  binding: Change | undefined,
): Promise<boolean> {
  const isWritten = binding !== undefined && binding.action !== 'none';
  if (!role || !isWritten) return true;
  return (await findRole(apiServer, role.name)) !== undefined;
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
