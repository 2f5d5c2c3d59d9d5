import { notTogether, UsageFailure } from '../errors.ts';
import type { KubeletFlags } from '../kube/kubelet-client/kubelet-access.ts';
import { type AddressChoice, defaultAddressTypes, isPort } from '../kubelet/address.ts';
import { type CommandLine, type GivenOption, isGiven, isInEffect } from './argv.ts';
import type { Invocation } from './connection.ts';
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
  const credentialFlag = given.find(
    (each) => kubeletCredentialFlags.includes(each.option.name) && isInEffect(each),
  )?.option.name;
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
