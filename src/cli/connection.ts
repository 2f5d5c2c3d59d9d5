import type { Context } from '../context.ts';
import { type ApiServer, openApiServer } from '../kube/api-server/api-server.ts';
import type { ApiConnection } from '../kube/config/api-connection.ts';
import { loadKubeconfig } from '../kube/config/kubeconfig.ts';
import { resolveConnection } from '../kube/config/resolve-connection.ts';
import { ExecCredentials } from '../kube/exec/credential-cache.ts';
import { loadPluginPolicy } from '../kube/exec/kuberc.ts';
import { type ExecWorld, runExecPlugin } from '../kube/exec/plugin.ts';
import { defaultLimits, type Limits } from '../kube/transport/limits.ts';
import { openRequestLog, type RequestLog } from '../kube/transport/request-log.ts';
import { longestMs, parseDuration } from '../text/duration.ts';
import type { Globals } from './global-options.ts';
import { parseDurationOption } from './parse-options.ts';

/** What was asked for beside a command's own options, and the world that it runs in. */
export interface Invocation {
  readonly globals: Globals;
  readonly context: Context;
}

/** The API server that kubeconfig and flags choose. With `ownStdin` no credential plugin reads standard input. */
export function openConnection(
  { globals, context }: Invocation,
  { ownStdin = false }: { readonly ownStdin?: boolean } = {},
): ApiConnection {
  const { cwd, env, stderr } = context;
  const config = loadKubeconfig({ explicit: globals.kubeconfig, env, cwd });
  const requestTimeout = requestTimeoutMs(globals);
  const world: ExecWorld = {
    env,
    // Opened only for a plugin that is about to run.
    get stdinIsTerminal() {
      return (context.stdin as { readonly isTTY?: boolean }).isTTY === true;
    },
    stdinAvailable: !ownStdin,
    stderr,
    policy: () => loadPluginPolicy({ env, cwd }, stderr),
    timeoutMs: requestTimeout > 0 ? Math.min(requestTimeout, longestMs) : undefined,
  };
  return resolveConnection(config, globals, {
    cwd,
    env,
    requestTimeout,
    openPlugin: (exec, cluster) =>
      new ExecCredentials((signal) => runExecPlugin(exec, cluster, world, signal), stderr),
  });
}

/** `limits` take the place of --request-timeout. */
export function openServer(
  invocation: Invocation,
  connection: ApiConnection,
  limits?: Limits,
): ApiServer {
  const requestTimeout = requestTimeoutMs(invocation.globals);
  return openApiServer(connection, invocation.context.signal, {
    limits: limits ?? limitsOf(Math.max(0, requestTimeout)),
    requestTimeout,
    log: requestLog(invocation),
  });
}

export function requestLog({ globals, context }: Invocation): RequestLog | undefined {
  return openRequestLog(Number(globals.verbosity), (text) => context.stderr.write(text));
}

/** A time limit of a request bounds the connection, too; 0 leaves the default. */
export function limitsOf(answerMs: number): Limits {
  if (answerMs === 0) return defaultLimits;
  return {
    answerMs: Math.min(answerMs, longestMs),
    connectMs: Math.min(answerMs, defaultLimits.connectMs),
  };
}

/** As for kubectl, less than 0 is no limit, and the server receives it as it is. */
function requestTimeoutMs({ requestTimeout }: Globals): number {
  const text = requestTimeout || '0';
  return parseDuration(text) ?? parseDurationOption('--request-timeout', text);
}
