import { Failure, UsageFailure } from '../errors.ts';
import type { ApiConnection } from './config/connection.ts';
import type { Credential } from './config/credentials.ts';
import { environmentProxy, parseProxyUrl } from './config/proxy.ts';
import type { ServerAddress } from './config/server.ts';
import { readInput } from './files.ts';
import type { RequestLog } from './transport/request-log.ts';
import type { ClientCertificate, TlsSettings } from './transport/tls.ts';
import type { Route } from './transport/tunnel.ts';

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
  readonly tls: TlsSettings;
  /** Undefined as well where it must not be sent, because the peer is not verified. */
  readonly bearerToken: string | undefined;
  routeTo(address: ServerAddress): Route | undefined;
  readonly log: RequestLog | undefined;
}

/** The context's own client certificate, token and CA, unless flags say otherwise. */
export async function openKubeletAccess(
  connection: ApiConnection,
  flags: KubeletFlags,
  world: {
    readonly cwd: string;
    readonly env: Readonly<Record<string, string | undefined>>;
    readonly signal: AbortSignal;
    readonly log: RequestLog | undefined;
  },
): Promise<KubeletAccess> {
  if (connection.impersonate)
    throw new UsageFailure('impersonation does not work toward a kubelet: it ignores the headers', {
      hints: ['ask by way of the API server: --via apiserver'],
    });
  const insecure = flags.insecureSkipTlsVerify;
  if (insecure && flags.certificateAuthority !== '')
    throw new UsageFailure(
      '--kubelet-certificate-authority cannot be used together with --kubelet-insecure-skip-tls-verify',
    );
  const ca = insecure ? undefined : authority(connection, flags, world.cwd);
  const { token, clientCertificate } = await identity(connection, flags, world);
  if (!clientCertificate && token === undefined)
    throw new Failure(
      'the context has no credential that a kubelet takes: neither a client certificate nor a token',
      { hints: ['ask by way of the API server: --via apiserver'] },
    );
  if (insecure && token !== undefined && !clientCertificate)
    throw new Failure('a token is never sent to a kubelet whose certificate is not verified', {
      hints: ['leave out -k and name the authority: --kubelet-certificate-authority FILE'],
    });
  const named = flags.proxyUrl && parseProxyUrl('--kubelet-proxy-url', flags.proxyUrl);
  return {
    tls: { ca, serverName: flags.tlsServerName || undefined, verify: !insecure, clientCertificate },
    bearerToken: insecure ? undefined : token,
    // The context's own proxy-url is for the API server: what else it reaches, only its owner knows.
    routeTo: (address) => {
      const proxy = named || environmentProxy(world.env, address);
      return proxy ? { proxy, tls: proxyTls } : undefined;
    },
    log: world.log,
  };
}

/** Toward a proxy that speaks TLS: it is no kubelet, so it is verified as any server is, and shown no certificate. */
const proxyTls: TlsSettings = {
  ca: undefined,
  serverName: undefined,
  verify: true,
  clientCertificate: undefined,
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
  throw new Failure(
    'no certificate authority to verify kubelets with: the cluster entry of the kubeconfig has none',
    {
      hints: [
        ...(connection.origin === undefined ? [] : [connection.origin]),
        'name one with --kubelet-certificate-authority FILE, or ask by way of the API server: --via apiserver',
      ],
    },
  );
}

/** A flag replaces all of the context's identity: a kubelet would choose among several, and not tell. */
async function identity(
  connection: ApiConnection,
  flags: KubeletFlags,
  { cwd, signal }: { readonly cwd: string; readonly signal: AbortSignal },
): Promise<Pick<Credential, 'token' | 'clientCertificate'>> {
  const clientCertificate = readClientCertificate(flags, cwd);
  if (!clientCertificate && flags.tokenFile === '') return connection.credentials.current(signal);
  const token = flags.tokenFile && readText('kubelet token file', flags.tokenFile, cwd).trim();
  if (flags.tokenFile !== '' && !/^[\x21-\x7e]+$/.test(token))
    throw new Failure(`kubelet token file ${flags.tokenFile} holds no token`);
  return { token: token || undefined, clientCertificate };
}

function readClientCertificate(flags: KubeletFlags, cwd: string): ClientCertificate | undefined {
  if ((flags.clientCertificate === '') !== (flags.clientKey === ''))
    throw new UsageFailure('--kubelet-client-certificate and --kubelet-client-key belong together');
  if (flags.clientCertificate === '') return undefined;
  return {
    cert: readText('kubelet client certificate', flags.clientCertificate, cwd),
    key: readText('kubelet client key', flags.clientKey, cwd),
  };
}

function readText(what: string, path: string, cwd: string): string {
  return readInput(what, path, cwd).toString('utf8');
}
