import { Command, describe } from '../cli/command-definition.ts';
import { globalOptionList } from '../cli/global-options.ts';
import { renderGlobalOptions } from '../cli/help.ts';
import { exitCodes } from '../errors.ts';

export class OptionsCommand extends Command {
  static override usage = describe({
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
