/** A request as a server received it. */
export interface RecordedRequest {
  readonly server: string;
  /** The name of the proxy that passed the request on; undefined for a direct request. */
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

/** A request as a proxy received it. */
export interface RecordedProxying {
  readonly proxy: string;
  /** The target as requested: HOST:PORT, or a URL if nothing is tunnelled. */
  readonly target: string;
  readonly authorization?: string;
  readonly serverName?: string;
  readonly certificate?: string;
}

/** One run of an exec plugin. */
export interface RecordedRun {
  readonly plugin: string;
  readonly args: readonly string[];
  /** The value of KUBERNETES_EXEC_INFO. */
  readonly info: unknown;
  /** The variables that plugins record, if set. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface Observation {
  readonly outcome: 'ok' | 'refused';
  readonly requests?: readonly RecordedRequest[];
  readonly proxies?: readonly RecordedProxying[];
  readonly plugins?: readonly RecordedRun[];
}

/** Everything that the servers and proxies of a case recorded. */
export class Recording {
  readonly requests: RecordedRequest[] = [];
  readonly proxies: RecordedProxying[] = [];
  /** Names of proxies by their local port, which servers see as the remote port. */
  readonly proxyOfPort = new Map<number, string>();
}
