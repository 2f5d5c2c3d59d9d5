import * as assert from 'uvu/assert';
import { parseStatusOptions } from '../../../src/commands/status/options.ts';
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
});
