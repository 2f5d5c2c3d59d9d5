import * as assert from 'uvu/assert';
import { paintOf } from '../../src/cli/color.ts';
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

function failure(parse: () => unknown): string {
  try {
    parse();
  } catch (error) {
    if (error instanceof UsageFailure) return error.message;
    throw error;
  }
  return 'none';
}

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
  });

  for (const [parse, message] of [
    [() => parseOneOf('--x', 'c', ['a']), 'invalid --x value "c": must be "a"'],
    [() => parseOneOf('--x', 'c', ['a', 'b']), 'invalid --x value "c": must be "a" or "b"'],
    [() => parseOneOf('--x', '', ['a', 'b']), 'invalid --x value "": must be "a" or "b"'],
    [
      () => parseDurationOption('--x', 'soon'),
      'invalid --x value "soon": must be a duration such as 30s, 1h30m or 14d',
    ],
    [
      () => parseDurationOption('--x', '-1s'),
      'invalid --x value "-1s": must be a duration such as 30s, 1h30m or 14d',
    ],
    ...['1d5', '1d-2h', '1d1d', 'd'].map(
      (text) =>
        [
          () => parseDurationOption('--x', text),
          `invalid --x value "${text}": must be a duration such as 30s, 1h30m or 14d`,
        ] as const,
    ),
    [() => parsePositiveDuration('--x', '0'), '--x must be greater than 0'],
    [
      () => parseCount('--x', '0', { least: 1, most: 9 }),
      'invalid --x value "0": must be a whole number of at least 1',
    ],
    [
      () => parseCount('--x', ' ', { least: 0, most: 9 }),
      'invalid --x value " ": must be a whole number of at least 0',
    ],
    [
      () => parseCount('--x', '1.5', { least: 1, most: 9 }),
      'invalid --x value "1.5": must be a whole number of at least 1',
    ],
    [
      () => parseSubjectOption('jane'),
      'invalid --subject value "jane": must be user:NAME, group:NAME or serviceaccount:NAMESPACE:NAME',
    ],
    [
      () => parseSubjectOption('user:'),
      'invalid --subject value "user:": must be user:NAME, group:NAME or serviceaccount:NAMESPACE:NAME',
    ],
  ] as const)
    test(`are rejected: ${message}`, () => {
      assert.is(failure(parse), message);
    });

  test('of a profile are listed', () => {
    const message = failure(() => parseProfileName('all'));
    assert.match(
      message,
      /^invalid --profile value "all": must be "apiserver", .* or "checkpoint"$/,
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
    test(`are shown as kubectl does: ${shown}`, () => {
      const option = { ...globalOptions.server, initial };
      assert.is(formatOption(option), `-s, --server=${shown}`);
    });
});

suite('color', (test) => {
  for (const [color, colorDepth, expected] of [
    ['auto', 1, false],
    ['auto', 8, true],
    ['always', 1, true],
    ['never', 24, false],
  ] as const)
    test(`is ${expected ? 'on' : 'off'} for ${color} with ${colorDepth} bits`, () => {
      const painted = paintOf({ globals: { color }, context: { colorDepth } })('bad', 'x');
      assert.is(painted, expected ? '\x1b[31mx\x1b[0m' : 'x');
    });
});
