import { Command } from 'clipanion';
import type { Context } from '../context.ts';
import type { CommandLine, GivenOption } from './argv.ts';
import type { GlobalUse } from './command-definition.ts';
import type { Invocation } from './connection.ts';
import type { Globals } from './global-options.ts';
import type { OfflineHint } from './without-api-server.ts';

/** A command that contacts a cluster. All fields are set before it is executed. */
export abstract class ClusterCommand extends Command<Context> implements Invocation {
  /** Groups of global options that the command uses, in addition to kubectl's connection options. */
  static readonly uses: readonly GlobalUse[] = ['kubelets'];

  declare globals: Globals;
  /** Options as given, for hints that repeat the command. */
  declare given: readonly GivenOption[];
  /** Parsed command line, for hints that repeat it with other options. */
  declare line: CommandLine;

  /** Returns how to run the command with kubelet addresses while the API server is down; undefined if it cannot. */
  offlineHint(): OfflineHint | undefined {
    return undefined;
  }
}
