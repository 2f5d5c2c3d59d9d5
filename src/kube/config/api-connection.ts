import type { ProxyServer } from '../transport/proxy.ts';
import type { ServerAddress } from '../transport/server-address.ts';
import type { TlsSettings } from '../transport/tls.ts';
import type { CredentialSources } from './credential-sources.ts';
import type { Credentials } from './credentials.ts';
import type { Impersonation } from './entries.ts';

/** The API server, the proxy and the credentials that kubectl would use. */
export interface ApiConnection {
  /** For messages: with the path prefix, without user and password. */
  readonly server: string;
  readonly address: ServerAddress;
  readonly tls: ServerTrust;
  readonly proxy: ProxyServer | undefined;
  readonly credentials: Credentials;
  readonly sources: CredentialSources;
  /** Whether its token is of a service account that is there to call kubelets: of our pod, or of --as-serviceaccount. */
  readonly isServiceAccount: boolean;
  readonly impersonate: Impersonation | undefined;
  /** Namespace of the context or the pod, unless --namespace is given. */
  readonly namespace: string;
  /** For hints: why this server is used, where neither a flag nor the kubeconfig sets one. */
  readonly origin: string | undefined;
}

/** TLS settings without the client certificate: it is a credential and may change. */
export type ServerTrust = Omit<TlsSettings, 'clientCertificate'>;
