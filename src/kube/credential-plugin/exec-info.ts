import { goJson } from '../../text/jsonpath/go-value.ts';

/** The cluster as passed to a plugin with provideClusterInfo. */
export interface ExecCluster {
  readonly server: string;
  readonly 'tls-server-name': string;
  readonly 'insecure-skip-tls-verify': boolean;
  /** CA certificates in base64. */
  readonly 'certificate-authority-data': string;
  readonly 'proxy-url': string;
  readonly 'disable-compression': boolean;
  /** The cluster entry's extension `client.authentication.k8s.io/exec`. */
  readonly config: unknown;
}

/** Returns the value of KUBERNETES_EXEC_INFO, byte for byte as kubectl writes it, with a line break at its end. */
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

/** Writes JSON in the order of `fields`, as Go writes a struct, without empty fields. */
function struct(fields: Readonly<Record<string, string | undefined>>): string {
  const set = Object.entries(fields).filter(([, json]) => json);
  return `{${set.map(([name, json]) => `"${name}":${json}`).join(',')}}`;
}

function clusterStruct({ server, config, ...cluster }: ExecCluster): string {
  const optional = optionalFields.map((name) => [name, cluster[name] && goJson(cluster[name])]);
  return struct({
    server: goJson(server),
    ...Object.fromEntries(optional),
    config: goJson(config ?? null),
  });
}

/** Fields that Go omits if they are empty, in Go's order. */
const optionalFields = [
  'tls-server-name',
  'insecure-skip-tls-verify',
  'certificate-authority-data',
  'proxy-url',
  'disable-compression',
] as const;
