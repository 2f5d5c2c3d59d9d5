import { Failure } from '../../errors.ts';
import type { ApiServer } from '../../kube/api-server/api-server.ts';
import { ApiServerFailure } from '../../kube/api-server/api-server-failure.ts';
import { listNodes } from '../../kube/api-server/nodes.ts';
import {
  checkKubeletClient,
  learnKubeletClient,
} from '../../kube/kubelet-client/learn-identity.ts';
import type { KubeletClient } from '../../kubelet/agree-on-client.ts';
import {
  type Flavour,
  type FlavourName,
  flavourOfAll,
  flavours,
  type ManagedAccess,
} from '../../kubelet/flavours.ts';
import type { RbacSubject } from '../../objects.ts';
import { isKubeadmClient, kubeadmClient } from '../../rbac/names.ts';
import { type Profile, profileOf } from '../../rbac/profiles.ts';
import { formatSubject, sameSubject, user } from '../../rbac/subject.ts';
import { summarize } from '../../text/list.ts';
import type { GrantSettings } from './options.ts';

export interface Grantee {
  readonly subject: RbacSubject;
  /** `unknown` if the kubelet client of the cluster could not be determined. */
  readonly kind: 'client' | 'unknown' | 'other';
}

export interface FoundGrantee {
  /** Undefined if kubelets allow every request of kube-apiserver. */
  readonly grantee: Grantee | undefined;
  /** Profile to grant in place of the requested profile; undefined to grant the requested one. */
  readonly profile?: Profile;
  /** The controller that manages the access in this cluster. It would revert changes by the grant command. */
  readonly managed?: ManagedAccess;
  readonly notes: readonly string[];
}

type GranteeSettings = Pick<
  GrantSettings,
  'profile' | 'isUsual' | 'subject' | 'allowExec' | 'force'
>;

/** Returns this command line with more options, such as `--subject` and `--allow-exec`. */
type Rerun = (more: readonly string[]) => string;

export function formatGrantee({ subject, kind }: Grantee): string {
  return kind === 'client' ? `${formatSubject(subject)} (kubelet client)` : formatSubject(subject);
}

/**
 * Returns the subject of the request. If the request names no subject, returns the kubelet client. Throws if another subject would get
 * nodes/proxy without --allow-exec.
 */
export async function findGrantee(
  apiServer: ApiServer,
  settings: GranteeSettings,
  rerun: Rerun,
): Promise<FoundGrantee> {
  const { profile, subject } = settings;
  if (subject && !profile.runsCommands) return { grantee: { subject, kind: 'other' }, notes: [] };
  const { client, flavour } = await findClient(apiServer, settings, rerun);
  if (subject) return checkNamed(subject, client, settings.allowExec, rerun);
  if (client?.known) {
    checkKubeletClient(client.userName);
    const grantee = { subject: user(client.userName), kind: 'client' } as const;
    return asFlavoured(grantee, flavour && flavours[flavour], settings);
  }
  const checked = summarize(client?.nodes ?? [], 5);
  return {
    grantee: undefined,
    notes: [
      `nothing to do: kube-apiserver already has full kubelet access (checked ${checked})${whyItHas(flavour && flavours[flavour])}`,
      'hint: kubectl kubeletaccess audit',
    ],
  };
}

function whyItHas(flavour: Flavour | undefined): string {
  return flavour?.access?.kind === 'system:masters'
    ? `: on ${flavour.title}, it is in group system:masters`
    : ': it is in group system:masters, another binding grants it, or kubelets have authorization mode AlwaysAllow';
}

/**
 * Adapts the grant to the installer of the cluster. If a controller manages the access, returns the controller. For the usual grant on
 * kubeadm, returns profile `builtin`.
 */
function asFlavoured(
  grantee: Grantee,
  flavour: Flavour | undefined,
  { profile, isUsual, force }: GranteeSettings,
): FoundGrantee {
  const { access } = flavour ?? {};
  if (access?.kind === 'managed' && !force) return { grantee, managed: access, notes: [] };
  if (!isUsual || profile.name !== 'apiserver' || !isKubeadmClient(grantee.subject))
    return { grantee, notes: [] };
  return {
    grantee,
    profile: profileOf('builtin'),
    notes: [
      `note: kubeadm gives this user its access by ClusterRoleBinding ${kubeadmClient.binding}; for a binding of its own beside that: --profile apiserver --force`,
    ],
  };
}

interface FoundClient {
  /** Undefined if the request names a subject and the kubelet client could not be determined. */
  readonly client?: KubeletClient;
  readonly flavour?: FlavourName | undefined;
}

async function findClient(
  apiServer: ApiServer,
  { subject, allowExec }: GranteeSettings,
  rerun: Rerun,
): Promise<FoundClient> {
  try {
    const nodes = await listNodes(apiServer);
    const client = await learnKubeletClient(apiServer, nodes, {
      forNamed: rerun(['--subject', 'user:NAME', '--allow-exec']),
    });
    return { client, flavour: flavourOfAll(nodes) };
  } catch (error) {
    if (!(error instanceof Failure) || !subject) throw error;
    if (allowExec) return {};
    throw execDenial(subject, error, rerun);
  }
}

function checkNamed(
  subject: RbacSubject,
  client: KubeletClient | undefined,
  allowExec: boolean,
  rerun: Rerun,
): FoundGrantee {
  const known = client?.known ? user(client.userName) : undefined;
  if (known && sameSubject(subject, known))
    return { grantee: { subject, kind: 'client' }, notes: [] };
  if (!allowExec) throw execDenial(subject, client, rerun);
  const isSpelling = known && subject.name.toLowerCase() === known.name.toLowerCase();
  return {
    // If the kubelet client could not be determined, the subject may be the kubelet client.
    grantee: { subject, kind: client === undefined ? 'unknown' : 'other' },
    notes: isSpelling
      ? [
          `warning: ${formatSubject(subject)} is not the kubelet client identity ${formatSubject(known)}; names are case-sensitive`,
        ]
      : [],
  };
}

function execDenial(
  named: RbacSubject,
  client: KubeletClient | Failure | undefined,
  rerun: Rerun,
): Failure {
  const subject = formatSubject(named);
  const failure = client instanceof Failure ? client : undefined;
  const reading = `to let ${subject} read from kubelets: ${rerun(['--profile', 'readonly', '--subject', subject])}`;
  const userName = client && 'known' in client && client.known ? client.userName : undefined;
  return new Failure(
    userName === undefined
      ? `cannot verify that ${subject} is the kubelet client identity of kube-apiserver`
      : `${subject} is not the kubelet client identity; kube-apiserver authenticates to kubelets as user:${userName}`,
    {
      details: [
        ...(failure ? [failure.message] : []),
        'This grant includes nodes/proxy, which allows running commands in every container of the cluster.',
      ],
      hints:
        userName === undefined
          ? [
              `if it is the kubelet client: ${rerun(['--subject', subject, '--allow-exec'])}`,
              reading,
            ]
          : [`to grant kube-apiserver access: ${rerun([])}`, reading],
      ...(failure?.cause instanceof ApiServerFailure ? { cause: failure.cause } : {}),
    },
  );
}
