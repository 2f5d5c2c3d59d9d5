import { Command, Option } from 'clipanion';
import type { Context } from '../context.ts';
import { parseDuration } from '../duration.ts';
import { UsageFailure } from '../errors.ts';
import { type ApiServer, openApiServer } from '../kube/api-server.ts';
import { type ApiConnection, resolveConnection } from '../kube/connection.ts';
import { loadKubeconfig } from '../kube/kubeconfig.ts';
import { defaultLimits, type Limits } from '../kube/transport.ts';

/** What every command that talks to a cluster takes: kubectl's own flags, with kubectl's meaning. */
export abstract class ConnectionCommand extends Command<Context> {
  kubeconfig = Option.String('--kubeconfig', { description: 'Path to the kubeconfig file.' });
  contextName = Option.String('--context', '', { description: 'Name of the kubeconfig context.' });
  cluster = Option.String('--cluster', '', { description: 'Name of the kubeconfig cluster.' });
  user = Option.String('--user', '', { description: 'Name of the kubeconfig user.' });
  server = Option.String('-s,--server', '', { description: 'Address and port of the API server.' });
  as = Option.String('--as', '', { description: 'User to impersonate toward the API server.' });
  asGroup = Option.Array('--as-group', [], {
    description: 'Group to impersonate, may be repeated.',
  });
  asUid = Option.String('--as-uid', '', { description: 'UID to impersonate.' });
  namespace = Option.String('-n,--namespace', '', {
    description: "Accepted for kubectl's habits: nodes and cluster roles have no namespace.",
  });
  requestTimeout = Option.String('--request-timeout', '0', {
    description:
      'How long one request to the API server may take, such as 10s; 0 leaves the default of 60s.',
  });
  verbosity = Option.String('-v,--v', '0', {
    description: 'Above 0: show what lies behind an error.',
  });

  protected connection(): ApiConnection {
    const { context } = this;
    const config = loadKubeconfig({
      explicit: this.kubeconfig,
      environment: context.env['KUBECONFIG'],
      homeDir: context.homeDir,
      cwd: context.cwd,
    });
    const { cluster, user, server, as, asGroup, asUid } = this;
    return resolveConnection(
      config,
      { context: this.contextName, cluster, user, server, as, asGroup, asUid },
      context.cwd,
    );
  }

  /** `limits` take the place of --request-timeout. */
  protected apiServer(connection: ApiConnection, limits?: Limits): ApiServer {
    const answerMs = this.duration('--request-timeout', this.requestTimeout);
    return openApiServer(connection, this.context.signal, limits ?? limitsOf(answerMs));
  }

  protected duration(flag: string, text: string): number {
    const ms = parseDuration(text);
    if (ms === undefined)
      throw new UsageFailure(`${flag} "${text}" is not a duration such as 30s, 5m or 1h30m`);
    return ms;
  }
}

/** A limit that was asked for bounds the connection, too; 0 leaves the default. */
export function limitsOf(answerMs: number): Limits {
  if (answerMs === 0) return defaultLimits;
  return { answerMs, connectMs: Math.min(answerMs, defaultLimits.connectMs) };
}
