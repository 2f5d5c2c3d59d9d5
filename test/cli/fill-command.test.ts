import * as assert from 'uvu/assert';
import { parseCommandLine } from '../../src/cli/argv.ts';
import { Command, describeCommand } from '../../src/cli/command-definition.ts';
import { fillCommand } from '../../src/cli/fill-command.ts';
import { argument, declare, restArguments } from '../../src/cli/option.ts';
import { suite } from '../kit/suite.ts';

class Sample extends Command {
  static override usage = { details: 'A sample.', examples: [], needs: ['FIRST'] };
  first = argument('FIRST');
  others = restArguments('OTHER');
  text = declare.view.text('-t,--text', 'Text.', { initial: 'usual' });
  given = declare.view.textIfGiven('--given', 'Text.');
  list = declare.view.list('--list', 'List.');
  flag = declare.view.flag('--flag', 'Flag.');
  every = declare.view.flagOrText('--every', 'Time.', false);
  override execute = async () => 0;
}

const definition = describeCommand({ name: 'sample', summary: '' }, Sample);
const catalog = {
  names: [definition],
  define: async () => definition,
  all: async () => [definition],
};

const usual = {
  ...{ first: undefined, others: [], text: 'usual', given: undefined },
  ...{ list: [], flag: false, every: false },
};

suite('the fields of a command', (test) => {
  for (const [words, fields] of [
    ['', {}],
    ['a', { first: 'a' }],
    ['a b -- -c', { first: 'a', others: ['b', '-c'] }],
    ['-t 1 --text=2 --given=', { text: '2', given: '' }],
    ['--list a --list b,c', { list: ['a', 'b,c'] }],
    ['--flag --every', { flag: true, every: true }],
    ['--flag=false --every=5s', { every: '5s' }],
  ] as const)
    test(`are filled by "${words}"`, async () => {
      const line = await parseCommandLine(['sample', ...words.split(' ').filter(Boolean)], catalog);
      const { execute: _, ...filled } = fillCommand(Sample, line);
      assert.equal(filled, { ...usual, ...fields });
    });

  test('are described by their declarations', () => {
    const { options, positionals } = definition;
    assert.is(positionals.usage, 'FIRST [OTHER...]');
    assert.equal(
      options.map(({ name, short, kind }) => [name, short, kind]),
      [
        ['--text', '-t', 'text'],
        ['--given', undefined, 'text'],
        ['--list', undefined, 'list'],
        ['--flag', undefined, 'flag'],
        ['--every', undefined, 'optional'],
      ],
    );
  });
});
