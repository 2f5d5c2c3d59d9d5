import { Failure, isFailure, notTogether, UsageFailure } from '../errors.ts';
import type { Known } from '../known.ts';
import type { ApiConnection } from '../kube/config/api-connection.ts';
import {
  type KubeletAccess,
  type KubeletFlags,
  type KubeletWorld,
  openKubeletAccess,
  openWithoutCredential,
} from '../kube/kubelet-client/kubelet-access.ts';
import { KubeletFailure } from '../kube/kubelet-client/kubelet-failure.ts';
import { type AddressChoice, defaultAddressTypes, isPort } from '../kubelet/address.ts';
import { oneLine } from '../kubelet/authorization-result.ts';
import type { Secrets } from '../text/secrets.ts';
import { type CommandLine, type GivenOption, isGiven } from './argv.ts';
import { addCredential, type Invocation, requestLog } from './connection.ts';
import { parsePins, pinFilesOf } from './fingerprints.ts';
import { type Globals, globalOptions, kubeletCredentialFlags } from './global-options.ts';
import { type Path, paths } from './node-options.ts';
import { parseOneOf } from './parse-options.ts';

export interface KubeletInvocation extends Invocation {
  readonly given: readonly GivenOption[];
  readonly line: CommandLine;
}

export function addressChoiceOf(globals: Globals): AddressChoice {
  return { types: addressTypesOf(globals), port: kubeletPortOf(globals) };
}

export function addressTypesOf({ kubeletPreferredAddressTypes }: Globals): readonly string[] {
  return kubeletPreferredAddressTypes
    .split(',')
    .map((type) =>
      parseOneOf(globalOptions.kubeletPreferredAddressTypes.name, type.trim(), defaultAddressTypes),
    );
}

/** Returns the value of --kubelet-port, which takes precedence over the port of the Node object; undefined without the option. */
export function kubeletPortOf({ kubeletPort }: Globals): number | undefined {
  if (kubeletPort === '') return undefined;
  const port = /^\d+$/.test(kubeletPort) ? Number(kubeletPort) : Number.NaN;
  if (!isPort(port))
    throw new UsageFailure(`invalid --kubelet-port value "${kubeletPort}": must be a port number`);
  return port;
}

/** Environment variable with the default of `--via`, for all commands except exec, attach and port-forward. */
const viaVariable = 'KUBELETACCESS_VIA';

interface PathOptions extends KubeletInvocation {
  readonly via: string;
}

/** By default, a request only reads (`isRead`), and has the credential of the context. */
interface RequestKind {
  readonly isRead?: boolean;
  readonly hasOwnCredential?: boolean;
}

/**
 * Returns the value of `--via` or, without it, of KUBELETACCESS_VIA, or else `auto`. An option or a request that needs direct calls can
 * change the result to `direct`. Throws for options that cannot be used with the given `--via`.
 */
export function parseVia(
  { via, given, context }: PathOptions,
  { isRead = true, hasOwnCredential = false }: RequestKind = {},
): Path {
  const isTyped = isGiven(given, '--via');
  const credentialFlag = kubeletCredentialFlags.find((name) => isGiven(given, name));
  const withoutReading = (path: Path) => (path === 'auto' && !isRead ? 'direct' : path);
  if (!isTyped) {
    const { [viaVariable]: usual = '' } = context.env;
    const path = usual === '' ? 'auto' : parseOneOf(viaVariable, usual, paths);
    if (isGiven(given, '--kubelet-address') || credentialFlag !== undefined || hasOwnCredential)
      return 'direct';
    return withoutReading(path === 'apiserver' && needsDirect(given) ? 'auto' : path);
  }
  const path = parseOneOf('--via', via, paths);
  checkKubeletFlags(path, given);
  // Throws because, with `auto`, a request may go through the API server, which would not use the credential of this option.
  if (path === 'auto' && credentialFlag !== undefined)
    throw notTogether(credentialFlag, '--via auto', {
      why: 'through the API server, requests have the credential of the context',
    });
  return withoutReading(path);
}

/** Returns the value of `--via` for exec, attach and port-forward, where `auto` is `direct`. */
export function parseStreamVia({
  via,
  given,
}: Pick<PathOptions, 'via' | 'given'>): Exclude<Path, 'auto'> {
  const path = parseOneOf('--via', via, paths);
  checkKubeletFlags(path, given);
  return path === 'auto' ? 'direct' : path;
}

function checkKubeletFlags(path: Path, given: readonly GivenOption[]): void {
  if (path === 'apiserver' && needsDirect(given))
    throw new UsageFailure(
      '--kubelet-* flags, --show-token and -k apply to direct connections: they cannot be used with --via apiserver',
    );
}

/** Whether options are given that only direct connections use. */
function needsDirect(given: readonly GivenOption[]): boolean {
  const { group } = globalOptions.kubeletPort;
  return given.some(({ option }) => option.group === group);
}

/** Whether options are given that change how kubelets are connected to. --show-token only allows what is sent. */
export function hasKubeletFlags(given: readonly GivenOption[]): boolean {
  return needsDirect(given.filter(({ option }) => option !== globalOptions.showToken));
}

/** @param isOne whether a single kubelet is called; by default, whether --node or --kubelet-address names a single kubelet */
export async function openKubelets(
  invocation: KubeletInvocation,
  connection: ApiConnection,
  isOne?: boolean,
): Promise<KubeletAccess> {
  const flags = kubeletFlagsOf(invocation, isOne);
  const access = await openKubeletAccess(connection, flags, worldOf(invocation));
  return addingSecrets(access, invocation.context.secrets);
}

/** Registers the secrets of kubelet access before a request is sent, so that output masks them even if a kubelet echoes them. */
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

/**
 * Opens direct access to kubelets. Returns the reason if direct access is impossible, for example with --as or without a suitable
 * credential. Throws for options that cannot be used, such as a file that does not exist.
 */
export function openKubeletsIfAny(
  invocation: KubeletInvocation,
  connection: ApiConnection,
): Promise<Known<KubeletAccess>> {
  return knownIfPossible(openKubelets(invocation, connection));
}

export function openPathIfAny(
  ...question: Parameters<typeof openPath>
): Promise<Known<DirectPath>> {
  return knownIfPossible(openPath(...question));
}

/** Returns why direct access is impossible, with the hints of a `no direct path` failure. Rethrows the failure to read a file. */
async function knownIfPossible<T>(opened: Promise<T>): Promise<Known<T>> {
  try {
    return { found: await opened };
  } catch (error) {
    const isNoted = error instanceof Failure && !(error instanceof UsageFailure);
    if (!isNoted || error.kind === 'file') throw error;
    const hints = error.kind === 'no direct path' ? error.hints : [];
    return { unknown: oneLine([error.message, ...hints].join('; ')) };
  }
}

export interface DirectPath {
  /** Undefined if no request goes directly to a kubelet. */
  readonly kubelets: KubeletAccess | undefined;
  /** Why `auto` uses only the API server. Absent in all other cases, and with --as. */
  readonly left?: KubeletFailure | undefined;
}

/**
 * Opens direct access unless `path` is `apiserver`. With `auto` and without kubelet options, a failure to open it is returned in `left`,
 * not thrown.
 */
export async function openPath(
  path: Path,
  invocation: KubeletInvocation,
  connection: ApiConnection,
  isOne?: boolean,
): Promise<DirectPath> {
  if (path === 'apiserver') return { kubelets: undefined };
  try {
    return { kubelets: await openKubelets(invocation, connection, isOne) };
  } catch (error) {
    const isOptional = path === 'auto' && !hasKubeletFlags(invocation.given);
    if (!isOptional || !isFailure(error, 'no direct path')) throw error;
    // With --as, direct access is always impossible, because only the API server supports impersonation. This needs no explanation in the
    // output.
    if (connection.impersonate) return { kubelets: undefined };
    const { message, hints } = error;
    return {
      kubelets: undefined,
      left: new KubeletFailure(message, { why: 'unknown', hints }),
    };
  }
}

export async function openKubeletsAnonymously(
  invocation: KubeletInvocation,
  connection: ApiConnection,
  verify: boolean,
): Promise<KubeletAccess> {
  const flags = kubeletFlagsOf(invocation);
  // Fingerprints are ignored, because clients other than this program cannot verify a kubelet by a fingerprint.
  const plain = { ...flags, pins: [], pinFiles: [] };
  const trusting = { ...plain, certificateAuthority: '', insecureSkipTlsVerify: true };
  return openWithout(invocation, connection, verify ? plain : trusting);
}

/** Opens access for TLS handshakes only. No credential is sent. Without a CA or fingerprint, kubelets are not verified. */
export async function openKubeletsForHandshakes(
  invocation: KubeletInvocation,
  connection: ApiConnection,
): Promise<KubeletAccess> {
  const flags = kubeletFlagsOf(invocation);
  const canVerify =
    flags.certificateAuthority !== '' ||
    connection.tls.ca !== undefined ||
    flags.pins.length + flags.pinFiles.length > 0;
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
    pinFiles: pinFilesOf(globals.kubeletFingerprint),
  };
}

function worldOf(invocation: KubeletInvocation): KubeletWorld {
  const { cwd, env, signal, pipes } = invocation.context;
  return {
    cwd,
    env,
    signal,
    pipes,
    log: requestLog(invocation),
    showsToken: invocation.globals.showToken,
  };
}
