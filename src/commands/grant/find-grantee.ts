import { Failure, orFailure } from '../../errors.ts';
import type { ApiServer } from '../../kube/api-server/api-server.ts';
import { ApiServerFailure } from '../../kube/api-server/api-server-failure.ts';
import { listNodes } from '../../kube/api-server/nodes.ts';
import { checkKubeletClient } from '../../kube/kubelet-client/learn-identity.ts';
import {
  type Flavour,
  flavourOfAll,
  flavours,
  type ManagedAccess,
} from '../../kubelet/flavours.ts';
import type { RbacSubject } from '../../objects.ts';
import { kubeadmClient, usualProfile } from '../../rbac/names.ts';
import { type Profile, profileOf } from '../../rbac/profiles.ts';
import { formatGiver, formatSubject, sameSubject } from '../../rbac/subject.ts';
import { command } from '../../text/command.ts';
import { summarize } from '../../text/list.ts';
import { findExistingAccess } from '../shared/pair/find-existing-access.ts';
import { findClient } from '../shared/pair/find-kubelets.ts';

export interface Asked {
  readonly profile: Profile;
  /** Subject to grant access to; undefined for the kubelet client. */
  readonly subject: RbacSubject | undefined;
  /** Whether the user gave none of NODE, --node and --profile. */
  readonly isUsual: boolean;
  readonly allowExec: boolean;
  readonly force: boolean;
}

export interface Grantee {
  /** Undefined if there is nothing to grant. */
  readonly subject?: RbacSubject;
  /** Whether the subject is, or may be, the kubelet client of kube-apiserver. */
  readonly isClient: boolean;
  readonly title?: string;
  /** Profile to grant in place of the requested profile. */
  readonly profile?: Profile;
  readonly notes: readonly string[];
}

/** Returns this command line with more options, such as `--subject` and `--allow-exec`. */
export type Rerun = (more: readonly string[]) => string;

/**
 * Returns the subject of the request. If the request names no subject, returns the kubelet client. Throws if another subject would get
 * nodes/proxy without --allow-exec.
 */
export async function findGrantee(
  apiServer: ApiServer,
  asked: Asked,
  rerun: Rerun,
): Promise<Grantee> {
  const { profile, subject } = asked;
  if (!subject) return await findOfCluster(apiServer, asked, rerun);
  const title = formatSubject(subject);
  if (!profile.runsCommands) return { subject, isClient: false, title, notes: [] };
  const found = await orFailure(learnClient(apiServer, rerun));
  const failure = found instanceof Failure ? found : undefined;
  const client = found instanceof Failure ? undefined : found.subject;
  if (client && sameSubject(subject, client))
    return { subject, isClient: true, title: clientTitle(subject), notes: [] };
  if (!asked.allowExec) throw execDenial(title, client, failure, rerun);
  return { subject, isClient: failure !== undefined, title, notes: [] };
}

function clientTitle(subject: RbacSubject): string {
  return `${formatSubject(subject)} (kubelet client)`;
}

async function learnClient(apiServer: ApiServer, rerun: Rerun) {
  const nodes = await listNodes(apiServer);
  const forNamed = rerun(['--subject', 'user:NAME', '--allow-exec']);
  const client = await findClient(apiServer, nodes, { forNamed });
  const name = flavourOfAll(nodes);
  const flavour: Flavour | undefined = name && flavours[name];
  return { ...client, flavour };
}

/** Returns kube-apiserver's user, and adapts the grant to the installer of the cluster. */
async function findOfCluster(
  apiServer: ApiServer,
  { profile, isUsual, force }: Asked,
  rerun: Rerun,
): Promise<Grantee> {
  const { subject, flavour, checked } = await learnClient(apiServer, rerun);
  const { access } = flavour ?? {};
  if (!subject) {
    const why =
      access?.kind === 'system:masters'
        ? `on ${flavour?.title}, it is in group system:masters`
        : 'it is in group system:masters, another binding grants it, or kubelets have authorization mode AlwaysAllow';
    return nothingToDo(
      `kube-apiserver already has full kubelet access (checked ${summarize(checked, 5)}): ${why}`,
      'hint: kubectl kubeletaccess audit',
    );
  }
  checkKubeletClient(subject.name);
  if (access?.kind === 'managed' && !force)
    return await findManaged(apiServer, subject, access, rerun);
  const grantee = { subject, isClient: true, title: clientTitle(subject) };
  const usual = usualProfile(subject);
  if (!isUsual || profile.name === usual) return { ...grantee, notes: [] };
  return {
    ...grantee,
    profile: profileOf(usual),
    notes: [
      `note: kubeadm gives this user its access by ClusterRoleBinding ${kubeadmClient.binding}; for a binding of its own beside that: --profile apiserver --force`,
    ],
  };
}

function nothingToDo(why: string, ...notes: readonly string[]): Grantee {
  return { isClient: true, notes: [`nothing to do: ${why}`, ...notes] };
}

/** Leaves the access to the controller that manages it, and would revert changes. Throws if the kubelet client does not have it yet. */
async function findManaged(
  apiServer: ApiServer,
  subject: RbacSubject,
  { binding, manager }: ManagedAccess,
  rerun: Rerun,
): Promise<Grantee> {
  const enough = [{ apiGroups: [''], resources: ['nodes/proxy'], verbs: ['get', 'create'] }];
  const givers = await findExistingAccess(apiServer, subject, enough, '');
  if (givers)
    return nothingToDo(
      `${formatSubject(subject)} already has access through ${givers.map(formatGiver).join(' and ')}; ${manager} manages it`,
    );
  throw new Failure(
    `${manager} gives kube-apiserver its access to kubelets by ClusterRoleBinding ${binding}, and reverts changes: nothing is granted beside it`,
    {
      hints: [
        command`kubectl get clusterrolebinding ${binding} -o yaml`,
        `to grant it nevertheless: ${rerun(['--force'])}`,
      ],
    },
  );
}

function execDenial(
  title: string,
  client: RbacSubject | undefined,
  failure: Failure | undefined,
  rerun: Rerun,
): Failure {
  return new Failure(
    client
      ? `${title} is not the kubelet client identity; kube-apiserver authenticates to kubelets as ${formatSubject(client)}`
      : `cannot verify that ${title} is the kubelet client identity of kube-apiserver`,
    {
      details: [
        ...(failure ? [failure.message] : []),
        'This grant includes nodes/proxy, which allows running commands in every container of the cluster.',
      ],
      hints: [
        client
          ? `to grant kube-apiserver access: ${rerun([])}`
          : `if it is the kubelet client: ${rerun(['--subject', title, '--allow-exec'])}`,
        `to let ${title} read from kubelets: ${rerun(['--profile', 'readonly', '--subject', title])}`,
      ],
      ...(failure?.cause instanceof ApiServerFailure ? { cause: failure.cause } : {}),
    },
  );
}
