import { Command, Option } from 'clipanion';
import type { Context } from '../context.ts';
import { exitCodes, UsageFailure } from '../errors.ts';
import { version } from '../version.ts';

export class VersionCommand extends Command<Context> {
  static override paths = [['version']];
  static override usage = Command.Usage({ description: 'Print the version' });

  client = Option.Boolean('--client', false, {
    description: 'Accepted for kubectl habits: only this program is asked.',
  });
  output = Option.String('-o,--output', '', { description: 'json or yaml.' });

  override async execute(): Promise<number> {
    const object = { apiVersion: 'kubeletaccess/v1', kind: 'Version', version: `v${version}` };
    if (this.output === '') this.context.stdout.write(`kubectl-kubeletaccess ${object.version}\n`);
    else if (this.output === 'json')
      this.context.stdout.write(`${JSON.stringify(object, null, 4)}\n`);
    else if (this.output === 'yaml')
      this.context.stdout.write((await import('../text/serialize.ts')).renderYaml([object]));
    else
      throw new UsageFailure(`unknown output format "${this.output}"`, {
        hints: ['-o json or -o yaml'],
      });
    return exitCodes.ok;
  }
}
