import { Command, Option } from 'clipanion';
import type { Context } from '../context.ts';
import { UsageFailure } from '../errors.ts';
import { type ApiServer, openApiServer } from '../kube/api-server/api-server.ts';
import type { ApiConnection } from '../kube/config/api-connection.ts';
import { resolveConnection } from '../kube/config/connection.ts';
import { loadKubeconfig } from '../kube/config/kubeconfig.ts';
import { ExecCredentials } from '../kube/exec/cache.ts';
import { loadPluginPolicy } from '../kube/exec/kuberc.ts';
import { type ExecWorld, runExecPlugin } from '../kube/exec/plugin.ts';
import { defaultLimits, type Limits } from '../kube/transport/limits.ts';
import { openRequestLog, type RequestLog } from '../kube/transport/request-log.ts';
import type { Paint } from '../text/color.ts';
import { longestMs, parseDuration } from '../text/duration.ts';
import { parseColor } from './color.ts';

/** What every command that talks to a cluster takes: kubectl's own flags, with kubectl's meaning. */
export abstract class ConnectionCommand extends Command<Context> {
  kubeconfig = Option.String('--kubeconfig', { description: 'Path to the kubeconfig file.' });
  contextName = Option.String('--context', '', { description: 'Name of the kubeconfig context.' });
  cluster = Option.String('--cluster', '', { description: 'Name of the kubeconfig cluster.' });
  user = Option.String('--user', '', { description: 'Name of the kubeconfig user.' });
  server = Option.String('-s,--server', '', { description: 'Address and port of the API server.' });
  certificateAuthority = Option.String('--certificate-authority', '', {
    description: 'File of the authority to verify the API server with.',
  });
  tlsServerName = Option.String('--tls-server-name', '', {
    description: "Name to verify the API server's certificate for, in place of its host.",
  });
  insecureSkipTlsVerify = Option.Boolean('--insecure-skip-tls-verify', false, {
    description: 'Do not verify the API server: whoever answers gets your credentials.',
  });
  disableCompression = Option.Boolean('--disable-compression', false, {
    description: "Accepted for kubectl's habits: nothing is asked for in a compressed form.",
  });
  proxyUrl = Option.String('--proxy-url', '', {
    description: 'Proxy between here and the API server: http://, https:// or socks5://.',
  });
  token = Option.String('--token', '', { description: 'Bearer token for the API server.' });
  username = Option.String('--username', '', { description: 'User name for basic auth.' });
  password = Option.String('--password', '', { description: 'Password for basic auth.' });
  clientCertificate = Option.String('--client-certificate', '', {
    description: 'File of a client certificate for the API server.',
  });
  clientKey = Option.String('--client-key', '', { description: 'File of its key.' });
  as = Option.String('--as', '', { description: 'User to impersonate toward the API server.' });
  asGroup = Option.Array('--as-group', [], {
    description: 'Group to impersonate, may be repeated.',
  });
  asUid = Option.String('--as-uid', '', { description: 'UID to impersonate.' });
  asUserExtra = Option.Array('--as-user-extra', [], {
    description: 'KEY=VALUE of the user to impersonate, may be repeated.',
  });
  namespace = Option.String('-n,--namespace', '', {
    description: "Accepted for kubectl's habits: nodes and cluster roles have no namespace.",
  });
  requestTimeout = Option.String('--request-timeout', '0', {
    description:
      'How long one request to the API server may take, such as 10s; 0 leaves the default of 60s.',
  });
  verbosity = Option.String('-v,--v', '0', {
    description:
      'Above 0: show what lies behind an error; 6 to 8: requests, without their secrets.',
  });

  color = Option.String('--color', 'auto', {
    description:
      'Color output: "auto" (on a terminal, unless NO_COLOR is set), "always" or "never".',
  });

  /** The arguments as they were given, for hints that repeat them. */
  given: readonly string[] = [];

  protected connection(): ApiConnection {
    const { cwd, env } = this.context;
    const config = loadKubeconfig({ explicit: this.kubeconfig, env, cwd });
    const requestTimeout = this.requestTimeoutMs();
    return resolveConnection(
      config,
      { ...this, context: this.contextName },
      {
        cwd,
        env,
        requestTimeout,
        openPlugin: (exec, cluster) => {
          const world = this.execWorld(requestTimeout);
          return new ExecCredentials(
            (signal) => runExecPlugin(exec, cluster, world, signal),
            this.context.stderr,
          );
        },
      },
    );
  }

  /** False where standard input is the command's own, so that no plugin may read it. */
  protected stdinAvailable(): boolean {
    return true;
  }

  private execWorld(requestTimeout: number): ExecWorld {
    const { context } = this;
    const { cwd, env, stderr } = context;
    return {
      env,
      // Only a plugin that is about to run has standard input opened.
      get stdinIsTerminal() {
        return (context.stdin as { readonly isTTY?: boolean }).isTTY === true;
      },
      stdinAvailable: this.stdinAvailable(),
      stderr,
      policy: () => loadPluginPolicy({ env, cwd }, stderr),
      timeoutMs: requestTimeout > 0 ? Math.min(requestTimeout, longestMs) : undefined,
    };
  }

  /** `limits` take the place of --request-timeout. */
  protected apiServer(connection: ApiConnection, limits?: Limits): ApiServer {
    const requestTimeout = this.requestTimeoutMs();
    return openApiServer(connection, this.context.signal, {
      limits: limits ?? limitsOf(Math.max(0, requestTimeout)),
      requestTimeout,
      log: this.log(),
    });
  }

  protected paint(): Paint {
    return parseColor(this.color, () => this.context.colorDepth);
  }

  protected log(): RequestLog | undefined {
    return openRequestLog(Number(this.verbosity), (text) => this.context.stderr.write(text));
  }

  protected duration(flag: string, text: string): number {
    const ms = parseDuration(text);
    if (ms === undefined || ms < 0)
      throw new UsageFailure(`${flag} "${text}" is not a duration such as 30s, 5m or 1h30m`);
    return ms;
  }

  /** As for kubectl, less than nothing is no limit, though the server is told of it. */
  private requestTimeoutMs(): number {
    const text = this.requestTimeout || '0';
    return parseDuration(text) ?? this.duration('--request-timeout', text);
  }
}

/** A limit that was asked for bounds the connection, too; 0 leaves the default. */
export function limitsOf(answerMs: number): Limits {
  if (answerMs === 0) return defaultLimits;
  return {
    answerMs: Math.min(answerMs, longestMs),
    connectMs: Math.min(answerMs, defaultLimits.connectMs),
  };
}
