import type { Context } from '../context.ts';
import { type ApiServer, openApiServer } from '../kube/api-server/api-server.ts';
import type { ApiConnection } from '../kube/config/api-connection.ts';
import type { Credential, Credentials } from '../kube/config/credentials.ts';
import type { Kubeconfig } from '../kube/config/entries.ts';
import { loadKubeconfig } from '../kube/config/kubeconfig.ts';
import { resolveConnection } from '../kube/config/resolve-connection.ts';
import { loadPluginPolicy } from '../kube/credential-plugin/kuberc.ts';
import { type ExecWorld, runExecPlugin } from '../kube/credential-plugin/plugin.ts';
import { defaultLimits, type Limits, limitsFrom } from '../kube/transport/limits.ts';
import { createRequestLog, type RequestLog } from '../kube/transport/request-log.ts';
import { longestMs, parseDuration } from '../text/duration.ts';
import type { Secrets } from '../text/secrets.ts';
import type { Globals } from './global-options.ts';
import { parseDurationOption } from './parse-options.ts';
import { isTerminal } from './write-output.ts';

export interface Invocation {
  readonly globals: Globals;
  readonly context: Context;
}

export function loadConfig({ globals, context }: Invocation): Promise<Kubeconfig> {
  const { cwd, env, signal, pipes } = context;
  return loadKubeconfig({ explicit: globals.kubeconfig, env, cwd, signal, pipes });
}

interface OpenOptions {
  /** Whether the command reads standard input. If it does, credential plugins cannot read it. */
  readonly ownStdin?: boolean;
  /** If undefined, `openConnection` loads the kubeconfig. */
  readonly config?: Kubeconfig;
}

export async function openConnection(
  invocation: Invocation,
  { ownStdin = false, config }: OpenOptions = {},
): Promise<ApiConnection> {
  const { globals, context } = invocation;
  const { cwd, env, stderr, signal, pipes, secrets } = context;
  const world: ExecWorld = {
    env,
    // A getter, so that standard input is opened only if a plugin is about to run.
    get stdinIsTerminal() {
      return isTerminal(context.stdin);
    },
    stdinAvailable: !ownStdin,
    stderr,
    policy: () => loadPluginPolicy({ env, cwd, signal, pipes }, stderr),
    timeoutMs: requestLimitOf(globals),
  };
  const loaded = config ?? (await loadConfig(invocation));
  const connection = await resolveConnection(loaded, globals, {
    cwd,
    env,
    signal,
    pipes,
    requestTimeout: requestTimeoutMs(globals),
    runPlugin: (exec, cluster, during) => runExecPlugin(exec, cluster, world, during),
    stderr,
  });
  secrets.addUser(connection.proxy?.user);
  return { ...connection, credentials: addingCredentials(connection.credentials, secrets) };
}

/** Registers the secrets of credentials before a request is sent, so that output masks them even if a server echoes them. */
export function addingCredentials(credentials: Credentials, secrets: Secrets): Credentials {
  return {
    current: async (signal) => {
      const credential = await credentials.current(signal);
      addCredential(credential, secrets);
      return credential;
    },
    rejected: (credential, signal) => credentials.rejected(credential, signal),
  };
}

export function addCredential(
  { authorization, clientCertificate }: Pick<Credential, 'authorization' | 'clientCertificate'>,
  secrets: Secrets,
): void {
  secrets.addAuthorization(authorization);
  secrets.addKey(clientCertificate?.key);
}

/** @param limits used in place of the limit from --request-timeout */
export function openServer(
  invocation: Invocation,
  connection: ApiConnection,
  limits?: Limits,
): ApiServer {
  const { globals, context } = invocation;
  const limitMs = requestLimitOf(globals);
  return openApiServer(connection, context.signal, {
    limits: limits ?? (limitMs === undefined ? defaultLimits : limitsFrom(limitMs)),
    requestTimeout: requestTimeoutMs(globals),
    log: requestLog(invocation),
    noteUnread: (unread) => {
      for (const each of unread) context.unread.set(`${each.kind} ${each.name}`, each);
    },
  });
}

export function requestLog({ globals, context }: Invocation): RequestLog | undefined {
  return createRequestLog(Number(globals.verbosity), (text) => context.stderr.write(text));
}

/** Returns the time limit in ms that --request-timeout sets; undefined if there is no limit. */
export function requestLimitOf(globals: Globals): number | undefined {
  const ms = requestTimeoutMs(globals);
  return ms > 0 ? Math.min(ms, longestMs) : undefined;
}

/** Returns --request-timeout in ms. As in kubectl, a negative value means no limit and is sent to the server unchanged. */
function requestTimeoutMs({ requestTimeout }: Globals): number {
  const text = requestTimeout || '0';
  return parseDuration(text) ?? parseDurationOption('--request-timeout', text);
}
