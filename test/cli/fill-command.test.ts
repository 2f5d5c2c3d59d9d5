import { Cli, type CommandClass } from 'clipanion';
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { formatGiven, parseCommandLine } from '../../src/cli/argv.ts';
import { fillCommand } from '../../src/cli/fill-command.ts';
import { CurlCommand } from '../../src/commands/curl/command.ts';
import { ExecCommand } from '../../src/commands/exec/command.ts';
import { ExplainCommand } from '../../src/commands/explain/command.ts';
import { VersionCommand } from '../../src/commands/version.ts';
import type { Context } from '../../src/context.ts';
import { catalog } from '../../src/run.ts';
import { suite } from '../kit/suite.ts';

/** By how many arguments they take. */
const classes: Readonly<Record<string, readonly [CommandClass<Context>, number]>> = {
  curl: [CurlCommand, 1],
  exec: [ExecCommand, 4],
  explain: [ExplainCommand, 4],
  version: [VersionCommand, 0],
};

/** The fields of a command that clipanion reads from the same words. */
function filledByClipanion(commandClass: CommandClass<Context>, words: readonly string[]): object {
  const cli = new Cli<Context>();
  cli.register(commandClass);
  return fieldsOf(cli.process([...words], {} as Context));
}

/** Without those that clipanion itself adds. */
function fieldsOf(command: object): object {
  const { context, cli, path, help, ...fields } = command as Record<string, unknown>;
  return fields;
}

suite('the fields of a command', (test) => {
  for (const [name, [commandClass, most]] of Object.entries(classes))
    test(`are those that clipanion's parser gives: ${name}`, async () => {
      const { options } = await catalog.define(name);
      const option = fc.constantFrom(...options).chain((each) => {
        const value = fc.constantFrom('', 'a', '-', '--x', '1=2', 'b c');
        if (each.kind === 'flag') return fc.constant({ option: each });
        return value.map((text) => ({ option: each, value: text }));
      });
      const argument = fc.constantFrom('/healthz', 'node-1', '-', '--', '--x', 'a b');
      await fc.assert(
        fc.asyncProperty(
          fc.array(option, { maxLength: 6 }),
          fc.array(argument, { maxLength: most }),
          async (given, args) => {
            const words = [name, ...given.flatMap(formatGiven), '--', ...args];
            const line = await parseCommandLine(words, catalog);
            assert.equal(
              fieldsOf(fillCommand(commandClass, line)),
              filledByClipanion(commandClass, words),
            );
          },
        ),
      );
    });
});
