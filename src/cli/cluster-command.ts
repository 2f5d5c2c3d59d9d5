import { Command } from 'clipanion';
import type { Context } from '../context.ts';
import type { CommandLine, GivenOption } from './argv.ts';
import type { GlobalUse } from './command-definition.ts';
import type { Invocation } from './connection.ts';
import type { Globals } from './global-options.ts';
import type { OfflineHint } from './without-api-server.ts';

/** A command that contacts a cluster. All fields are set before it is executed. */
export abstract class ClusterCommand extends Command<Context> implements Invocation {
  /** Which global options have an effect, beside kubectl's for connections. */
  static readonly uses: readonly GlobalUse[] = ['kubelets'];

  declare globals: Globals;
  /** Every option as it was given, for hints that repeat the command. */
  declare given: readonly GivenOption[];
  /** All of it, for hints that repeat it with other options. */
  declare line: CommandLine;

  /** The command for use while the API server does not answer, by addresses of kubelets. Undefined if there is none. */
  offlineHint(): OfflineHint | undefined {
    return undefined;
  }
}
