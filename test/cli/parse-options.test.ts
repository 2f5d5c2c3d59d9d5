import * as assert from 'uvu/assert';
import { globalOptions } from '../../src/cli/global-options.ts';
import { formatOption } from '../../src/cli/option.ts';
import {
  parseCount,
  parseDurationOption,
  parseOneOf,
  parsePositiveDuration,
  parseProfileName,
  parseSubjectOption,
} from '../../src/cli/parse-options.ts';
import { UsageFailure } from '../../src/errors.ts';
import { suite } from '../kit/suite.ts';

suite('values of options', (test) => {
  test('are returned when they are valid', () => {
    assert.is(parseOneOf('--x', 'b', ['a', 'b']), 'b');
    assert.is(parseDurationOption('--x', '1m30s'), 90_000);
    assert.is(parseDurationOption('--x', '0'), 0);
    assert.is(parseDurationOption('--x', '14d'), 14 * 86_400_000);
    assert.is(parseDurationOption('--x', '1d12h'), 36 * 3_600_000);
    assert.is(parsePositiveDuration('--x', '10ms'), 10);
    assert.is(parseCount('--x', '0', { least: 0, most: 9 }), 0);
    assert.is(parseCount('--x', '9', { least: 0, most: 9 }), 9);
    assert.is(parseProfileName('stats'), 'stats');
    assert.is(parseSubjectOption('user:jane').name, 'jane');
    for (const text of ['ops/bot', 'serviceaccount:ops/bot', 'system:serviceaccount:ops:bot'])
      assert.equal(parseSubjectOption(text), parseSubjectOption('serviceaccount:ops:bot'));
    assert.is(parseSubjectOption('user:ops/bot').kind, 'User');
  });

  test('are listed in the error for an invalid --profile', () => {
    const message = /^invalid --profile value "all": must be "apiserver", .* or "readonly"$/;
    assert.throws(
      () => parseProfileName('all'),
      (error: unknown) => error instanceof UsageFailure && message.test(error.message),
    );
  });
});

suite('defaults of options', (test) => {
  for (const [initial, shown] of [
    ['', "''"],
    [undefined, "''"],
    ['apiserver', "'apiserver'"],
    ['10s', '10s'],
    ['0', '0'],
    [false, 'false'],
    [[], '[]'],
  ] as const)
    test(`are shown as in kubectl: ${shown}`, () => {
      const option = { ...globalOptions.server, initial };
      assert.is(formatOption(option), `-s, --server=${shown}`);
    });
});
