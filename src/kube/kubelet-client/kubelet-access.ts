import { isIP } from 'node:net';
import { exitCodes, Failure, UsageFailure } from '../../errors.ts';
import { type Pin, parsePinFile } from '../../kubelet/fingerprint.ts';
import type { ApiConnection, ServerTrust } from '../config/api-connection.ts';
import { type Credential, credentialOf, trimSpace } from '../config/credentials.ts';
import type { Environment } from '../environment.ts';
import { type FileSource, readTextFile } from '../files/read-file.ts';
import { environmentProxy, parseProxyUrl } from '../transport/proxy.ts';
import type { RequestLog } from '../transport/request-log.ts';
import type { ServerAddress } from '../transport/server-address.ts';
import type { AcceptCertificate, TlsSettings } from '../transport/tls.ts';
import type { Transport, TransportSettings } from '../transport/transport.ts';
import type { Route } from '../transport/tunnel.ts';
import { acceptPinned, acceptVerified, type KubeletName, notOfNode } from './accept-certificate.ts';

/** `--kubelet-…` flags; empty means not given. */
export interface KubeletFlags {
  /** Path of a CA bundle, or `system` for the CAs of the system. */
  readonly certificateAuthority: string;
  readonly clientCertificate: string;
  readonly clientKey: string;
  readonly tokenFile: string;
  readonly tlsServerName: string;
  readonly insecureSkipTlsVerify: boolean;
  readonly proxyUrl: string;
  readonly pins: readonly Pin[];
  readonly pinFiles: readonly string[];
}

/** The way to reach and verify kubelets, and the credential for them. */
export interface KubeletAccess {
  readonly trust: ServerTrust;
  /**
   * Whether kubelets are verified by the system's CAs. Such a CA certifies every host to its owner: its certificate does not prove a
   * kubelet.
   */
  readonly isOfAnyone?: boolean;
  /** Returns the check of a kubelet's certificate; undefined if TLS verification alone decides. */
  acceptorFor?(kubelet: KubeletName): AcceptCertificate | undefined;
  /** Returns the credential for kubelets, without `authorization` if they are not verified. */
  identity(): Promise<KubeletIdentity>;
  routeTo(address: ServerAddress): Route | undefined;
  readonly log: RequestLog | undefined;
  /** Replaces `openTransport`. */
  readonly open?: ((settings: TransportSettings) => Transport) | undefined;
}

export type KubeletIdentity = Pick<Credential, 'authorization' | 'clientCertificate'>;

export interface KubeletWorld extends FileSource {
  /** Whether the user allows kubelets to see the token of the context. */
  readonly showsToken: boolean;
  readonly env: Environment;
  readonly log: RequestLog | undefined;
}

/**
 * Opens access by the client certificate, token and CA of the context, unless flags replace them. Throws a Failure, whose kind is `no
 * direct path` unless a credential or flag is wrong.
 */
export async function openKubeletAccess(
  connection: ApiConnection,
  flags: KubeletFlags,
  world: KubeletWorld,
): Promise<KubeletAccess> {
  if (connection.impersonate)
    throw new Failure('impersonation does not work with kubelets: they ignore its headers', {
      kind: 'no direct path',
      exitCode: exitCodes.usage,
    });
  const path = await pathToKubelets(connection, flags, world);
  const fromFlags = await credentialFromFlags(flags, world);
  const insecure = flags.insecureSkipTlsVerify;
  const showsToken = fromFlags !== undefined || world.showsToken || connection.isServiceAccount;
  const identity = async (): Promise<KubeletIdentity> => {
    // Read for each kubelet, because a short-lived credential may expire before the last of thousands of kubelets is called.
    const credential = fromFlags ?? (await connection.credentials.current(world.signal));
    const { authorization, token, clientCertificate } = credential;
    // A token from a flag is never dropped silently.
    if (insecure && token !== undefined && (fromFlags || !clientCertificate))
      throw unverified('a token');
    // Anyone who sees a token can use it. A certificate is safe to show.
    if (token !== undefined && showsToken && !insecure) return { authorization, clientCertificate };
    if (clientCertificate) return { authorization: undefined, clientCertificate };
    throw token === undefined ? noCredential(connection) : tokenHidden();
  };
  // Throws before any request if there is no credential that kubelets accept and may see.
  await identity();
  return { ...path, identity };
}

/**
 * Returns the check of a kubelet's certificate; undefined if verification alone decides. A public CA certifies any host for its own name,
 * and a kubelet writes its addresses into its Node object itself: before a secret goes to a host by name, or to any host that a public CA
 * certifies, the certificate must also name the node. The check is omitted if the user sets the server name.
 */
export function acceptorOf(
  { trust, acceptorFor, isOfAnyone }: KubeletAccess,
  kubelet: KubeletName,
  showsSecret: boolean,
): AcceptCertificate | undefined {
  const accept = acceptorFor?.(kubelet);
  const { node, host } = kubelet;
  const isStrict = showsSecret && (isOfAnyone === true || isIP(host) === 0);
  if (!trust.verify || trust.serverName !== undefined || node === undefined || !isStrict)
    return accept;
  return async (certificate, problem) => {
    const strict = problem ?? notOfNode(certificate, node);
    return accept ? accept(certificate, strict) : strict;
  };
}

/** Opens access without any credential, which shows what kubelets allow everyone. */
export async function openWithoutCredential(
  connection: ApiConnection,
  flags: KubeletFlags,
  world: KubeletWorld,
): Promise<KubeletAccess> {
  const none = { authorization: undefined, clientCertificate: undefined };
  return { ...(await pathToKubelets(connection, flags, world)), identity: async () => none };
}

/** Returns the way to reach and verify kubelets, without a credential. */
async function pathToKubelets(
  connection: ApiConnection,
  flags: KubeletFlags,
  world: KubeletWorld,
): Promise<Omit<KubeletAccess, 'identity'>> {
  checkTrustFlags(flags);
  const proxyFlag = flags.proxyUrl && parseProxyUrl('--kubelet-proxy-url', flags.proxyUrl);
  const path = {
    // The proxy-url of the context is for the API server; whether it reaches kubelets is unknown.
    routeTo: (address: ServerAddress) => {
      const proxy = proxyFlag || environmentProxy(world.env, address);
      return proxy ? { proxy, tls: proxyTls } : undefined;
    },
    log: world.log,
  };
  const shared = { serverName: flags.tlsServerName || undefined, peer: 'kubelet' } as const;
  if (flags.insecureSkipTlsVerify)
    return { ...path, trust: { ...shared, ca: undefined, verify: false } };
  const pins = await readPins(flags, world);
  // Pinned fingerprints replace a CA that is missing.
  const verify = connection.tls.ca !== undefined || pins.length === 0;
  const ca = verify ? await authority(connection, flags, world) : undefined;
  const trust = { ...shared, ca, verify };
  if (pins.length === 0)
    return { ...path, trust, isOfAnyone: flags.certificateAuthority === 'system' };
  const otherwise = verify ? undefined : acceptVerified;
  return { ...path, trust, acceptorFor: (kubelet) => acceptPinned(pins, kubelet) ?? otherwise };
}

/** Returns the pins of options and files. Throws a Failure for a file without pins, a malformed line, or two pins of a kubelet. */
async function readPins(
  { pins, pinFiles }: KubeletFlags,
  world: FileSource,
): Promise<readonly Pin[]> {
  const all = [...pins];
  for (const path of pinFiles) {
    const title = 'file of --kubelet-fingerprint';
    const found = parsePinFile(await readTextFile(title, path, world), path);
    if (typeof found === 'number')
      throw new Failure(
        `invalid ${title} ${path}, line ${found}: must be NODE=SHA256:… once for each kubelet`,
      );
    if (found.length === 0) throw new Failure(`${title} ${path} has no fingerprints`);
    const again = found.find(({ kubelet }) => all.some((each) => each.kubelet === kubelet));
    if (again)
      throw new Failure(
        `--kubelet-fingerprint for ${again.kubelet} is given twice: ${again.where}, and before`,
      );
    all.push(...found);
  }
  return all;
}

/** Throws if more than one flag replaces the default verification. */
function checkTrustFlags(flags: KubeletFlags): void {
  const given = [
    ['--kubelet-insecure-skip-tls-verify', flags.insecureSkipTlsVerify],
    ['--kubelet-fingerprint', flags.pins.length + flags.pinFiles.length > 0],
    ['--kubelet-certificate-authority', flags.certificateAuthority !== ''],
  ].flatMap(([name, isGiven]) => (isGiven ? [name] : []));
  const [first, second] = given;
  if (second !== undefined)
    throw new UsageFailure(`${second} cannot be used together with ${first}`);
}

/** Whether a kubelet's certificate is checked before anything is sent to it. */
export function isVerified({ trust, acceptorFor }: KubeletAccess): boolean {
  return trust.verify || acceptorFor !== undefined;
}

function noCredential({ address }: ApiConnection): Failure {
  return new Failure(
    address.secure
      ? 'no credentials for kubelets: the context has neither a client certificate nor a token'
      : "no credentials for kubelets: the context's are not used, because the API server is called over plain http",
    {
      kind: 'no direct path',
      hints: ['use --kubelet-token-file FILE or --kubelet-client-certificate FILE'],
    },
  );
}

function tokenHidden(): Failure {
  return new Failure('your token is not shown to kubelets, which could use it until it expires', {
    kind: 'no direct path',
    hints: [
      'show your token to kubelets whose certificates are verified: --via direct (self-signed ones: kubectl kubeletaccess help trust)',
    ],
  });
}

/** Returns the failure for a header that may hold a secret: any header that is not known to be harmless. */
export function headerUnverified(name: string): Failure {
  return unverified(`header ${name}, which may hold a secret,`);
}

function unverified(title: string): Failure {
  return new Failure(`${title} is never sent to a kubelet whose certificate is not verified`, {
    hints: [
      'drop -k, and verify kubelets with --kubelet-certificate-authority FILE or --kubelet-fingerprint SHA256:…',
    ],
  });
}

/** A proxy that speaks TLS is verified like any server, and gets no client certificate. */
const proxyTls: TlsSettings = {
  ca: undefined,
  serverName: undefined,
  verify: true,
  clientCertificate: undefined,
  peer: 'proxy',
};

/** Returns the CA that verifies kubelets; undefined for the CAs of the system. */
async function authority(
  connection: ApiConnection,
  flags: KubeletFlags,
  source: FileSource,
): Promise<string | undefined> {
  const { certificateAuthority } = flags;
  if (certificateAuthority === 'system') return undefined;
  if (certificateAuthority !== '')
    return readTextFile('kubelet certificate authority', certificateAuthority, source);
  if (connection.tls.ca !== undefined) return connection.tls.ca;
  throw new Failure(
    `no certificate authority to verify kubelets with: ${whyNoAuthority(connection)}`,
    {
      kind: 'no direct path',
      hints: [
        ...(connection.origin === undefined ? [] : [connection.origin]),
        'use --kubelet-certificate-authority FILE',
      ],
    },
  );
}

function whyNoAuthority({ address, tls }: ApiConnection): string {
  if (!address.secure) return 'the API server is called over plain http';
  return tls.verify ? 'the kubeconfig cluster has none' : 'the API server is not verified either';
}

/**
 * Returns the credential of flags, which replaces the whole credential of the context: given a certificate and a token, a kubelet would
 * choose one without saying which. Undefined without such flags.
 */
async function credentialFromFlags(
  flags: KubeletFlags,
  source: FileSource,
): Promise<Credential | undefined> {
  const { clientCertificate: cert, clientKey: key, tokenFile } = flags;
  if ((cert === '') !== (key === ''))
    throw new UsageFailure(
      '--kubelet-client-certificate and --kubelet-client-key must be used together',
    );
  if (cert === '' && tokenFile === '') return undefined;
  const clientCertificate =
    cert === ''
      ? undefined
      : {
          cert: await readTextFile('kubelet client certificate', cert, source),
          key: await readTextFile('kubelet client key', key, source),
        };
  if (tokenFile === '') return credentialOf({ clientCertificate });
  const token = trimSpace(await readTextFile('kubelet token file', tokenFile, source));
  if (token === '') throw new Failure(`kubelet token file ${tokenFile} is empty`);
  return credentialOf({ token, clientCertificate });
}
