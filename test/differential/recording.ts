/** A request as a server got it. */
export interface RecordedRequest {
  readonly server: string;
  /** The proxy that it came by. */
  readonly by?: string;
  readonly method: string;
  readonly path: string;
  readonly host: string;
  readonly serverName?: string;
  /** The common name of the client certificate. */
  readonly certificate?: string;
  readonly authorization?: string;
  /** By lower-case name, values in order. */
  readonly impersonate?: Readonly<Record<string, readonly string[]>>;
}

/** What a proxy was asked for. */
export interface RecordedProxying {
  readonly proxy: string;
  /** As asked: HOST:PORT, or a URL where nothing is tunnelled. */
  readonly target: string;
  readonly authorization?: string;
  readonly serverName?: string;
  readonly certificate?: string;
}

/** One run of an exec plugin. */
export interface RecordedRun {
  readonly plugin: string;
  readonly args: readonly string[];
  /** KUBERNETES_EXEC_INFO. */
  readonly info: unknown;
  /** Those variables that a plugin of ours tells of. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface Observation {
  readonly outcome: 'ok' | 'refused';
  readonly requests?: readonly RecordedRequest[];
  readonly proxies?: readonly RecordedProxying[];
  readonly plugins?: readonly RecordedRun[];
}

/** What servers and proxies of one case write to. */
export class Recording {
  readonly requests: RecordedRequest[] = [];
  readonly proxies: RecordedProxying[] = [];
  /** Which proxy has a local port: the server at its other end sees it as the remote one. */
  readonly proxyOfPort = new Map<number, string>();
}
