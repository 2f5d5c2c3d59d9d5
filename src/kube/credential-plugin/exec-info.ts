import { goJson } from '../../text/jsonpath/go-value.ts';

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
  const spec = struct({
    cluster: cluster && clusterStruct(cluster),
    interactive: goJson(interactive),
  });
  const kind = goJson('ExecCredential');
  return `${struct({ kind, apiVersion: goJson(apiVersion), spec })}\n`;
}

/** Go writes the fields of a struct in their order, and those of a map by their names. */
function struct(fields: Readonly<Record<string, string | undefined>>): string {
  const set = Object.entries(fields).filter(([, json]) => json !== undefined);
  return `{${set.map(([name, json]) => `"${name}":${json}`).join(',')}}`;
}

function clusterStruct(cluster: ExecCluster): string {
  const unlessEmpty = (value: string | boolean) =>
    value === '' || value === false ? undefined : goJson(value);
  return struct({
    server: goJson(cluster.server),
    'tls-server-name': unlessEmpty(cluster.tlsServerName),
    'insecure-skip-tls-verify': unlessEmpty(cluster.insecureSkipTlsVerify),
    'certificate-authority-data': unlessEmpty(cluster.certificateAuthorityData),
    'proxy-url': unlessEmpty(cluster.proxyUrl),
    'disable-compression': unlessEmpty(cluster.disableCompression),
    config: goJson(cluster.config ?? null),
  });
}
