import { Failure } from '../../errors.ts';
import type { Environment } from '../environment.ts';
import type { ExecCredentials } from '../exec/credential-cache.ts';
import type { ExecCluster } from '../exec/exec-info.ts';
import { checkExecConfig, type ExecConfig } from '../exec/plugin.ts';
import { readInput } from '../files.ts';
import { environmentProxy, parseProxyUrl } from '../transport/proxy.ts';
import { formatServer, parseServer } from '../transport/server-address.ts';
import type { ClientCertificate } from '../transport/tls.ts';
import type { UserInfo } from '../transport/url.ts';
import type { ApiConnection, ServerTrust } from './api-connection.ts';
import { checkAuthProvider, oidcToken } from './auth-provider.ts';
import {
  basicCredential,
  type Credentials,
  certificateCredential,
  fixedCredentials,
  pluginCredentials,
  tokenCredential,
  tokenFileCredentials,
  trimSpace,
} from './credentials.ts';
import type { ClusterEntry, Kubeconfig } from './entries.ts';
import { inClusterConnection, inPod } from './in-cluster.ts';
import { type ConnectionFlags, type Selection, selectEntries } from './select-entries.ts';

/** What of the world outside decides on a connection. */
export interface ConnectionWorld {
  readonly cwd: string;
  readonly env: Environment;
  /** In ms; 0 if there is none. */
  readonly requestTimeout: number;
  readonly openPlugin: (exec: ExecConfig, cluster: ExecCluster | undefined) => ExecCredentials;
}

/** Chooses by kubectl's rules, reads the files that are named, and refuses what kubectl refuses. */
export function resolveConnection(
  config: Kubeconfig,
  flags: ConnectionFlags,
  world: ConnectionWorld,
): ApiConnection {
  const { cwd, env } = world;
  const defaultServer = env['KUBERNETES_MASTER'] || 'http://localhost:8080';
  const selection = selectEntries(config, flags, defaultServer);
  const { cluster, clusterName, user } = selection;
  checkUser(selection);
  const proxy = cluster.proxyUrl
    ? parseProxyUrl(
        flags.proxyUrl ? '--proxy-url' : `the proxy-url of cluster "${clusterName}"`,
        cluster.proxyUrl,
      )
    : undefined;
  const trust = readTrust(cluster, cwd);
  const clientCertificate = readClientCertificate(selection, cwd);
  const impersonate = user.impersonate.user === '' ? undefined : user.impersonate;
  const isDefault = cluster.server === defaultServer && !proxy && !impersonate;
  if (isDefault && world.requestTimeout === 0 && inPod(env))
    return inClusterConnection(flags, env, cwd);
  const address = parseServer(cluster.server, serverTitle(selection, flags));
  return {
    server: formatServer(address),
    address,
    proxy: proxy ?? environmentProxy(env, address),
    impersonate,
    origin: selection.namesServer ? undefined : originOfDefault(config, env),
    ...(address.secure
      ? {
          tls: checkTrust(trust),
          credentials: chooseCredentials(selection, address.user, clientCertificate, world),
        }
      : // Over plain http kubectl shows no credential but what stands in the URL.
        {
          tls: { ca: undefined, serverName: undefined, verify: true, peer: 'API server' },
          credentials: fixedCredentials(
            address.user
              ? basicCredential(address.user, undefined)
              : certificateCredential(undefined),
          ),
        }),
  };
}

/** The first that there is of: what stands in the URL, token, basic, certificate; only then a plugin. */
function chooseCredentials(
  selection: Selection,
  inUrl: UserInfo | undefined,
  clientCertificate: ClientCertificate | undefined,
  world: ConnectionWorld,
): Credentials {
  const { user, userName, cluster } = selection;
  const { tokenFile, username, password, exec, authProvider } = user;
  const inFile = tokenFile !== '' && user.token === '';
  const token = inFile
    ? trimSpace(readInput('tokenFile', tokenFile, world.cwd).toString('utf8'))
    : user.token;
  if (username !== '' && tokenFile !== '') throw twoMethods(userName);
  if (authProvider) checkAuthProvider(authProvider, userName);

  const named = token !== '' || username !== '' || clientCertificate !== undefined;
  if (exec && !named) {
    const told = exec.provideClusterInfo ? describeCluster(cluster, world.cwd) : undefined;
    return pluginCredentials(world.openPlugin(exec, told), inUrl);
  }
  if (!named && !authProvider) throw noCredential(selection);
  if (inUrl) return fixedCredentials(basicCredential(inUrl, clientCertificate));
  if (tokenFile !== '' && token !== '')
    return tokenFileCredentials(tokenFile, token, clientCertificate);
  if (token !== '') return fixedCredentials(tokenCredential(token, clientCertificate));
  if (username !== '')
    return fixedCredentials(basicCredential({ name: username, password }, clientCertificate));
  if (authProvider) {
    const idToken = oidcToken(authProvider, userName, Date.now());
    return fixedCredentials(tokenCredential(idToken, clientCertificate));
  }
  return fixedCredentials(certificateCredential(clientCertificate));
}

function checkUser({ user, userName }: Selection): void {
  const { token, username, password, impersonate, exec, authProvider } = user;
  if (token !== '' && (username !== '' || password !== '')) throw twoMethods(userName);
  if (exec && authProvider)
    throw new Failure(`user "${userName}" has both exec and auth-provider: only one may be given`);
  if (exec) checkExecConfig(exec, userName);
  const { groups, uid, extra } = impersonate;
  if (impersonate.user === '' && (groups.length > 0 || uid !== '' || Object.keys(extra).length > 0))
    throw new Failure(
      'groups, uid or extra to impersonate need a user to impersonate as well (--as)',
    );
}

function twoMethods(userName: string): Failure {
  return new Failure(
    `${userTitle(userName)} has both a token and a user name or password: only one may be given`,
  );
}

function serverTitle({ clusterName, namesServer }: Selection, flags: ConnectionFlags): string {
  if (flags.server) return '--server';
  return namesServer ? `the server of cluster "${clusterName}"` : '$KUBERNETES_MASTER';
}

/** For sentences. */
function userTitle(userName: string): string {
  return userName === '' ? 'the user of the flags' : `user "${userName}"`;
}

function noCredential({ userName, userExists }: Selection): Failure {
  const known = userExists
    ? `user "${userName}" has no credential: no client certificate, no token`
    : `user "${userName}", which the context names, is not in the kubeconfig`;
  return new Failure(userName === '' ? 'no user is chosen: the context names none' : known, {
    hints: ['kubectl config view --minify shows what the current context names'],
  });
}

function originOfDefault(config: Kubeconfig, env: ConnectionWorld['env']): string {
  if (env['KUBERNETES_MASTER']) return 'that is $KUBERNETES_MASTER: no kubeconfig names a server';
  const { files } = config;
  if (files.length > 0)
    return `no server is named by the current context of ${files.join(', ')}: kubectl config get-contexts`;
  return env['KUBECONFIG']
    ? 'no file that $KUBECONFIG names is there'
    : 'there is no kubeconfig, neither $KUBECONFIG nor ~/.kube/config: name one with --kubeconfig FILE';
}

function readTrust(cluster: ClusterEntry, cwd: string): ServerTrust {
  return {
    ca: material(
      'certificate-authority',
      cluster.certificateAuthority,
      cluster.certificateAuthorityData,
      cwd,
    ),
    serverName: cluster.tlsServerName || undefined,
    verify: !cluster.insecureSkipTlsVerify,
    peer: 'API server',
  };
}

function checkTrust(trust: ServerTrust): ServerTrust {
  if (!trust.verify && trust.ca !== undefined)
    throw new Failure(
      'a certificate-authority cannot be used together with insecure-skip-tls-verify',
    );
  return trust;
}

/** A key without a certificate is nothing to kubectl. */
function readClientCertificate(
  { user, userName }: Selection,
  cwd: string,
): ClientCertificate | undefined {
  const { clientCertificate, clientCertificateData, clientKey, clientKeyData } = user;
  const cert = material('client-certificate', clientCertificate, clientCertificateData, cwd);
  if (cert === undefined) return undefined;
  const key = material('client-key', clientKey, clientKeyData, cwd);
  if (key === undefined)
    throw new Failure(`${userTitle(userName)} has a client-certificate without a client-key`);
  return { cert, key };
}

function material(what: string, path: string, data: string, cwd: string): string | undefined {
  if (path && data) throw new Failure(`${what} and ${what}-data are both given: only one may be`);
  if (data) return Buffer.from(data, 'base64').toString('utf8');
  return path ? readInput(what, path, cwd).toString('utf8') : undefined;
}

function describeCluster(cluster: ClusterEntry, cwd: string): ExecCluster {
  const { server, tlsServerName, insecureSkipTlsVerify, proxyUrl, disableCompression } = cluster;
  const { certificateAuthority: path, certificateAuthorityData } = cluster;
  return {
    server,
    tlsServerName,
    insecureSkipTlsVerify,
    certificateAuthorityData:
      certificateAuthorityData ||
      (path && readInput('certificate-authority', path, cwd).toString('base64')),
    proxyUrl,
    disableCompression,
    config: cluster.execExtension,
  };
}
