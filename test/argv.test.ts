import * as assert from 'uvu/assert';
import { parseCommandLine } from '../src/argv.ts';
import { commandDefinition } from '../src/cli.ts';
import { suite } from './kit/suite.ts';

const commands = ['status', 'grant', 'revoke', 'curl', 'version'];

suite('command lines', (test) => {
  test('an option of every command may stand before the command, with its value', async () => {
    const declared = await Promise.all(
      ['status', 'grant', 'revoke', 'curl'].map(async (name) =>
        (await commandDefinition(name)).options.map(({ definition }) => definition),
      ),
    );
    const common = declared.reduce((all, each) => all.filter((item) => each.includes(item)));
    for (const definition of common) {
      const [names = '', value] = definition.split(' ');
      for (const name of names.split(',')) {
        const before = value === undefined ? [name] : [name, '1'];
        assert.is(parseCommandLine([...before, 'status']).command, 'status', name);
      }
    }
    assert.ok(common.length > 20);
  });

  test('an option without a value may be given one, as kubectl takes it', async () => {
    // --dry-run has a value, which may be left out.
    for (const command of commands)
      for (const { definition } of (await commandDefinition(command)).options)
        for (const name of definition.split(','))
          if (name.startsWith('--') && name !== '--dry-run' && !definition.includes(' ')) {
            const args = (value: string) => parseCommandLine([command, `${name}=${value}`]).args;
            for (const value of ['true', '1', 'T']) assert.equal(args(value), [name], name);
            for (const value of ['false', '0', 'F']) assert.equal(args(value), [], name);
            assert.throws(() => args('maybe'), `${name} is true or false, not "maybe"`);
          }
  });
});
