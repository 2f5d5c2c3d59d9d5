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

/** Writes JSON with the fields in the given order: Go keeps the order of the fields of a struct, and sorts those of a map. */
function struct(fields: Readonly<Record<string, string | undefined>>): string {
  const set = Object.entries(fields).filter(([, json]) => json !== undefined);
  return `{${set.map(([name, json]) => `"${name}":${json}`).join(',')}}`;
}

function clusterStruct({ server, config, ...cluster }: ExecCluster): string {
  const setFields = inOrder.flatMap((name) =>
    cluster[name] ? [[name, goJson(cluster[name])]] : [],
  );
  return struct({
    server: goJson(server),
    ...(Object.fromEntries(setFields) as Record<string, string>),
    config: goJson(config ?? null),
  });
}

const inOrder = [
  'tls-server-name',
  'insecure-skip-tls-verify',
  'certificate-authority-data',
  'proxy-url',
  'disable-compression',
] as const;
