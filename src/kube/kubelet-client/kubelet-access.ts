import { isIP } from 'node:net';
import { exitCodes, Failure, UsageFailure } from '../../errors.ts';
import { type Pin, parsePinFile, placeOf } from '../../kubelet/fingerprint.ts';
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

/** Values of the `--kubelet-…` flags; empty if a flag is not given. */
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

/** How kubelets are reached and verified, and which credential they get. */
export interface KubeletAccess {
  readonly trust: ServerTrust;
  /**
   * Whether kubelets are verified by the system's CAs. These CAs sign certificates for any owner of a host name, so that a certificate from
   * them does not prove that the host is a kubelet.
   */
  readonly isOfAnyone?: boolean;
  /** Returns the check of a kubelet's certificate; undefined if TLS verification alone decides. */
  acceptorFor?(kubelet: KubeletName): AcceptCertificate | undefined;
  /** Returns the credential for kubelets; it has no `authorization` if kubelets are not verified. */
  identity(): Promise<KubeletIdentity>;
  routeTo(address: ServerAddress): Route | undefined;
  readonly log: RequestLog | undefined;
  /** Replaces `openTransport`. */
  readonly open?: ((settings: TransportSettings) => Transport) | undefined;
}

export type KubeletIdentity = Pick<Credential, 'authorization' | 'clientCertificate'>;

export interface KubeletWorld extends FileSource {
  /** Whether --show-token allows kubelets to see the token of the context. */
  readonly showsToken: boolean;
  readonly env: Environment;
  readonly log: RequestLog | undefined;
}

/**
 * Opens access with the client certificate, token and CA of the context; flags replace them. If kubelets cannot be called directly, throws
 * a Failure of the kind `no direct path`. For an invalid credential or flag, throws another Failure.
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
    // Reads the credential again for each kubelet, because it may expire before the last of thousands of kubelets is called.
    const credential = fromFlags ?? (await connection.credentials.current(world.signal));
    const { authorization, token, clientCertificate } = credential;
    // A token from a flag is never left out silently: an error says that it cannot be used.
    if (insecure && token !== undefined && (fromFlags || !clientCertificate))
      throw unverified('a token');
    // A server could use a token that it receives, but not a certificate, because it does not receive the key.
    if (token !== undefined && showsToken && !insecure) return { authorization, clientCertificate };
    if (clientCertificate) return { authorization: undefined, clientCertificate };
    throw token === undefined ? noCredential(connection) : tokenHidden();
  };
  // Throws before any request if there is no credential that kubelets accept and may receive.
  await identity();
  return { ...path, identity };
}

/**
 * Returns the check of a kubelet's certificate; undefined if TLS verification alone decides. Before a secret is sent, the certificate must
 * also name the node if a public CA is trusted or the address is a host name. The reason is that a public CA signs certificates for any
 * host, and a kubelet itself writes its addresses into its Node object. If the user sets the server name, the node's name is not checked.
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

/** Returns access to a kubelet that the user gave by its address, so that its name is not the name of its node. */
export function withoutName(access: KubeletAccess): KubeletAccess {
  const { acceptorFor } = access;
  if (!acceptorFor) return access;
  return { ...access, acceptorFor: (kubelet) => acceptorFor({ ...kubelet, node: undefined }) };
}

/** Opens access without a credential, to find out what kubelets allow anonymous users. */
export async function openWithoutCredential(
  connection: ApiConnection,
  flags: KubeletFlags,
  world: KubeletWorld,
): Promise<KubeletAccess> {
  const none = { authorization: undefined, clientCertificate: undefined };
  return { ...(await pathToKubelets(connection, flags, world)), identity: async () => none };
}

async function pathToKubelets(
  connection: ApiConnection,
  flags: KubeletFlags,
  world: KubeletWorld,
): Promise<Omit<KubeletAccess, 'identity'>> {
  checkTrustFlags(flags);
  const proxyFlag = flags.proxyUrl && parseProxyUrl('--kubelet-proxy-url', flags.proxyUrl);
  const path = {
    // The proxy-url of the context is not used: it is meant for the API server, and may not reach kubelets.
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

/** Throws a Failure for a file without pins, a malformed line, or two pins for the same kubelet. */
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
        `--kubelet-fingerprint for ${again.kubelet} is given twice: ${placeOf(again)}, and before`,
      );
    all.push(...found);
  }
  return all;
}

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
      'show your token to kubelets whose certificates are verified: --show-token (self-signed ones: kubectl kubeletaccess help trust)',
    ],
  });
}

/** Returns the failure for a header that is not known to be harmless, so that it may contain a secret. */
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

/** TLS settings for a proxy: its certificate is verified by the system's CAs, and it gets no client certificate. */
const proxyTls: TlsSettings = {
  ca: undefined,
  serverName: undefined,
  verify: true,
  clientCertificate: undefined,
  peer: 'proxy',
};

/** Returns the CA bundle that verifies kubelets; undefined if the system's CAs do. */
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
 * Returns the credential that flags set; undefined without such flags. It replaces the whole credential of the context: if a kubelet got
 * both a certificate and a token, it would use one of them without saying which.
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
