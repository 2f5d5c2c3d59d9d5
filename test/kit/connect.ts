import { type ApiServer, openApiServer } from '../../src/kube/api-server/api-server.ts';
import { noSources } from '../../src/kube/config/credential-sources.ts';
import {
  type Credentials,
  credentialOf,
  fixedCredentials,
} from '../../src/kube/config/credentials.ts';
import { type Kubelet, openDirect } from '../../src/kube/kubelet-client/client.ts';
import type { Limits } from '../../src/kube/transport/limits.ts';
import type { RequestLog } from '../../src/kube/transport/request-log.ts';
import { parseServer } from '../../src/kube/transport/server-address.ts';
import type { TlsSettings } from '../../src/kube/transport/tls.ts';
import type { TransportSettings } from '../../src/kube/transport/transport.ts';
import type { Node } from '../../src/objects.ts';
import type { Unread } from '../../src/unread.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import { patientLimits } from './hang-limits.ts';

export interface ApiServerSettings {
  readonly limits?: Limits;
  readonly requestTimeout?: number;
  readonly log?: RequestLog;
  readonly noteUnread?: (unread: readonly Unread[]) => void;
  readonly signal?: AbortSignal | undefined;
}

export function openVerified(
  { url, ca }: { readonly url: string; readonly ca: string },
  credentials: Credentials,
  {
    limits = patientLimits,
    requestTimeout = 0,
    log,
    noteUnread = () => {},
    signal = new AbortController().signal,
  }: ApiServerSettings,
): ApiServer {
  return openApiServer(
    {
      server: url,
      address: parseServer(url),
      tls: { ca, serverName: undefined, verify: true, peer: 'API server' },
      proxy: undefined,
      credentials,
      impersonate: undefined,
      namespace: 'default',
      sources: noSources,
      isServiceAccount: false,
      origin: undefined,
    },
    signal,
    { limits, requestTimeout, log, noteUnread },
  );
}

/** Returns settings for connections to a server, which is verified by the CAs of the system unless `tls` says otherwise. */
export function transportTo(url: string, tls: Partial<TlsSettings> = {}): TransportSettings {
  const usual = { ca: undefined, serverName: undefined, clientCertificate: undefined };
  return {
    address: parseServer(url),
    tls: { ...usual, verify: true, peer: 'kubelet', ...tls },
    ...{ route: undefined, log: undefined },
  };
}

export async function connectTo(
  { authority, apiServer }: Sandbox,
  commonName: string,
  organization: string,
  signal?: AbortSignal,
): Promise<ApiServer> {
  const clientCertificate = await authority.issue({
    commonName,
    organizations: [organization],
    usage: 'client',
  });
  const credentials = fixedCredentials(credentialOf({ clientCertificate }));
  return openVerified({ url: apiServer.url, ca: authority.cert }, credentials, { signal });
}

export async function connectDirectly(
  { authority }: Sandbox,
  commonName: string,
  signal = new AbortController().signal,
): Promise<(node: Node, limits: Limits) => Kubelet> {
  const clientCertificate = await authority.issue({ commonName, usage: 'client' });
  const access = {
    trust: { ca: authority.cert, serverName: undefined, verify: true, peer: 'kubelet' as const },
    identity: async () => ({ authorization: undefined, clientCertificate }),
    routeTo: () => undefined,
    log: undefined,
  };
  return (node, limits) => {
    const port = node.status?.daemonEndpoints?.kubeletEndpoint?.Port ?? 0;
    return openDirect(node.metadata?.name, { host: '127.0.0.1', port }, access, signal, limits);
  };
}
