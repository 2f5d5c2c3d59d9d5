import type { ProxyServer } from '../transport/proxy.ts';
import type { ServerAddress } from '../transport/server-address.ts';
import type { TlsSettings } from '../transport/tls.ts';
import type { CredentialSources } from './credential-sources.ts';
import type { Credentials } from './credentials.ts';
import type { Impersonation } from './entries.ts';

/** The API server, the proxy and the credentials that kubectl would use. */
export interface ApiConnection {
  /** URL of the server for messages: with its path prefix, without user and password. */
  readonly server: string;
  readonly address: ServerAddress;
  readonly tls: ServerTrust;
  readonly proxy: ProxyServer | undefined;
  readonly credentials: Credentials;
  readonly sources: CredentialSources;
  /** Whether the token belongs to the pod's own service account or to --as-serviceaccount, so that kubelets may see it. */
  readonly isServiceAccount: boolean;
  readonly impersonate: Impersonation | undefined;
  /** Namespace of the context or the pod; `default` if it has none. */
  readonly namespace: string;
  /** Hint that explains why the default server is used; undefined if a flag or the kubeconfig sets the server. */
  readonly origin: string | undefined;
}

/** TLS settings without the client certificate, which is a credential and may change while the program runs. */
export type ServerTrust = Omit<TlsSettings, 'clientCertificate'>;
