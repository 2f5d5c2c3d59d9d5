import { Failure } from '../../errors.ts';
import { command, options } from '../../text/command.ts';
import {
  type ClusterEntry,
  type Impersonation,
  type Kubeconfig,
  noCluster,
  noUser,
  type UserEntry,
} from './entries.ts';

/** kubectl's connection flags; empty if not set. */
export interface ConnectionFlags {
  readonly context: string;
  readonly cluster: string;
  readonly user: string;
  readonly server: string;
  readonly certificateAuthority: string;
  readonly insecureSkipTlsVerify: boolean;
  readonly tlsServerName: string;
  readonly proxyUrl: string;
  readonly disableCompression: boolean;
  readonly token: string;
  readonly username: string;
  readonly password: string;
  readonly clientCertificate: string;
  readonly clientKey: string;
  readonly as: string;
  readonly asGroup: readonly string[];
  readonly asUid: string;
  /** Texts of the form `KEY=VALUE`. */
  readonly asUserExtra: readonly string[];
}

/** The entries of the kubeconfig that the current context and flags select. Files that the entries name have not been read yet. */
export interface SelectedEntries {
  readonly cluster: ClusterEntry;
  readonly user: UserEntry;
  readonly impersonate: Impersonation;
  readonly clusterName: string;
  readonly userName: string;
  readonly userExists: boolean;
  /** Namespace of the context; empty if it has none. */
  readonly namespace: string;
  /** False if neither a flag nor the cluster entry sets the server, so that the default server is used. */
  readonly namesServer: boolean;
}

/**
 * Selects entries by kubectl's rules, two of which may surprise. An unknown name is an error in a flag, but not in a context. A cluster
 * without a server gets the default server. Source: client-go tools/clientcmd/client_config.go.
 */
export function selectEntries(
  config: Kubeconfig,
  flags: ConnectionFlags,
  defaultServer: string,
): SelectedEntries {
  const contextName = flags.context || config.currentContext;
  const context = find('context', contextName, contextName !== '', config.contexts);
  const userName = flags.user || (context?.user ?? '');
  const found = find('user', userName, flags.user !== '', config.users);
  const user = overrideUser(found ?? noUser(), flags);
  const clusterName = flags.cluster || (context?.cluster ?? '');
  const cluster = find('cluster', clusterName, flags.cluster !== '', config.clusters);
  return {
    clusterName,
    userName,
    userExists: found !== undefined,
    namespace: context?.namespace ?? '',
    namesServer: Boolean(flags.server || cluster?.server),
    cluster: overrideCluster(cluster ?? noCluster(), flags, defaultServer),
    user,
    impersonate: overrideImpersonation(user, flags),
  };
}

function overrideCluster(
  entry: ClusterEntry,
  flags: ConnectionFlags,
  defaultServer: string,
): ClusterEntry {
  const trust = flags.certificateAuthority !== '' || flags.insecureSkipTlsVerify;
  const { server, tlsServerName } = flags;
  return {
    ...entry,
    server: server || entry.server || defaultServer,
    'proxy-url': flags.proxyUrl || entry['proxy-url'],
    'disable-compression': flags.disableCompression || entry['disable-compression'],
    // The tls-server-name in the file is meant for the server in the file. If a flag sets the server, the name in the file is ignored.
    'tls-server-name': server ? tlsServerName : tlsServerName || entry['tls-server-name'],
    // Each of the two flags about trust replaces all settings about trust in the file.
    ...(trust && {
      'certificate-authority': flags.certificateAuthority,
      'certificate-authority-data': '',
      'insecure-skip-tls-verify': flags.insecureSkipTlsVerify,
    }),
  };
}

function overrideUser(entry: UserEntry, flags: ConnectionFlags): UserEntry {
  const { clientCertificate, clientKey } = flags;
  return {
    ...entry,
    token: flags.token || entry.token,
    username: flags.username || entry.username,
    password: flags.password || entry.password,
    ...(clientCertificate !== '' && {
      'client-certificate': clientCertificate,
      'client-certificate-data': '',
    }),
    ...(clientKey !== '' && { 'client-key': clientKey, 'client-key-data': '' }),
  };
}

function overrideImpersonation(entry: UserEntry, flags: ConnectionFlags): Impersonation {
  return {
    user: flags.as || entry.as,
    groups: flags.asGroup.length > 0 ? flags.asGroup : entry['as-groups'],
    uid: flags.asUid || entry['as-uid'],
    extra: { ...entry['as-user-extra'], ...parseExtra(flags.asUserExtra) },
  };
}

/** Parses texts of the form `KEY=VALUE`. Like kubectl, ignores a text without `=`. */
function parseExtra(pairs: readonly string[]): Record<string, readonly string[]> {
  const extra = new Map<string, string[]>();
  for (const pair of pairs) {
    const [, key, value = ''] = /^([^=]*)=(.*)$/s.exec(pair) ?? [];
    if (key !== undefined) extra.set(key, [...(extra.get(key) ?? []), value]);
  }
  return Object.fromEntries(extra);
}

function find<Entry>(
  kind: 'context' | 'user' | 'cluster',
  name: string,
  isRequired: boolean,
  entries: ReadonlyMap<string, Entry>,
): Entry | undefined {
  const entry = entries.get(name);
  if (entry || !isRequired) return entry;
  const known = [...entries.keys()];
  const hints =
    known.length > 0 && known.length <= 20
      ? [`available ${kind}s: ${known.join(', ')}`]
      : [command`kubectl config get-${kind}s`];
  const several = name.split(',').filter(Boolean);
  const loop = command`one at a time: for c in ${options(several)}; do kubectl kubeletaccess COMMAND --context "$c"; done`;
  throw new Failure(`${kind} "${name}" does not exist`, {
    ...(kind === 'user' && { kind: 'unknown user' }),
    hints: several.length > 1 ? [loop, ...hints] : hints,
  });
}
