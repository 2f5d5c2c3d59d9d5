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
  const spec = struct([
    ...(cluster ? [['cluster', struct(clusterFields(cluster))] as const] : []),
    ['interactive', goJson(interactive)],
  ]);
  return `${struct([
    ['kind', goJson('ExecCredential')],
    ['apiVersion', goJson(apiVersion)],
    ['spec', spec],
  ])}\n`;
}

type Field = readonly [name: string, json: string];

/** Go writes the fields of a struct in their order, and those of a map by their names. */
function struct(fields: readonly Field[]): string {
  return `{${fields.map(([name, json]) => `"${name}":${json}`).join(',')}}`;
}

function clusterFields(cluster: ExecCluster): readonly Field[] {
  const optional: readonly (readonly [name: string, value: unknown])[] = [
    ['tls-server-name', cluster.tlsServerName],
    ['insecure-skip-tls-verify', cluster.insecureSkipTlsVerify],
    ['certificate-authority-data', cluster.certificateAuthorityData],
    ['proxy-url', cluster.proxyUrl],
    ['disable-compression', cluster.disableCompression],
  ];
  const set = optional.filter(([, value]) => value !== '' && value !== false);
  return [
    ['server', goJson(cluster.server)],
    ...set.map(([name, value]): Field => [name, goJson(value)]),
    ['config', goJson(cluster.config ?? null)],
  ];
}
