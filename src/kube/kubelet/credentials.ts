import { Failure, UsageFailure } from '../../errors.ts';
import type { ApiConnection, ServerTrust } from '../config/api-connection.ts';
import {
  type Credential,
  certificateCredential,
  tokenCredential,
  trimSpace,
} from '../config/credentials.ts';
import { environmentProxy, parseProxyUrl } from '../config/proxy.ts';
import type { ServerAddress } from '../config/server.ts';
import type { Environment } from '../environment.ts';
import { readInput } from '../files.ts';
import type { RequestLog } from '../transport/request-log.ts';
import type { TlsSettings } from '../transport/tls.ts';
import type { Route } from '../transport/tunnel.ts';

/** `--kubelet-…` flags; empty means not given. */
export interface KubeletFlags {
  /** A file, or `system`. */
  readonly certificateAuthority: string;
  readonly clientCertificate: string;
  readonly clientKey: string;
  readonly tokenFile: string;
  readonly tlsServerName: string;
  readonly insecureSkipTlsVerify: boolean;
  readonly proxyUrl: string;
}

/** How kubelets are reached, whom they are shown, and how they are verified. */
export interface KubeletAccess {
  readonly trust: ServerTrust;
  /** Without `authorization` where it must not be sent, because the peer is not verified. */
  identity(): Promise<KubeletIdentity>;
  routeTo(address: ServerAddress): Route | undefined;
  readonly log: RequestLog | undefined;
}

type KubeletIdentity = Pick<Credential, 'authorization' | 'clientCertificate'>;

interface World {
  readonly cwd: string;
  readonly env: Environment;
  readonly signal: AbortSignal;
  readonly log: RequestLog | undefined;
}

/** The context's own client certificate, token and CA, unless flags say otherwise. */
export async function openKubeletAccess(
  connection: ApiConnection,
  flags: KubeletFlags,
  world: World,
): Promise<KubeletAccess> {
  if (connection.impersonate)
    throw new UsageFailure('impersonation does not work toward a kubelet: it ignores the headers', {
      hints: ['ask by way of the API server: --via apiserver'],
    });
  const way = wayToKubelets(connection, flags, world);
  const insecure = flags.insecureSkipTlsVerify;
  const given = givenCredential(flags, world.cwd);
  const identity = async () => {
    // Asked for each kubelet: among thousands, what is short-lived may have to be renewed.
    const credential = given ?? (await connection.credentials.current(world.signal));
    return forKubelet(credential, insecure, given !== undefined, connection);
  };
  // Before anything is asked: what no kubelet takes, or must not see, is refused here.
  await identity();
  return { ...way, identity };
}

/** The same kubelets, shown no credential at all: to find out what they give to just anybody. */
export function openWithoutCredential(
  connection: ApiConnection,
  flags: KubeletFlags,
  world: World,
): KubeletAccess {
  const nobody = { authorization: undefined, clientCertificate: undefined };
  return { ...wayToKubelets(connection, flags, world), identity: async () => nobody };
}

/** How kubelets are reached and verified, whoever asks. */
function wayToKubelets(
  connection: ApiConnection,
  flags: KubeletFlags,
  world: World,
): Omit<KubeletAccess, 'identity'> {
  const insecure = flags.insecureSkipTlsVerify;
  if (insecure && flags.certificateAuthority !== '')
    throw new UsageFailure(
      '--kubelet-certificate-authority cannot be used together with --kubelet-insecure-skip-tls-verify',
    );
  const ca = insecure ? undefined : authority(connection, flags, world.cwd);
  const named = flags.proxyUrl && parseProxyUrl('--kubelet-proxy-url', flags.proxyUrl);
  return {
    trust: { ca, serverName: flags.tlsServerName || undefined, verify: !insecure, peer: 'kubelet' },
    // The context's own proxy-url is for the API server: what else it reaches, only its owner knows.
    routeTo: (address) => {
      const proxy = named || environmentProxy(world.env, address);
      return proxy ? { proxy, tls: proxyTls } : undefined;
    },
    log: world.log,
  };
}

function forKubelet(
  credential: Credential,
  insecure: boolean,
  given: boolean,
  { address }: ApiConnection,
): KubeletIdentity {
  const { authorization, clientCertificate, token } = credential;
  if (!clientCertificate && token === undefined)
    throw new Failure(
      address.secure
        ? 'there is no credential that a kubelet takes: neither a client certificate nor a token'
        : 'there is no credential for kubelets: those of the context are not used where the API server is spoken to in plain http',
      {
        hints: [
          'name one with --kubelet-token-file FILE or --kubelet-client-certificate FILE, or ask by way of the API server: --via apiserver',
        ],
      },
    );
  // A token that was asked for is not silently left out.
  if (insecure && token !== undefined && (given || !clientCertificate)) throw tokenUnverified();
  return {
    authorization: insecure || token === undefined ? undefined : authorization,
    clientCertificate,
  };
}

export function tokenUnverified(): Failure {
  return new Failure('a token is never sent to a kubelet whose certificate is not verified', {
    hints: ['leave out -k and name the authority: --kubelet-certificate-authority FILE'],
  });
}

/** Toward a proxy that speaks TLS: it is no kubelet, so it is verified as any server is, and shown no certificate. */
const proxyTls: TlsSettings = {
  ca: undefined,
  serverName: undefined,
  verify: true,
  clientCertificate: undefined,
  peer: 'proxy',
};

/** Undefined for the system's. */
function authority(
  connection: ApiConnection,
  flags: KubeletFlags,
  cwd: string,
): string | undefined {
  const { certificateAuthority: named } = flags;
  if (named === 'system') return undefined;
  if (named !== '') return readText('kubelet certificate authority', named, cwd);
  if (connection.tls.ca !== undefined) return connection.tls.ca;
  throw new Failure(`no certificate authority to verify kubelets with: ${whyNone(connection)}`, {
    hints: [
      ...(connection.origin === undefined ? [] : [connection.origin]),
      'name one with --kubelet-certificate-authority FILE, or ask by way of the API server: --via apiserver',
    ],
  });
}

function whyNone({ address, tls }: ApiConnection): string {
  if (!address.secure) return 'the API server is spoken to in plain http';
  return tls.verify
    ? 'the cluster entry of the kubeconfig has none'
    : 'the API server is not verified either';
}

/**
 * What flags name, if anything. It replaces all of the context's identity: a kubelet would choose among several, and not
 * tell.
 */
function givenCredential(flags: KubeletFlags, cwd: string): Credential | undefined {
  const { clientCertificate: cert, clientKey: key, tokenFile } = flags;
  if ((cert === '') !== (key === ''))
    throw new UsageFailure('--kubelet-client-certificate and --kubelet-client-key belong together');
  if (cert === '' && tokenFile === '') return undefined;
  const clientCertificate =
    cert === ''
      ? undefined
      : {
          cert: readText('kubelet client certificate', cert, cwd),
          key: readText('kubelet client key', key, cwd),
        };
  if (tokenFile === '') return certificateCredential(clientCertificate);
  const token = trimSpace(readText('kubelet token file', tokenFile, cwd));
  if (token === '') throw new Failure(`kubelet token file ${tokenFile} is empty`);
  return tokenCredential(token, clientCertificate);
}

function readText(what: string, path: string, cwd: string): string {
  return readInput(what, path, cwd).toString('utf8');
}
