import * as assert from 'uvu/assert';
import { type CommandLine, parseCommandLine } from '../../src/cli/argv.ts';
import { globalOptionList } from '../../src/cli/global-options.ts';
import { catalog } from '../../src/run.ts';
import { suite } from '../kit/suite.ts';
import { thrownBy } from '../kit/thrown-by.ts';
import { runTool } from '../kit/tool.ts';

const parse = (...argv: string[]): Promise<CommandLine> => parseCommandLine(argv, catalog);
const all = await catalog.all();
const options = [...all.flatMap((command) => command.options), ...globalOptionList];
const flags = options.filter(({ kind }) => kind === 'flag');
const namesOf = ({ name, short }: (typeof options)[number]) =>
  short === undefined ? [name] : [name, short];

/** Returns the name of a command that has the option. */
function commandOf(option: (typeof options)[number]): string {
  return all.find((command) => command.options.includes(option))?.name ?? 'logs';
}

const named = ({ given }: CommandLine) => given.map(({ option, value }) => [option.name, value]);

const failure = async (...argv: string[]) => (await thrownBy(parse(...argv))).message;

suite('command lines', (test) => {
  test('an option before the command takes the next word as its value, even if the word looks like a command', async () => {
    for (const option of options.filter(({ kind }) => kind !== 'optional'))
      for (const name of namesOf(option)) {
        const values = ['-v', '--v'].includes(name)
          ? ['1']
          : name === '--color'
            ? ['always']
            : ['1', '-h', '-v6', 'curl', '--', ''];
        for (const value of values) {
          const command = commandOf(option);
          const words = option.kind === 'flag' ? [name] : [name, value];
          const line = await parse(...words, command);
          assert.equal(
            [line.command, line.help, line.args.includes('--')],
            [command, false, false],
            name,
          );
          assert.equal(named(line), [[option.name, option.kind === 'flag' ? undefined : value]]);
        }
      }
  });

  test('an option after the command takes the next word as its value, even if the word looks like an option', async () => {
    for (const option of options.filter(({ kind }) => kind === 'text' || kind === 'list'))
      for (const value of option.name === '--v' || option.name === '--color' ? [] : ['-h', '--']) {
        const line = await parse(commandOf(option), option.name, value);
        assert.equal([line.help, named(line)], [false, [[option.name, value]]], option.name);
      }
  });

  test('an option of another command is unknown', async () => {
    for (const argv of ['version --chart', '--chart version'])
      assert.is(await failure(...argv.split(' ')), 'unknown flag: --chart; it is an option of top');
    assert.is(
      await failure('version', '--node', 'a'),
      'unknown flag: --node; it is an option of status, check, grant and others',
    );
  });

  test('the value of an option may be joined to the option', async () => {
    for (const option of options.filter(({ kind }) => kind === 'text')) {
      const value = option.name === '--color' ? 'never' : '7';
      const short =
        option.short === undefined ? [] : [`${option.short}${value}`, `${option.short}=${value}`];
      for (const word of [`${option.name}=${value}`, ...short])
        assert.equal(named(await parse(commandOf(option), word)), [[option.name, value]], word);
    }
  });

  test('a flag may have a value, and the last value of a repeated flag is used', async () => {
    for (const option of flags)
      for (const name of namesOf(option)) {
        const given = async (...words: string[]) =>
          (await parse(commandOf(option), ...words)).given.length === 1;
        const long = option.name;
        for (const value of ['true', '1', 'T']) assert.ok(await given(`${name}=${value}`), name);
        for (const value of ['false', '0', 'F']) assert.not(await given(`${name}=${value}`), name);
        assert.not(await given(name, `${long}=false`), name);
        assert.ok(await given(`${long}=false`, name), name);
        assert.is(
          await failure(commandOf(option), `${name}=maybe`),
          `invalid ${long} value "maybe": must be "true" or "false"`,
        );
      }
  });

  test('an empty word is the value of an option, and the words after it keep their meanings', async () => {
    const line = ['curl', '--as', '', '--insecure-skip-tls-verify=false', 'jane'];
    const { globals, args } = await parse(...line);
    assert.equal([globals.as, globals.insecureSkipTlsVerify, args], ['', false, ['jane']]);
  });

  test('flags of one letter may be combined in one word', async () => {
    const { given } = await parse('curl', '-ik');
    const names = given.map(({ option }) => option.name);
    assert.equal(names, ['--show-headers', '--kubelet-insecure-skip-tls-verify']);
  });

  test('a word after -- is an argument', async () => {
    const { command, args, help } = await parse('curl', '--', '-k=false');
    assert.equal([command, args, help], ['curl', ['-k=false'], false]);
  });

  test('global options have defaults, and an option with a list may be repeated', async () => {
    const { globals } = await parse('status', '--as-group', 'a', '--as-group=b', '-v6');
    assert.equal(
      [globals.asGroup, globals.verbosity, globals.requestTimeout, globals.color],
      [['a', 'b'], '6', '0', 'auto'],
    );
  });

  test('no two options of a command share a name', () => {
    for (const { name, options } of all) {
      const names = [...options, ...globalOptionList].flatMap(namesOf);
      assert.equal(
        names.filter((each, index) => names.indexOf(each) !== index),
        [],
        name,
      );
    }
  });
});

suite('invalid command lines', (test) => {
  for (const [argv, message] of [
    ['grnat', 'unknown command "grnat"'],
    ['frobnicate', 'unknown command'],
    [
      'audit --expiring-within 30d',
      'unknown flag: --expiring-within; did you mean --expires-within?',
    ],
    ['certificates --expiring 30d', 'unknown flag: --expiring; did you mean --expires-within?'],
    ['metrics --top 10', 'unknown flag: --top; did you mean --count?'],
    ['top pods --top 10', 'unknown flag: --top; did you mean --limit?'],
    ['top volumes --over 80', 'unknown flag: --over; did you mean --sort-by?'],
    ['certificates --expires-in 30d', 'unknown flag: --expires-in; did you mean --expires-within?'],
    ['grant --expires-in 1h', 'unknown flag: --expires-in; did you mean --for?'],
    [
      'logs --role worker',
      'unknown flag: --role; it is an option of node-logs, status, check and others',
    ],
    ['who exec', 'unknown command "who"'],
    ['logs web --since-time x', 'unknown flag: --since-time; did you mean --since?'],
    ['curl /x --max-time 3', 'unknown flag: --max-time; did you mean --timeout?'],
    ['curl /x --include', 'unknown flag: --include; did you mean --show-headers?'],
    [
      'top nodes --cacert x',
      'unknown flag: --cacert; did you mean --kubelet-certificate-authority?',
    ],
    ['metrics --p99', 'unknown flag: --p99; did you mean --quantiles?'],
    [
      'curl /healthz --node-selector a=b',
      'unknown flag: --node-selector; did you mean --selector?',
    ],
    ['grant --dryrun', 'unknown flag: --dryrun; did you mean --dry-run?'],
    ['grant --dryrun=s3cret', 'unknown flag: --dryrun; did you mean --dry-run?'],
    ['--tokn s3cret status', 'unknown flag: --tokn; did you mean --token?'],
    ['status --tokn s3cret', 'unknown flag: --tokn; did you mean --token?'],
    ['status --s3cret', 'unknown flag'],
    ['status -s3cret= -S3CRET', 'unknown flag'],
    ['status --nothing-like-it', 'unknown flag: --nothing-like-it'],
    ['status -q', 'unknown flag: -q'],
    ['curl --node', 'flag needs an argument: --node'],
    ['version s3cret', 'version accepts no arguments, received 1'],
    ['version -v s3cret', 'invalid -v value: must be a number'],
  ] as const)
    test(`${argv}: ${message}`, async () => {
      assert.is(await failure(...argv.split(' ')), message);
    });

  test('suggest the corresponding command for a word of another tool', async () => {
    for (const [word, command] of [
      ['doctor', 'status'],
      ['df', 'top volumes'],
      ['inodes', 'top nodes -o wide'],
      ['cardinality', 'metrics --count'],
      ['permissions', 'who-can'],
      ['fix', 'status'],
      ['volume', 'top volumes'],
      ['undo', 'revoke'],
      ['hpa', 'check'],
      ['snapshot', 'curl configz statusz flagz metrics pods summary --all --output-dir DIR'],
      ['restarts', 'get pods -A --sort-by restarts'],
      ['upgrade', 'audit --rule KA5'],
      ['uninstall', 'help uninstall'],
      ['images', 'top images'],
    ] as const) {
      const { code, stderr } = await runTool([word]);
      assert.is(code, 2);
      assert.match(stderr, `hint: did you mean: kubectl kubeletaccess ${command}\n`);
      assert.is((await runTool([...command.split(' '), '--help'])).code, 0, command);
    }
  });

  test('cause the error "missing command" if they have no command', async () => {
    for (const argv of [[], ['--node', 'a'], ['-v', '6'], ['--force']])
      assert.is((await parse(...argv)).command, '', argv.join(' '));
    assert.match((await runTool(['--node', 'a'])).stderr, /^error: missing command\nhint: /);
  });

  test('print help in place of other errors if they have --help', async () => {
    for (const argv of ['--nope status --help', 'status a b -h --nope', 'help status --nope']) {
      const { command, help } = await parse(...argv.split(' '));
      assert.equal([command, help], ['status', true], argv);
    }
  });
});
