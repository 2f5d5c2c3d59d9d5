import { isDeepStrictEqual } from 'node:util';
import { Failure, UsageFailure } from '../errors.ts';
import { formatHostPort } from '../kubelet/address.ts';
import { causeOfTransport, describeTransport } from '../kubelet/cause.ts';
import { userAgent } from '../version.ts';
import type { ApiServer } from './api-server.ts';
import type { ApiConnection } from './connection.ts';
import { readInput } from './files.ts';
import type { TlsSettings } from './tls.ts';
import {
  type Answer,
  defaultLimits,
  type Limits,
  openTransport,
  type Request,
  readText,
  type TextAnswer,
  TransportError,
} from './transport.ts';

export type Via = 'direct' | 'apiserver';

/** `--kubelet-…` flags; empty means not given. */
export interface KubeletTlsFlags {
  readonly certificateAuthority: string;
  readonly clientCertificate: string;
  readonly clientKey: string;
  readonly tlsServerName: string;
  readonly insecureSkipTlsVerify: boolean;
}

/** One kubelet by one path. What cannot be reached throws a Failure whose cause is a TransportError. */
export interface Kubelet {
  readonly via: Via;
  /** `kubelet of node-1 at 10.0.0.1:10250`, for sentences. */
  readonly label: string;
  send(request: Request): Promise<Answer>;
  /** The body of such an answer; cut at `maxBytes`. */
  read(answer: Answer, maxBytes: number): Promise<TextAnswer>;
  /** Why an answer broke off, as a failure that names the kubelet. */
  broken(error: unknown): unknown;
  close(): void;
}

/** In bytes. No refusal is longer; what is read of one is cut there. */
export const longestRefusal = 8 * 1024;

/** A kubelet that gave no answer, or half of one. */
function kubeletUnreachable(label: string, facts: TransportError, limits: Limits): Failure {
  return new Failure(`cannot reach the ${label}: ${describeTransport(facts, limits)}`, {
    cause: facts,
    hints: unreachableHints(facts),
  });
}

function unreachableHints(facts: TransportError): readonly string[] {
  switch (causeOfTransport(facts)) {
    case 'unknown issuer':
    case 'self-signed certificate':
      return [
        'name its authority with --kubelet-certificate-authority FILE, or ask by way of the API server: --via apiserver',
      ];
    case 'certificate for another name':
      return [
        'try another address (--kubelet-preferred-address-types), or name it: --kubelet-tls-server-name NAME',
      ];
    case 'no serving certificate yet':
      return ['kubectl get csr, then kubectl certificate approve NAME'];
    case 'connection timed out':
    case 'no route':
      return [
        'if this machine cannot reach the nodes, ask by way of the API server: --via apiserver',
      ];
    case 'no answer':
      return ['a longer limit: --timeout 5m'];
    default:
      return [];
  }
}

/** Credentials and trust toward kubelets: the context's own client certificate and CA, unless flags say otherwise. */
export interface KubeletCredentials {
  readonly tls: TlsSettings;
  /** Undefined as well where it must not be sent, because the peer is not verified. */
  readonly bearerToken: string | undefined;
}

export function kubeletCredentials(
  connection: ApiConnection,
  flags: KubeletTlsFlags,
  cwd: string,
): KubeletCredentials {
  if (connection.impersonate)
    throw new UsageFailure('impersonation does not work toward a kubelet: it ignores the headers', {
      hints: ['ask by way of the API server: --via apiserver'],
    });
  const insecure = flags.insecureSkipTlsVerify;
  if (insecure && flags.certificateAuthority !== '')
    throw new UsageFailure(
      '--kubelet-certificate-authority cannot be used together with --kubelet-insecure-skip-tls-verify',
    );
  const ca =
    flags.certificateAuthority === ''
      ? connection.tls.ca
      : readInput('kubelet certificate authority', flags.certificateAuthority, cwd).toString(
          'utf8',
        );
  if (!insecure && ca === undefined)
    throw new Failure(
      'no certificate authority to verify kubelets with: the cluster entry of the kubeconfig has none',
      {
        hints: [
          'name one with --kubelet-certificate-authority FILE, or ask by way of the API server: --via apiserver',
        ],
      },
    );
  const clientCertificate = kubeletClientCertificate(connection, flags, cwd);
  const token = connection.bearerToken;
  if (!clientCertificate && token === undefined)
    throw new Failure(
      'the context has no credential that a kubelet takes: neither a client certificate nor a token',
      {
        hints: ['ask by way of the API server: --via apiserver'],
      },
    );
  if (insecure && token !== undefined && !clientCertificate)
    throw new Failure('a token is never sent to a kubelet whose certificate is not verified', {
      hints: ['leave out -k and name the authority: --kubelet-certificate-authority FILE'],
    });
  const tls: TlsSettings = {
    ca: insecure ? undefined : ca,
    serverName: flags.tlsServerName || undefined,
    verify: !insecure,
    clientCertificate,
  };
  return {
    // Mostly the same as toward the API server, which has them parsed already.
    tls: isDeepStrictEqual(tls, connection.tls) ? connection.tls : tls,
    bearerToken: insecure ? undefined : token,
  };
}

function kubeletClientCertificate(connection: ApiConnection, flags: KubeletTlsFlags, cwd: string) {
  if ((flags.clientCertificate === '') !== (flags.clientKey === ''))
    throw new UsageFailure('--kubelet-client-certificate and --kubelet-client-key belong together');
  if (flags.clientCertificate === '') return connection.tls.clientCertificate;
  return {
    cert: readInput('kubelet client certificate', flags.clientCertificate, cwd).toString('utf8'),
    key: readInput('kubelet client key', flags.clientKey, cwd).toString('utf8'),
  };
}

/** Caller → kubelet, at an address. */
export function openDirect(
  name: string | undefined,
  address: { readonly host: string; readonly port: number },
  credentials: KubeletCredentials,
  signal: AbortSignal,
  limits: Limits = defaultLimits,
): Kubelet {
  const where = formatHostPort(address);
  const label = name === undefined ? `kubelet at ${where}` : `kubelet of ${name} at ${where}`;
  const headers = {
    'user-agent': userAgent,
    accept: '*/*',
    ...(credentials.bearerToken === undefined
      ? {}
      : { authorization: `Bearer ${credentials.bearerToken}` }),
  };
  const server = { secure: true, ...address, prefix: '' };
  const transport = openTransport(server, credentials.tls, headers);
  const broken = (error: unknown) =>
    error instanceof TransportError ? kubeletUnreachable(label, error, limits) : error;
  return {
    via: 'direct',
    label,
    send: async (request) => {
      try {
        return await transport.send(request, signal, limits);
      } catch (error) {
        throw broken(error);
      }
    },
    read: async (answer, maxBytes) => {
      try {
        return await readText(answer, signal, limits, maxBytes);
      } catch (error) {
        throw broken(error);
      }
    },
    broken,
    close: transport.close,
  };
}

/** Caller → API server → kubelet. The connection to the API server is shared and stays open. */
export function openViaApiServer(name: string, apiServer: ApiServer, limits?: Limits): Kubelet {
  const label = `kubelet of ${name} by way of the API server`;
  return {
    via: 'apiserver',
    label,
    send: (request) => {
      const path = `/api/v1/nodes/${name}/proxy${request.path}`;
      const headers = { accept: '*/*', ...request.headers };
      return apiServer.send({ ...request, path, headers }, limits);
    },
    read: (answer, maxBytes) => apiServer.read(answer, maxBytes, limits),
    broken: (error) =>
      error instanceof TransportError
        ? kubeletUnreachable(label, error, limits ?? defaultLimits)
        : error,
    close: () => {},
  };
}

/**
 * A node's name must be one: in the path of the node proxy a colon would choose a scheme and a port, and a named port
 * makes the API server panic (seen on v1.37.2).
 */
export function checkNodeName(name: string): string {
  if (!/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(name) || name.length > 253)
    throw new UsageFailure(`"${name}" is not a node name`, { hints: ['kubectl get nodes'] });
  return name;
}
