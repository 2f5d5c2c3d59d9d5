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
import { readOrNote } from '../kube/read-or-note.ts';
import { defaultAddressTypes, isPort } from '../kubelet/address.ts';
import type { Secrets } from '../text/secrets.ts';
import { type CommandLine, type GivenOption, isGiven } from './argv.ts';
import { addCredential, type Invocation, requestLog } from './connection.ts';
import { parsePins, pinFilesOf } from './fingerprints.ts';
import { type Globals, globalOptions } from './global-options.ts';
import { type Path, paths, streamPaths, type TargetRequest } from './node-options.ts';
import { parseOneOf } from './parse-options.ts';

/** With every option as it was given: how many kubelets it names. */
export interface KubeletInvocation extends Invocation {
  readonly given: readonly GivenOption[];
  readonly line: CommandLine;
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

/** The default of `--via` for all commands that read. */
const viaVariable = 'KUBELETACCESS_VIA';

interface PathOptions extends KubeletInvocation {
  readonly via: string;
}

/** Kind of a request: by default it only reads, with the credential of the context. */
interface RequestKind {
  readonly isRead?: boolean;
  readonly hasOwnCredential?: boolean;
}

/** The path of requests to kubelets: of `--via`, else of the environment, else `auto`. Throws for options of another path. */
export function parseVia(
  { via, given, globals, context }: PathOptions,
  { isRead = true, hasOwnCredential = false }: RequestKind = {},
): Path {
  const isTyped = isGiven(given, '--via');
  const [credentialFlag] = kubeletCredentialFlags(globals);
  const withoutReading = (path: Path) => (path === 'auto' && !isRead ? 'direct' : path);
  if (!isTyped) {
    const { [viaVariable]: usual = '' } = context.env;
    const path = usual === '' ? 'auto' : parseOneOf(viaVariable, usual, paths);
    // A flag that only direct requests have chooses the path.
    if (isGiven(given, '--address') || credentialFlag !== undefined || hasOwnCredential)
      return 'direct';
    return withoutReading(path === 'apiserver' && hasKubeletFlags(given) ? 'auto' : path);
  }
  const path = parseOneOf('--via', via, paths);
  checkKubeletFlags(path, given);
  // A request that may go through the API server instead must not change its identity on the way.
  if (path === 'auto' && credentialFlag !== undefined)
    throw notTogether(credentialFlag, '--via auto', {
      why: 'through the API server, requests have the credential of the context',
    });
  return withoutReading(path);
}

/** The path of requests that run, write or listen: as typed, direct by default. */
export function parseStreamVia({
  via,
  given,
}: Pick<PathOptions, 'via' | 'given'>): (typeof streamPaths)[number] {
  const path = parseOneOf('--via', via, streamPaths);
  checkKubeletFlags(path, given);
  return path;
}

function checkKubeletFlags(path: Path, given: readonly GivenOption[]): void {
  if (path === 'apiserver' && hasKubeletFlags(given))
    throw new UsageFailure(
      '--kubelet-* flags and -k apply to direct connections: they cannot be used with --via apiserver',
    );
}

/** Whether an option says how kubelets are called directly. */
export function hasKubeletFlags(given: readonly GivenOption[]): boolean {
  const { group } = globalOptions.kubeletPort;
  return given.some(({ option }) => option.group === group);
}

/** Whether the user has said that kubelets may see a token: by asking for the direct path. */
function showsToken({ given, context }: KubeletInvocation): boolean {
  const typed = given.findLast(({ option }) => option.name === '--via');
  return (typed ? typed.value : context.env[viaVariable]) === 'direct';
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

/** As openKubelets, or why there are none: with impersonation, or without a credential that kubelets accept or may see. */
export function openKubeletsIfAny(
  invocation: KubeletInvocation,
  connection: ApiConnection,
): Promise<Known<KubeletAccess>> {
  return readOrNote(() => inOneLine(openKubelets(invocation, connection)));
}

/** As openPath, or why requests have no path, for a report that has more. */
export function openPathIfAny(
  ...question: Parameters<typeof openPath>
): Promise<Known<DirectPath>> {
  return readOrNote(() => inOneLine(openPath(...question)));
}

/** A report has one line for a missing path. */
async function inOneLine<T>(opened: Promise<T>): Promise<T> {
  try {
    return await opened;
  } catch (error) {
    if (!isFailure(error, 'no direct path')) throw error;
    throw new Failure([error.message, ...error.hints].join('; '));
  }
}

/** Where kubelets are called directly, if they can be. */
export interface DirectPath {
  /** Undefined where no request goes directly to a kubelet. */
  readonly kubelets: KubeletAccess | undefined;
  /** Why not, where that was not asked for. */
  readonly left?: KubeletFailure | undefined;
}

/** Opens what a path needs. With `auto`, the API server is enough where the context has nothing for kubelets. */
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
    // With --as, the user means the API server.
    if (connection.impersonate) return { kubelets: undefined };
    const { message, hints } = error;
    return {
      kubelets: undefined,
      left: new KubeletFailure(message, { why: 'unknown', hints }),
    };
  }
}

/** Without any credential. `verify`: kubelets are verified as flags have it, or not at all. */
export async function openKubeletsAnonymously(
  invocation: KubeletInvocation,
  connection: ApiConnection,
  verify: boolean,
): Promise<KubeletAccess> {
  const flags = kubeletFlagsOf(invocation);
  // A fingerprint that one client trusts does not verify the kubelet for other clients.
  const plain = { ...flags, pins: [], pinFiles: [] };
  const trusting = { ...plain, certificateAuthority: '', insecureSkipTlsVerify: true };
  return openWithout(invocation, connection, verify ? plain : trusting);
}

/** For TLS handshakes only: no credential; verified as the flags say, or not at all without a CA. */
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
    showsToken: showsToken(invocation),
  };
}
