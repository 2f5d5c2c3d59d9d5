export interface RecordedRequest {
  readonly server: string;
  /** The name of the proxy that forwarded the request; undefined for a direct request. */
  readonly by?: string;
  readonly method: string;
  readonly path: string;
  readonly host: string;
  readonly serverName?: string;
  /** The common name of the client certificate. */
  readonly certificate?: string;
  readonly authorization?: string;
  /** Impersonation headers by lower-case name, with their values in order. */
  readonly impersonate?: Readonly<Record<string, readonly string[]>>;
}

export interface RecordedProxying {
  readonly proxy: string;
  readonly target: string;
  readonly authorization?: string;
  readonly serverName?: string;
  readonly certificate?: string;
}

export interface RecordedRun {
  readonly plugin: string;
  readonly args: readonly string[];
  /** The value of KUBERNETES_EXEC_INFO. */
  readonly info: unknown;
  /** The variables of `toldVariables` that were set. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface Observation {
  readonly outcome: 'ok' | 'refused';
  readonly requests?: readonly RecordedRequest[];
  readonly proxies?: readonly RecordedProxying[];
  readonly plugins?: readonly RecordedRun[];
}

export class Recording {
  readonly requests: RecordedRequest[] = [];
  readonly proxies: RecordedProxying[] = [];
  /** Names of proxies by the local port of their connection. Servers see this port as the remote port. */
  readonly proxyOfPort = new Map<number, string>();
}
