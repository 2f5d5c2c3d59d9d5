import { Command } from 'clipanion';
import type { Context } from '../context.ts';
import type { ApiServer } from '../kube/api-server/api-server.ts';
import type { ApiConnection } from '../kube/config/api-connection.ts';
import type { Limits } from '../kube/transport/limits.ts';
import type { Paint } from '../text/color.ts';
import type { GivenOption } from './argv.ts';
import { parseColor } from './color.ts';
import { openConnection, openServer } from './connection.ts';
import type { Globals } from './global-options.ts';
import { parseDurationOption } from './parse-options.ts';

/** A command that talks to a cluster. */
export abstract class ConnectionCommand extends Command<Context> {
  /** The values of global options. Set before the command is executed, as `given` is. */
  declare globals: Globals;
  /** Every option as it was given, for hints that repeat the command. */
  declare given: readonly GivenOption[];

  protected connection(options: { readonly ownStdin?: boolean } = {}): ApiConnection {
    return openConnection(this, options);
  }

  protected apiServer(connection: ApiConnection, limits?: Limits): ApiServer {
    return openServer(this, connection, limits);
  }

  protected paint(): Paint {
    return parseColor(this.globals.color, () => this.context.colorDepth);
  }

  protected duration(flag: string, text: string): number {
    return parseDurationOption(flag, text);
  }
}
