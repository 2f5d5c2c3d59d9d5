import { Cli, type CommandClass } from 'clipanion';
import * as assert from 'uvu/assert';
import { parseCommandLine } from '../../src/cli/argv.ts';
import { declarationsOf } from '../../src/cli/command-definition.ts';
import { fillCommand } from '../../src/cli/fill-command.ts';
import type { OptionSpec } from '../../src/cli/option.ts';
import { formatGiven } from '../../src/cli/rerun-command.ts';
import type { Context } from '../../src/context.ts';
import { catalog, loadCommand } from '../../src/run.ts';
import { fc } from '../kit/fast-check.ts';
import { suite } from '../kit/suite.ts';

/** Returns the fields of a command that clipanion's own parser fills from the words. */
function filledByClipanion(commandClass: CommandClass<Context>, words: readonly string[]): object {
  const cli = new Cli<Context>();
  cli.register(withoutGroups(commandClass));
  return fieldsOf(cli.process([...words], {} as Context));
}

/** Returns a command whose groups of options are fields of its own, because clipanion reads no other. */
function withoutGroups(commandClass: CommandClass<Context>): CommandClass<Context> {
  const Base = commandClass as unknown as new () => object;
  class Flat extends Base {
    constructor() {
      super();
      for (const { owner, key, declaration } of declarationsOf(this))
        if (owner !== this) Object.assign(this, { [key]: declaration });
    }
  }
  return Object.assign(Flat as unknown as CommandClass<Context>, { paths: commandClass.paths });
}

/** Returns the values of options and arguments, except fields that clipanion adds. */
function fieldsOf(command: object): object {
  const { context, cli, path, help, ...fields } = command as Record<string, unknown>;
  const groups = Object.entries(fields).filter(
    ([, value]) => value !== null && Object.getPrototypeOf(value ?? '') === Object.prototype,
  );
  const names = groups.map(([key]) => key);
  const own = Object.entries(fields).filter(([key]) => !names.includes(key));
  return { ...Object.assign({}, ...groups.map(([, group]) => group)), ...Object.fromEntries(own) };
}

suite('the fields of a command', (test) => {
  for (const { name } of catalog.names)
    test(`have the same values as with clipanion's own parser: ${name}`, async () => {
      const commandClass = await loadCommand(name);
      const { options, positionals } = await catalog.define(name);
      const option = (each: OptionSpec) => {
        const value = fc.constantFrom('', 'a', '-', '--x', '1=2', 'b c');
        if (each.kind === 'flag') return fc.constant([each.name]);
        if (each.kind === 'optional')
          return value.chain((text) => fc.constantFrom([each.name], [`${each.name}=${text}`]));
        return value.chain((text) =>
          fc.constantFrom([`${each.name}=${text}`], formatGiven({ option: each, value: text })),
        );
      };
      // An option may occur several times.
      const given = fc
        .array(fc.nat({ max: Math.max(0, options.length - 1) }), { maxLength: options.length && 6 })
        .chain((chosen) => fc.tuple(...chosen.flatMap((at) => options[at] ?? []).map(option)));
      const word = fc.constantFrom('/healthz', 'node-1', '-', 'a b', '');
      const most = Math.min(positionals.most, 4);
      await fc.assert(
        fc.asyncProperty(
          given,
          fc.array(word, { maxLength: most }),
          fc.boolean(),
          async (options, args, isEnded) => {
            const words = [name, ...options.flat(), ...(isEnded ? ['--'] : []), ...args];
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
