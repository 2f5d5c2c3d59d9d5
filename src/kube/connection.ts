import { Failure } from '../errors.ts';
import { readIfThere, readInput } from './files.ts';
import type { ClusterEntry, Impersonation, Kubeconfig, UserEntry } from './kubeconfig.ts';
import type { TlsSettings } from './tls.ts';
import type { ServerAddress } from './transport.ts';

/** kubectl's connection flags; empty means not given. */
export interface ConnectionFlags {
  readonly context: string;
  readonly cluster: string;
  readonly user: string;
  readonly server: string;
  readonly as: string;
  readonly asGroup: readonly string[];
  readonly asUid: string;
}

/** An API server and who to be there: what kubectl would use. */
export interface ApiConnection {
  /** With the path prefix, if any, and without a slash at its end. */
  readonly server: string;
  readonly address: ServerAddress;
  readonly tls: TlsSettings;
  readonly bearerToken: string | undefined;
  readonly basic: { readonly username: string; readonly password: string } | undefined;
  readonly impersonate: Impersonation | undefined;
}

/** Chooses context, cluster and user by kubectl's rules and reads the files they name. */
export function resolveConnection(
  config: Kubeconfig,
  flags: ConnectionFlags,
  cwd: string,
): ApiConnection {
  const contextName = flags.context || config.currentContext;
  const context = contextName === '' ? undefined : config.contexts.get(contextName);
  if (contextName !== '' && !context) throw absent('context', contextName, config.contexts);

  const clusterName = flags.cluster || (context?.cluster ?? '');
  const cluster = config.clusters.get(clusterName);
  if (flags.cluster !== '' && !cluster) throw absent('cluster', flags.cluster, config.clusters);
  const server = flags.server || (cluster?.server ?? '');
  if (server === '') throw noServer(config, contextName, clusterName);

  const userName = flags.user || (context?.user ?? '');
  const user = config.users.get(userName);
  if (userName !== '' && !user) throw absent('user', userName, config.users);
  if (cluster?.proxyUrl)
    throw new Failure(
      `cluster "${clusterName}" is reached by a proxy-url, which is not supported yet`,
    );

  const impersonate = impersonation(user, flags);
  const url = serverUrl(server);
  const base = { server: url.href.replace(/\/+$/, ''), address: addressOf(url), impersonate };
  // Over plain http kubectl sends no credential at all.
  if (url.protocol === 'http:')
    return {
      ...base,
      tls: tlsSettings(undefined, undefined, cwd),
      bearerToken: undefined,
      basic: undefined,
    };
  const connection = {
    ...base,
    // Another server has another name: kubectl, too, forgets the file's tls-server-name then.
    tls: tlsSettings(
      cluster && { ...cluster, ...(flags.server && { tlsServerName: '' }) },
      user,
      cwd,
    ),
    bearerToken: bearerToken(user, userName, cwd),
    basic: user?.username ? { username: user.username, password: user.password } : undefined,
  };
  if (connection.bearerToken !== undefined && connection.basic)
    throw new Failure(`user "${userName}" has both a token and a user name: only one may be given`);
  if (
    connection.bearerToken === undefined &&
    !connection.basic &&
    !connection.tls.clientCertificate
  )
    throw noCredential(userName, user);
  return connection;
}

function noCredential(userName: string, user: UserEntry | undefined): Failure {
  if (user?.plugin)
    return new Failure(
      `user "${userName}" gets its credential by ${user.plugin}, which is not supported yet`,
    );
  const problem =
    userName === ''
      ? 'no user is chosen: the context names none'
      : `user "${userName}" has no credential: no client certificate, no token`;
  return new Failure(problem, {
    hints: ['kubectl config view --minify shows what the current context names'],
  });
}

function absent(kind: string, name: string, entries: ReadonlyMap<string, unknown>): Failure {
  const known = [...entries.keys()];
  const hints =
    known.length > 0 && known.length <= 20
      ? [`the kubeconfig has: ${known.join(', ')}`]
      : [`kubectl config get-${kind}s`];
  return new Failure(`${kind} "${name}" does not exist`, { hints });
}

function noServer(config: Kubeconfig, contextName: string, clusterName: string): Failure {
  if (config.files.length === 0)
    return new Failure(
      'there is no kubeconfig: no file of $KUBECONFIG or, without that, ~/.kube/config is there',
      {
        hints: ['kubectl kubeletaccess status --kubeconfig FILE'],
      },
    );
  if (contextName === '')
    return new Failure(`no context is chosen in ${config.files.join(', ')}`, {
      hints: ['kubectl config use-context NAME, or --context NAME'],
    });
  return new Failure(
    clusterName === ''
      ? `context "${contextName}" names no cluster`
      : `cluster "${clusterName}" of context "${contextName}" is not there or has no server`,
  );
}

function serverUrl(server: string): URL {
  // kubectl takes a host without a scheme as http.
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(server) ? server : `http://${server}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (
    !url ||
    (url.protocol !== 'https:' && url.protocol !== 'http:') ||
    url.username ||
    url.password ||
    (text !== server && url.pathname !== '/')
  )
    throw new Failure('the server must be a URL like https://HOST:PORT');
  return url;
}

function tlsSettings(
  cluster: ClusterEntry | undefined,
  user: UserEntry | undefined,
  cwd: string,
): TlsSettings {
  const ca = material(
    'certificate-authority',
    cluster?.certificateAuthority,
    cluster?.certificateAuthorityData,
    cwd,
  );
  const insecure = cluster?.insecureSkipTlsVerify ?? false;
  if (insecure && ca !== undefined)
    throw new Failure(
      'a certificate-authority cannot be used together with insecure-skip-tls-verify',
    );
  const cert = material(
    'client-certificate',
    user?.clientCertificate,
    user?.clientCertificateData,
    cwd,
  );
  const key = material('client-key', user?.clientKey, user?.clientKeyData, cwd);
  if ((cert === undefined) !== (key === undefined))
    throw new Failure(
      `the user has a ${cert === undefined ? 'client-key without a client-certificate' : 'client-certificate without a client-key'}`,
    );
  return {
    ca,
    serverName: cluster?.tlsServerName || undefined,
    verify: !insecure,
    clientCertificate: cert !== undefined && key !== undefined ? { cert, key } : undefined,
  };
}

function material(
  what: string,
  path: string | undefined,
  data: string | undefined,
  cwd: string,
): string | undefined {
  if (path && data) throw new Failure(`${what} and ${what}-data are both given: only one may be`);
  if (data) return Buffer.from(data, 'base64').toString('utf8');
  return path ? readInput(what, path, cwd).toString('utf8') : undefined;
}

function addressOf(url: URL): ServerAddress {
  const secure = url.protocol === 'https:';
  return {
    secure,
    // A URL has brackets around an IPv6 literal.
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port) || (secure ? 443 : 80),
    prefix: url.pathname.replace(/\/+$/, ''),
  };
}

// kubectl prefers the file, whose token may have been renewed, and falls back to the token if it is missing or empty.
function bearerToken(
  user: UserEntry | undefined,
  userName: string,
  cwd: string,
): string | undefined {
  if (!user) return undefined;
  const read = user.token === '' ? readInput : readIfThere;
  const fresh = user.tokenFile === '' ? undefined : read('tokenFile', user.tokenFile, cwd);
  const token = fresh?.toString('utf8').trim() || user.token;
  if (/[^\x21-\x7e]/.test(token))
    throw new Failure(
      `the token of user "${userName}" has characters that no HTTP header can carry`,
    );
  return token === '' ? undefined : token;
}

function impersonation(
  user: UserEntry | undefined,
  flags: ConnectionFlags,
): Impersonation | undefined {
  const configured = user?.impersonate;
  const result: Impersonation = {
    user: flags.as || (configured?.user ?? ''),
    groups: flags.asGroup.length > 0 ? flags.asGroup : (configured?.groups ?? []),
    uid: flags.asUid || (configured?.uid ?? ''),
    extra: configured?.extra ?? {},
  };
  if (result.user !== '') return result;
  if (result.groups.length > 0 || result.uid !== '' || Object.keys(result.extra).length > 0)
    throw new Failure(
      'groups, uid or extra to impersonate need a user to impersonate as well (--as)',
    );
  return undefined;
}
