import * as assert from 'uvu/assert';
import { parseStatusOptions } from '../../../src/commands/status/options.ts';
import { UsageFailure } from '../../../src/errors.ts';
import { suite } from '../../kit/suite.ts';

type Options = Parameters<typeof parseStatusOptions>[0];

const defaults: Options = {
  names: [],
  node: [],
  selector: '',
  role: '',
  timeout: '10s',
  parallel: '128',
  warn: '30d',
  address: '',
  subject: '',
  profile: 'apiserver',
  showAll: false,
  streams: false,
  watch: false,
  untilOk: false,
};

const parse = (options: Partial<Options>) =>
  parseStatusOptions(
    { ...defaults, ...options },
    { types: ['InternalIP'], port: undefined },
    'table',
  );

suite('the options of status', (test) => {
  test('become a request', () => {
    const { profile, ...request } = parse({});
    assert.is(profile.name, 'apiserver');
    assert.equal(request, {
      choice: { names: [], selector: '', role: '' },
      timeoutMs: 10_000,
      parallel: 128,
      warnDays: 30,
      types: ['InternalIP'],
      port: undefined,
      target: undefined,
      subject: undefined,
      format: 'table',
      showAll: false,
      streams: false,
      watch: undefined,
    });
    assert.equal(parse({ watch: true }).watch, { intervalMs: 5000, untilOk: false });
    assert.equal(parse({ watch: '1m', untilOk: true }).watch, {
      intervalMs: 60_000,
      untilOk: true,
    });
    assert.equal(parse({ address: '10.0.0.5' }).target, { host: '10.0.0.5', port: 10_250 });
    assert.is(parse({ profile: 'stats', subject: 'user:jane' }).subject?.name, 'jane');
  });

  const invalid: readonly [options: Partial<Options>, message: string][] = [
    [{ timeout: '0' }, '--timeout must be greater than 0'],
    [
      { timeout: 'soon' },
      'invalid --timeout value "soon": must be a duration such as 30s, 1h30m or 14d',
    ],
    [{ parallel: '0' }, 'invalid --parallel value "0": must be a whole number of at least 1'],
    [{ warn: '1.5' }, 'invalid --warn value "1.5": must be a time such as 30d or 12h'],
    [{ untilOk: true }, '--until-ok requires --watch'],
    [{ watch: 'false', untilOk: true }, '--until-ok requires --watch'],
    [{ watch: '0s' }, '--watch must be greater than 0'],
    [{ watch: true, names: ['2s'] }, '--watch takes a time after =, not a space'],
    [
      { watch: 'soon' },
      'invalid --watch value "soon": must be a duration such as 30s, 1h30m or 14d',
    ],
    [{ profile: 'stats' }, '--profile stats requires --subject'],
    [{ address: 'a b' }, 'invalid --address value: must be HOST or HOST:PORT'],
    ...[
      { node: ['node-1'] },
      { selector: 'a=b' },
      { subject: 'user:jane' },
      { profile: 'stats', subject: 'user:jane' },
    ].map((options): [Partial<Options>, string] => [
      { ...options, address: '10.0.0.5' },
      '--address cannot be used with nodes, --selector, --role, --subject or --profile',
    ]),
  ];
  for (const [options, message] of invalid)
    test(`reject ${JSON.stringify(options)}`, () => {
      try {
        parse(options);
        assert.unreachable();
      } catch (error) {
        assert.instance(error, UsageFailure);
        assert.is((error as Error).message, message);
      }
    });
});
