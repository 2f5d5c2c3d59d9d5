/** The cluster as passed to a plugin with provideClusterInfo. */
export interface ExecCluster {
  readonly server: string;
  readonly tlsServerName: string;
  readonly insecureSkipTlsVerify: boolean;
  /** Base64. */
  readonly certificateAuthorityData: string;
  readonly proxyUrl: string;
  readonly disableCompression: boolean;
  /** The cluster entry's extension `client.authentication.k8s.io/exec`. */
  readonly config: unknown;
}

/** The value of KUBERNETES_EXEC_INFO, byte for byte as kubectl writes it, with a line break at its end. */
export function execInfo(
  apiVersion: string,
  cluster: ExecCluster | undefined,
  interactive: boolean,
): string {
  const spec = new Map<string, unknown>([['interactive', interactive]]);
  return `${json(
    new Map<string, unknown>([
      ['kind', 'ExecCredential'],
      ['apiVersion', apiVersion],
      ['spec', cluster ? new Map([['cluster', clusterFields(cluster)], ...spec]) : spec],
    ]),
  )}\n`;
}

function clusterFields(cluster: ExecCluster): ReadonlyMap<string, unknown> {
  const optional: [string, unknown][] = [
    ['tls-server-name', cluster.tlsServerName],
    ['insecure-skip-tls-verify', cluster.insecureSkipTlsVerify],
    ['certificate-authority-data', cluster.certificateAuthorityData],
    ['proxy-url', cluster.proxyUrl],
    ['disable-compression', cluster.disableCompression],
  ];
  return new Map([
    ['server', cluster.server],
    ...optional.filter(([, value]) => value !== '' && value !== false),
    ['config', cluster.config ?? null],
  ]);
}

/** JSON as Go's encoder writes it: sorted keys, except for a Map, and HTML characters escaped. */
function json(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(json).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const members = value instanceof Map ? [...value] : Object.entries(value).sort(byName);
    return `{${members.map(([name, member]) => `${json(name)}:${json(member)}`).join(',')}}`;
  }
  return JSON.stringify(value).replaceAll(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function byName([a]: [string, unknown], [b]: [string, unknown]): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
