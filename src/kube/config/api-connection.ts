import type { ProxyServer } from '../transport/proxy.ts';
import type { ServerAddress } from '../transport/server-address.ts';
import type { TlsSettings } from '../transport/tls.ts';
import type { Credentials } from './credentials.ts';
import type { Impersonation } from './entries.ts';

/** An API server and who to be there: what kubectl would use. */
export interface ApiConnection {
  /** For sentences: with the path prefix, if any, without user and password. */
  readonly server: string;
  readonly address: ServerAddress;
  readonly tls: ServerTrust;
  readonly proxy: ProxyServer | undefined;
  readonly credentials: Credentials;
  readonly impersonate: Impersonation | undefined;
  /** Why it is this server, where nothing names one: for hints. */
  readonly origin: string | undefined;
}

/** TLS without the client certificate, which is a credential and may change. */
export type ServerTrust = Omit<TlsSettings, 'clientCertificate'>;
