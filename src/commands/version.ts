import { Command } from 'clipanion';
import { declare } from '../cli/option.ts';
import { parseOutput } from '../cli/parse-options.ts';
import type { Context } from '../context.ts';
import { exitCodes } from '../errors.ts';
import { renderJson, renderYaml } from '../text/serialize.ts';
import { version } from '../version.ts';

const renderers = {
  '': ({ version }: { readonly version: string }) => `kubectl-kubeletaccess ${version}\n`,
  json: (object: object) => renderJson([object]),
  yaml: (object: object) => renderYaml([object]),
} as const;

export class VersionCommand extends Command<Context> {
  static override paths = [['version']];
  static override usage = Command.Usage({
    details: 'Print the version of this program. No server is contacted.',
    examples: [['Print the version', 'kubectl kubeletaccess version']],
  });

  client = declare.behavior.flag(
    '--client',
    'Accepted for compatibility with kubectl; has no effect.',
  );
  output = declare.output.text('-o,--output', 'Output format. One of: json, yaml.', {
    completes: ['json', 'yaml'],
  });

  override async execute(): Promise<number> {
    const object = { apiVersion: 'kubeletaccess/v1', kind: 'Version', version: `v${version}` };
    this.context.stdout.write(parseOutput(this.output, renderers)(object));
    return exitCodes.ok;
  }
}
