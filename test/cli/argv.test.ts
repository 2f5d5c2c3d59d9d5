import * as assert from 'uvu/assert';
import { parseCommandLine } from '../../src/cli/argv.ts';
import { commandDefinition } from '../../src/run.ts';
import { suite } from '../kit/suite.ts';

const commands = ['status', 'grant', 'revoke', 'curl', 'version'];

/** The options of all commands: each with its names, and whether it takes a value. These two may go without. */
async function declared() {
  const definitions = await Promise.all(commands.map(commandDefinition));
  return definitions
    .flatMap(({ options }) => options)
    .map(({ definition }) => {
      const [names = '', value] = definition.split(' ');
      return { names: names.split(','), takesValue: value !== undefined };
    })
    .filter(({ names }) => !names.includes('--dry-run') && !names.includes('--wait'));
}

suite('command lines', (test) => {
  test('an option of any command may stand before the command, and takes whatever follows as its value', async () => {
    for (const { names, takesValue } of await declared())
      for (const name of names) {
        const verbosity = name === '-v' || name === '--v';
        for (const value of verbosity ? ['1'] : ['1', '-h', '-v6', 'curl', '--', '']) {
          const { command, args, help } = parseCommandLine([
            name,
            ...(takesValue ? [value] : []),
            'status',
          ]);
          assert.equal([command, help, args.includes('status')], ['status', false, false], name);
        }
      }
  });

  test('an option without a value may be given one, and of several the last one counts', async () => {
    for (const { names, takesValue } of await declared()) {
      const long = names.find((name) => name.startsWith('--')) ?? '';
      if (takesValue) continue;
      for (const name of names) {
        const args = (...words: string[]) =>
          parseCommandLine(['status', '--token', '', ...words]).args.slice(2);
        for (const value of ['true', '1', 'T'])
          assert.equal(args(`${name}=${value}`), [long], name);
        for (const value of ['false', '0', 'F']) assert.equal(args(`${name}=${value}`), [], name);
        assert.equal(args(name, `${long}=false`), [], name);
        assert.equal(args(`${long}=false`, name), [long], name);
        assert.throws(() => args(`${name}=maybe`), `${name} is true or false, not "maybe"`);
      }
    }
  });

  test('an empty value is a value, whatever stands beside it', () => {
    assert.equal(
      parseCommandLine(['status', '--as', '', '--insecure-skip-tls-verify=false', 'jane']).args,
      ['--as', '', 'jane'],
    );
  });

  test('letters without a value may stand together', () => {
    assert.equal(parseCommandLine(['curl', '-ik']).args, [
      '--include',
      '--kubelet-insecure-skip-tls-verify',
    ]);
  });

  test('what stands behind -- is no option', () => {
    assert.equal(parseCommandLine(['curl', '--', '-k=false', '--help']), {
      command: 'curl',
      args: ['--', '-k=false', '--help'],
      help: false,
      verbosity: 0,
    });
  });
});
