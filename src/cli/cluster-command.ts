import { Command } from 'clipanion';
import type { Context } from '../context.ts';
import type { CommandLine, GivenOption } from './argv.ts';
import type { GlobalUse } from './command-definition.ts';
import type { Invocation } from './connection.ts';
import type { Globals } from './global-options.ts';
import type { OfflineHint } from './without-api-server.ts';

/** All fields are set before the command is executed. */
export abstract class ClusterCommand extends Command<Context> implements Invocation {
  /** Global options of the command, in addition to the connection options of kubectl. */
  static readonly uses: readonly GlobalUse[] = ['kubelets'];

  declare globals: Globals;
  declare given: readonly GivenOption[];
  declare line: CommandLine;

  /** Returns how to run the command with --kubelet-address while the API server is down; undefined if that is not possible. */
  offlineHint(): OfflineHint | undefined {
    return undefined;
  }
}
