import { Command } from 'clipanion';
import { globalOptionList } from '../cli/global-options.ts';
import { renderGlobalOptions } from '../cli/help.ts';
import type { Context } from '../context.ts';
import { exitCodes } from '../errors.ts';

export class OptionsCommand extends Command<Context> {
  static override paths = [['options']];
  static override usage = Command.Usage({
    details: 'List the command-line options that apply to all commands.',
    examples: [['List the global options', 'kubectl kubeletaccess options']],
  });

  override async execute(): Promise<number> {
    const { stdout } = this.context;
    const { columns } = stdout as { readonly columns?: number };
    stdout.write(renderGlobalOptions(globalOptionList, columns));
    return exitCodes.ok;
  }
}
