import { existsSync, statSync } from 'node:fs';
import { attempt } from '../../attempt.ts';
import { Failure } from '../../errors.ts';
import { formatHostPort } from '../../kubelet/address.ts';
import type { Environment } from '../environment.ts';
import { type FileSource, readIfThere, readTextFile } from '../files/read-file.ts';
import { environmentProxy } from '../transport/proxy.ts';
import { formatServer, parseServer } from '../transport/server-address.ts';
import type { ApiConnection } from './api-connection.ts';
import { noSources } from './credential-sources.ts';
import { credentialOf, fixedCredentials, tokenFileCredentials, trimSpace } from './credentials.ts';
import type { ConnectionFlags } from './select-entries.ts';

const folder = '/var/run/secrets/kubernetes.io/serviceaccount';
const tokenFile = `${folder}/token`;
const caFile = `${folder}/ca.crt`;
const namespaceFile = `${folder}/namespace`;

export function inPod(env: Environment): boolean {
  if (!env['KUBERNETES_SERVICE_HOST'] || !env['KUBERNETES_SERVICE_PORT']) return false;
  return attempt(() => !statSync(tokenFile).isDirectory()) ?? false;
}

/**
 * Returns the connection to the pod's own cluster, as its service account. As in kubectl, only the flags --token and
 * --certificate-authority apply. Source: client-go rest/config.go InClusterConfig.
 */
export async function inClusterConnection(
  flags: ConnectionFlags,
  env: Environment,
  source: FileSource,
): Promise<ApiConnection> {
  const { KUBERNETES_SERVICE_HOST: host = '', KUBERNETES_SERVICE_PORT: port = '' } = env;
  const address = parseServer(`https://${formatHostPort({ host, port: Number(port) })}`);
  const named = flags.certificateAuthority || (existsSync(caFile) ? caFile : '');
  const token = trimSpace(await readTextFile('service account token', tokenFile, source));
  if (token === '') throw new Failure(`read empty token from file "${tokenFile}"`);
  return {
    server: formatServer(address),
    address,
    proxy: environmentProxy(env, address),
    tls: {
      ca: named === '' ? undefined : await readTextFile('certificate-authority', named, source),
      serverName: undefined,
      verify: true,
      peer: 'API server',
    },
    credentials: flags.token
      ? fixedCredentials(credentialOf({ token: flags.token }))
      : tokenFileCredentials(tokenFile, token, undefined),
    sources: {
      ...noSources,
      ca: named === '' ? undefined : { from: 'file', path: named },
      authorization: flags.token
        ? { from: 'flag', flag: '--token' }
        : { from: 'file', path: tokenFile },
    },
    isServiceAccount: !flags.token,
    impersonate: undefined,
    namespace: await podNamespace(env, source),
    origin: undefined,
  };
}

/** Returns the pod's namespace. Source: client-go tools/clientcmd/client_config.go inClusterClientConfig.Namespace. */
async function podNamespace(env: Environment, source: FileSource): Promise<string> {
  const { POD_NAMESPACE: named } = env;
  if (named) return named;
  const read = await readIfThere('service account namespace', namespaceFile, source);
  return trimSpace(read?.toString('utf8') ?? '') || 'default';
}
