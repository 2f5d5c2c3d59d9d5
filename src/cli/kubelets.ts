import { notTogether, UsageFailure } from '../errors.ts';
import type { Known } from '../known.ts';
import type { ApiConnection } from '../kube/config/api-connection.ts';
import {
  type KubeletAccess,
  type KubeletFlags,
  type KubeletWorld,
  openKubeletAccess,
  openWithoutCredential,
} from '../kube/kubelet-client/kubelet-access.ts';
import { readOrNote } from '../kube/read-or-note.ts';
import { defaultAddressTypes, isPort } from '../kubelet/address.ts';
import { formatFingerprint } from '../kubelet/fingerprint.ts';
import type { Secrets } from '../text/secrets.ts';
import type { GivenOption } from './argv.ts';
import { addCredential, type Invocation, requestLog } from './connection.ts';
import { parsePins } from './fingerprints.ts';
import { type Globals, globalOptions } from './global-options.ts';
import type { TargetRequest } from './node-options.ts';
import { parseOneOf } from './parse-options.ts';

/** With every option as it was given: how many kubelets it names. */
export interface KubeletInvocation extends Invocation {
  readonly given: readonly GivenOption[];
}

/** Where nodes have their kubelets. */
export function placesOf(globals: Globals): Pick<TargetRequest, 'types' | 'port'> {
  return { types: addressTypesOf(globals), port: kubeletPortOf(globals) };
}

/** The address types of a node to try, in order. */
export function addressTypesOf({ kubeletPreferredAddressTypes }: Globals): readonly string[] {
  return kubeletPreferredAddressTypes
    .split(',')
    .map((type) =>
      parseOneOf(globalOptions.kubeletPreferredAddressTypes.name, type.trim(), defaultAddressTypes),
    );
}

/** The port in place of the one that a node reports; undefined if none was given. */
export function kubeletPortOf({ kubeletPort }: Globals): number | undefined {
  if (kubeletPort === '') return undefined;
  const port = /^\d+$/.test(kubeletPort) ? Number(kubeletPort) : Number.NaN;
  if (!isPort(port))
    throw new UsageFailure(`invalid --kubelet-port value "${kubeletPort}": must be a port number`);
  return port;
}

/** Throws for options that are of another path to kubelets. */
export function checkPath(
  via: TargetRequest['via'],
  { given, globals }: Pick<KubeletInvocation, 'given' | 'globals'>,
): void {
  const { group } = globalOptions.kubeletPort;
  if (via === 'apiserver' && given.some(({ option }) => option.group === group))
    throw new UsageFailure(
      '--kubelet-* flags and -k apply to direct connections: they cannot be used with --via apiserver',
    );
  // A request that may go through the API server instead must not change its identity on the way.
  const [flag] = kubeletCredentialFlags(globals);
  if (via === 'auto' && flag !== undefined)
    throw notTogether(flag, '--via auto', {
      why: 'through the API server, requests have the credential of the context',
    });
}

/** The options given that replace the credential of the context for kubelets. */
export function kubeletCredentialFlags(globals: Globals): readonly string[] {
  const keys = ['kubeletClientCertificate', 'kubeletClientKey', 'kubeletTokenFile'] as const;
  return keys.filter((key) => globals[key] !== '').map((key) => globalOptions[key].name);
}

/** @param isOne whether one kubelet is called; by default, options alone name kubelets */
export async function openKubelets(
  invocation: KubeletInvocation,
  connection: ApiConnection,
  isOne?: boolean,
): Promise<KubeletAccess> {
  const flags = kubeletFlagsOf(invocation, isOne);
  const access = await openKubeletAccess(connection, flags, worldOf(invocation));
  return addingSecrets(access, invocation.context.secrets);
}

/** Kubelets whose secrets are known before one of them can repeat them. */
function addingSecrets(access: KubeletAccess, secrets: Secrets): KubeletAccess {
  return {
    ...access,
    identity: async () => {
      const identity = await access.identity();
      addCredential(identity, secrets);
      return identity;
    },
    routeTo: (address) => {
      const route = access.routeTo(address);
      secrets.addUser(route?.proxy.user);
      return route;
    },
  };
}

/** The same, or why there is none: with impersonation, or without a credential that kubelets accept. */
export async function openKubeletsIfAny(
  invocation: KubeletInvocation,
  connection: ApiConnection,
): Promise<Known<KubeletAccess>> {
  try {
    return await readOrNote(() => openKubelets(invocation, connection));
  } catch (error) {
    if (connection.impersonate && error instanceof UsageFailure) return { unknown: error.message };
    throw error;
  }
}

/** Without any credential. `verify`: kubelets are verified as flags have it, or not at all. */
export async function openKubeletsAnonymously(
  invocation: KubeletInvocation,
  connection: ApiConnection,
  verify: boolean,
): Promise<KubeletAccess> {
  const flags = kubeletFlagsOf(invocation);
  // What one client trusts by its fingerprint is still not verified by others.
  const plain = { ...flags, pins: [], trustFile: '', trustNew: false };
  const trusting = { ...plain, certificateAuthority: '', insecureSkipTlsVerify: true };
  return openWithout(invocation, connection, verify ? plain : trusting);
}

/** Without any credential either, for handshakes alone: verified as flags have it, or not at all where nothing is there to do it with. */
export async function openKubeletsForHandshakes(
  invocation: KubeletInvocation,
  connection: ApiConnection,
): Promise<KubeletAccess> {
  const flags = kubeletFlagsOf(invocation);
  const canVerify =
    flags.certificateAuthority !== '' ||
    connection.tls.ca !== undefined ||
    flags.pins.length > 0 ||
    flags.trustFile !== '';
  const possible = canVerify ? flags : { ...flags, insecureSkipTlsVerify: true };
  return openWithout(invocation, connection, possible);
}

async function openWithout(
  invocation: KubeletInvocation,
  connection: ApiConnection,
  flags: KubeletFlags,
): Promise<KubeletAccess> {
  const access = await openWithoutCredential(connection, flags, worldOf(invocation));
  return addingSecrets(access, invocation.context.secrets);
}

export function kubeletFlagsOf(
  { globals, given }: KubeletInvocation,
  isOne?: boolean,
): KubeletFlags {
  return {
    certificateAuthority: globals.kubeletCertificateAuthority,
    clientCertificate: globals.kubeletClientCertificate,
    clientKey: globals.kubeletClientKey,
    tokenFile: globals.kubeletTokenFile,
    tlsServerName: globals.kubeletTlsServerName,
    insecureSkipTlsVerify: globals.kubeletInsecureSkipTlsVerify,
    proxyUrl: globals.kubeletProxyUrl,
    pins: parsePins(globals.kubeletFingerprint, given, isOne),
    trustFile: globals.kubeletTrust,
    trustNew: globals.kubeletTrustNew,
  };
}

function worldOf(invocation: KubeletInvocation): KubeletWorld {
  const { cwd, env, signal, pipes, stderr } = invocation.context;
  const recorded = (kubelet: string, fingerprint: string) =>
    stderr.write(
      `note: recorded the certificate of kubelet ${kubelet}: ${formatFingerprint(fingerprint)}\n`,
    );
  return { cwd, env, signal, pipes, log: requestLog(invocation), recorded };
}
