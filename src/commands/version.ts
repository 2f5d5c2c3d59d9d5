import { Command } from 'clipanion';
import { outputOption, parseFormat } from '../cli/output.ts';
import type { Context } from '../context.ts';
import { exitCodes } from '../errors.ts';
import { apiVersion } from '../text/api-version.ts';
import { renderJson, renderYaml } from '../text/serialize.ts';
import { version } from '../version.ts';

const formats = ['', 'json', 'yaml'] as const;

export class VersionCommand extends Command<Context> {
  static override paths = [['version']];
  static override usage = Command.Usage({
    details: 'Print the version of this program. No server is contacted.',
    examples: [['Print the version', 'kubectl kubeletaccess version']],
  });

  output = outputOption(formats);

  override async execute(): Promise<number> {
    const object = { apiVersion, kind: 'Version', version: `v${version}` };
    const format = parseFormat(this.output, formats);
    const render = format === 'yaml' ? renderYaml : renderJson;
    this.context.stdout.write(
      format === '' ? `kubectl-kubeletaccess ${object.version}\n` : render([object]),
    );
    return exitCodes.ok;
  }
}
