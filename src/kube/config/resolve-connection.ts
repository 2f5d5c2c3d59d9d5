import type { Writable } from 'node:stream';
import { Failure } from '../../errors.ts';
import { command } from '../../text/command.ts';
import type { ExecCredential } from '../credential-plugin/exec-credential.ts';
import type { ExecCluster } from '../credential-plugin/exec-info.ts';
import { checkExecConfig, type ExecConfig } from '../credential-plugin/plugin.ts';
import type { Environment } from '../environment.ts';
import { type FileSource, isRegularFile, readInput, readTextFile } from '../files/read-file.ts';
import { environmentProxy, parseProxyUrl } from '../transport/proxy.ts';
import { formatServer, parseServer } from '../transport/server-address.ts';
import type { ClientCertificate } from '../transport/tls.ts';
import type { UserInfo } from '../transport/url.ts';
import type { ApiConnection, ServerTrust } from './api-connection.ts';
import { checkAuthProvider, oidcToken } from './auth-provider.ts';
import { noSources, sourcesOf, urlSource } from './credential-sources.ts';
import {
  type CredentialParts,
  type Credentials,
  credentialOf,
  fixedCredentials,
  tokenFileCredentials,
  trimSpace,
} from './credentials.ts';
import type { ClusterEntry, Kubeconfig } from './entries.ts';
import { inClusterConnection, inPod } from './in-cluster.ts';
import { fromPlugin, pluginCredentials } from './plugin-credentials.ts';
import { type ConnectionFlags, type SelectedEntries, selectEntries } from './select-entries.ts';

export interface ConnectionWorld extends FileSource {
  readonly env: Environment;
  /** The value of --request-timeout in ms; 0 without a limit. */
  readonly requestTimeout: number;
  readonly runPlugin: (
    exec: ExecConfig,
    cluster: ExecCluster | undefined,
    signal: AbortSignal,
  ) => Promise<ExecCredential>;
  readonly stderr: Writable;
}

/** Selects entries of the kubeconfig by kubectl's rules, and reads the files that they name. Throws if kubectl would reject an entry. */
export async function resolveConnection(
  config: Kubeconfig,
  flags: ConnectionFlags,
  world: ConnectionWorld,
): Promise<ApiConnection> {
  const { env } = world;
  const defaultServer = env['KUBERNETES_MASTER'] || 'http://localhost:8080';
  const selection = selectEntries(config, flags, defaultServer);
  const { cluster, clusterName } = selection;
  checkUser(selection);
  const proxyTitle = flags.proxyUrl ? '--proxy-url' : `proxy-url of cluster "${clusterName}"`;
  const proxy = cluster['proxy-url'] ? parseProxyUrl(proxyTitle, cluster['proxy-url']) : undefined;
  const trust: ServerTrust = {
    ca: await material(cluster, 'certificate-authority', world),
    serverName: cluster['tls-server-name'] || undefined,
    verify: !cluster['insecure-skip-tls-verify'],
    peer: 'API server',
  };
  const clientCertificate = await readClientCertificate(selection, world);
  const impersonate = selection.impersonate.user === '' ? undefined : selection.impersonate;
  const isDefault = cluster.server === defaultServer && !proxy && !impersonate;
  if (isDefault && world.requestTimeout === 0 && inPod(env))
    return inClusterConnection(flags, env, world);
  const address = parseServer(cluster.server, serverTitle(selection, flags));
  const server = {
    server: formatServer(address),
    address,
    proxy: proxy ?? environmentProxy(env, address),
    impersonate,
    isServiceAccount: false,
    namespace: selection.namespace || 'default',
    origin: selection.namesServer ? undefined : originOfDefault(config, env),
  };
  const inUrl = address.user;
  // Over plain HTTP, the only credential that kubectl sends is the user and password in the URL.
  if (!address.secure)
    return {
      ...server,
      tls: { ca: undefined, serverName: undefined, verify: true, peer: 'API server' },
      credentials: fixedCredentials(credentialOf({ user: inUrl })),
      sources: inUrl ? { ...noSources, authorization: urlSource } : noSources,
    };
  if (!trust.verify && trust.ca !== undefined)
    throw new Failure(
      'specifying certificate-authority together with insecure-skip-tls-verify is not allowed',
    );
  return {
    ...server,
    tls: trust,
    credentials: await chooseCredentials(selection, inUrl, clientCertificate, world),
    sources: sourcesOf(selection, flags, inUrl !== undefined),
  };
}

/**
 * Uses the plugin if the user entry has no token, user name or client certificate. Otherwise uses the first of these: user in the URL,
 * token, user name, oidc token. The client certificate is used in addition.
 */
async function chooseCredentials(
  selection: SelectedEntries,
  inUrl: UserInfo | undefined,
  clientCertificate: ClientCertificate | undefined,
  world: ConnectionWorld,
): Promise<Credentials> {
  const { user, userName, cluster } = selection;
  const { tokenFile, username, password, exec, 'auth-provider': authProvider } = user;
  const inFile = tokenFile !== '' && user.token === '';
  const token = inFile ? trimSpace(await readTextFile('tokenFile', tokenFile, world)) : user.token;
  if (username !== '' && tokenFile !== '') throw twoMethods(userName);
  if (authProvider) checkAuthProvider(authProvider, userName);

  const named = token !== '' || username !== '' || clientCertificate !== undefined;
  if (exec && !named) {
    const execCluster = exec.provideClusterInfo ? await describeCluster(cluster, world) : undefined;
    const run = async (signal: AbortSignal) =>
      fromPlugin(await world.runPlugin(exec, execCluster, signal), inUrl);
    return pluginCredentials(run, world.stderr);
  }
  if (!named && !authProvider) throw noCredential(selection);
  const fixed = (parts: CredentialParts) =>
    fixedCredentials(credentialOf({ ...parts, clientCertificate }));
  if (inUrl) return fixed({ user: inUrl });
  if (tokenFile !== '' && token !== '' && isRegularFile(tokenFile, world.cwd))
    return tokenFileCredentials(tokenFile, token, clientCertificate);
  if (token !== '') return fixed({ token });
  if (username !== '') return fixed({ user: { name: username, password } });
  return fixed({ token: authProvider && oidcToken(authProvider, userName, Date.now()) });
}

function checkUser({ user, userName, impersonate }: SelectedEntries): void {
  const { token, username, password, exec, 'auth-provider': authProvider } = user;
  if (token !== '' && (username !== '' || password !== '')) throw twoMethods(userName);
  if (exec && authProvider)
    throw new Failure(
      `authProvider cannot be provided in combination with an exec plugin for user "${userName}"`,
    );
  if (exec) checkExecConfig(exec, userName);
  const { groups, uid, extra } = impersonate;
  if (impersonate.user === '' && (groups.length > 0 || uid !== '' || Object.keys(extra).length > 0))
    throw new Failure(
      `requesting uid, groups or user-extra for ${userTitle(userName)} without impersonating a user`,
      { hints: ['add --as USER'] },
    );
}

function twoMethods(userName: string): Failure {
  return new Failure(
    `more than one authentication method found for ${userTitle(userName)}: token and username/password; only one is allowed`,
  );
}

function serverTitle(
  { clusterName, namesServer }: SelectedEntries,
  flags: ConnectionFlags,
): string {
  if (flags.server) return '--server';
  return namesServer ? `server of cluster "${clusterName}"` : '$KUBERNETES_MASTER';
}

function userTitle(userName: string): string {
  return userName === '' ? 'the user set by flags' : `user "${userName}"`;
}

function noCredential({ userName, userExists }: SelectedEntries): Failure {
  const problem = userExists
    ? `user "${userName}" has no credentials: no client certificate, no token`
    : `the context refers to user "${userName}", but the kubeconfig has no such user`;
  return new Failure(userName === '' ? 'no user selected: the context does not set one' : problem, {
    hints: [
      'check the current context: kubectl config view --minify',
      ...(userExists
        ? []
        : [command`--user is a user of the kubeconfig; a subject is --subject user:${userName}`]),
    ],
  });
}

function originOfDefault(config: Kubeconfig, env: ConnectionWorld['env']): string {
  if (env['KUBERNETES_MASTER']) return 'the server is $KUBERNETES_MASTER: no kubeconfig sets one';
  const { files } = config;
  if (files.length > 0)
    return `the current context of ${files.join(', ')} does not set a server: kubectl config get-contexts`;
  return env['KUBECONFIG']
    ? 'no file in $KUBECONFIG exists'
    : 'no kubeconfig found in $KUBECONFIG or ~/.kube/config: use --kubeconfig FILE';
}

/** Reads certificate and key. Like kubectl, ignores a key without a certificate. */
async function readClientCertificate(
  { user, userName }: SelectedEntries,
  source: FileSource,
): Promise<ClientCertificate | undefined> {
  const cert = await material(user, 'client-certificate', source);
  if (cert === undefined) return undefined;
  const key = await material(user, 'client-key', source);
  if (key === undefined)
    throw new Failure(
      `client-key-data or client-key must be specified for ${userTitle(userName)} to use the clientCert authentication method`,
    );
  return { cert, key };
}

async function material<Field extends string>(
  entry: Readonly<Record<Field | `${Field}-data`, string>>,
  field: Field,
  source: FileSource,
): Promise<string | undefined> {
  const [path, data] = [entry[field], entry[`${field}-data`]];
  if (path && data)
    throw new Failure(`${field}-data and ${field} are both specified; only one is allowed`);
  if (data) return Buffer.from(data, 'base64').toString('utf8');
  return path ? readTextFile(field, path, source) : undefined;
}

async function describeCluster(cluster: ClusterEntry, source: FileSource): Promise<ExecCluster> {
  const { 'certificate-authority': path, extensions, ...described } = cluster;
  const config = extensions.findLast(
    ({ name }) => name === 'client.authentication.k8s.io/exec',
  )?.extension;
  if (described['certificate-authority-data'] || !path) return { ...described, config };
  const authority = await readInput('certificate-authority', path, source);
  return { ...described, config, 'certificate-authority-data': authority.toString('base64') };
}
