import type { CommandLine } from './argv.ts';
import { Command, type GlobalUse } from './command-definition.ts';
import type { Invocation } from './connection.ts';
import type { Globals } from './global-options.ts';
import type { GivenOption } from './option.ts';
import type { OfflineHint } from './without-api-server.ts';

/** A command that contacts a cluster. All fields are set before it is executed. */
export abstract class ClusterCommand extends Command implements Invocation {
  static override readonly uses: readonly GlobalUse[] = ['kubelets'];

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
