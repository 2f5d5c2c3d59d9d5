import type { OutgoingHttpHeaders } from 'node:http';
import type { ApiConnection } from '../../kube/config/api-connection.ts';
import type { CredentialSources, Source } from '../../kube/config/credential-sources.ts';
import type { Credential } from '../../kube/config/credentials.ts';
import { impersonationHeaders } from '../../kube/config/impersonation.ts';
import type { Environment } from '../../kube/environment.ts';
import { isRegularFile } from '../../kube/files/read-file.ts';
import { secretHeader } from '../../kube/kubelet-client/client.ts';
import {
  headerUnverified,
  type KubeletAccess,
  type KubeletFlags,
} from '../../kube/kubelet-client/kubelet-access.ts';
import type { ProxyServer } from '../../kube/transport/proxy.ts';
import type { ServerAddress } from '../../kube/transport/server-address.ts';
import { formatHostPort } from '../../kubelet/address.ts';
import { type PrintedCall, type PrintedLine, renderCurl } from './print-curl.ts';
import { kubeletSources, sourcesOfCredential } from './print-curl-secrets.ts';

/** What is the same for all nodes. */
export interface CurlPrinting
  extends Pick<PrintedCall, 'method' | 'headers' | 'data' | 'options' | 'retries'> {
  readonly connection: ApiConnection;
  readonly flags: KubeletFlags;
  /** As `--kubeconfig` gives it; empty if it does not. */
  readonly kubeconfig: string;
  readonly cwd: string;
  readonly env: Environment;
  readonly signal: AbortSignal;
}

/** Prints commands for several nodes. */
export interface CurlPrinter {
  line(to: { readonly address: ServerAddress; readonly path: string }): PrintedLine;
}

/** For requests straight to kubelets. */
export async function printerForKubelets(
  printing: CurlPrinting,
  access: KubeletAccess,
): Promise<CurlPrinter> {
  const secret = access.trust.verify ? undefined : secretHeader(printing);
  if (secret !== undefined) throw headerUnverified(secret);
  return printer(printing, {
    trust: access.trust,
    credential: await access.identity(),
    sources: kubeletSources(printing.connection.sources, printing.flags),
    proxyTo: (address) => access.routeTo(address)?.proxy,
    proxySharesTls: false,
    headers: {},
  });
}

/** For requests by the node proxy. */
export async function printerForApiServer(printing: CurlPrinting): Promise<CurlPrinter> {
  const { connection, signal } = printing;
  return printer(printing, {
    trust: connection.tls,
    credential: await connection.credentials.current(signal),
    sources: connection.sources,
    proxyTo: () => connection.proxy,
    proxySharesTls: true,
    headers: impersonationHeaders(connection.impersonate),
  });
}

/** The address of a kubelet as that of a server. */
export function kubeletServer(target: { readonly host: string; readonly port: number }) {
  return { secure: true, ...target, authority: formatHostPort(target), prefix: '' };
}

interface Hop {
  readonly trust: KubeletAccess['trust'];
  readonly credential: Pick<Credential, 'authorization' | 'clientCertificate'>;
  readonly sources: CredentialSources;
  readonly proxyTo: (address: ServerAddress) => ProxyServer | undefined;
  readonly proxySharesTls: boolean;
  readonly headers: OutgoingHttpHeaders;
}

function printer(printing: CurlPrinting, hop: Hop): CurlPrinter {
  const { env, kubeconfig, connection: _, ...request } = printing;
  const { trust, credential, proxySharesTls } = hop;
  const headers = { ...hop.headers, ...request.headers };
  const sources = lastingSources(sourcesOfCredential(hop.sources, credential), printing);
  const kubectl = ['kubectl', ...(kubeconfig === '' ? [] : ['--kubeconfig', kubeconfig])];
  return {
    line: ({ address, path }) => {
      const proxy = hop.proxyTo(address) ?? (namesProxy(env) ? 'none' : undefined);
      const server = address;
      return renderCurl(
        { ...request, sources, headers, server, path, trust, proxySharesTls, proxy },
        kubectl,
      );
    },
  };
}

/** Which curl would use by itself. */
function namesProxy(env: Environment): boolean {
  return Object.keys(env).some((name) => /^(?:https?|all)_proxy$/i.test(name) && env[name]);
}

/** A pipe has been read: no command can read it again. */
function lastingSources(
  sources: CredentialSources,
  { kubeconfig, cwd }: Pick<CurlPrinting, 'kubeconfig' | 'cwd'>,
): CredentialSources {
  const lasting = (source: Source | undefined): Source | undefined => {
    const path =
      source?.from === 'file' ? source.path : source?.from === 'kubeconfig' ? kubeconfig : '';
    if (path === '' || isRegularFile(path, cwd)) return source;
    return { from: 'elsewhere', title: `what the pipe ${path} held` };
  };
  return {
    ca: lasting(sources.ca),
    certificate: lasting(sources.certificate),
    key: lasting(sources.key),
    authorization: lasting(sources.authorization),
  };
}
