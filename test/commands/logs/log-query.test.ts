import * as assert from 'uvu/assert';
import { logQuery } from '../../../src/commands/logs/command.ts';
import { suite } from '../../kit/suite.ts';

const none = {
  ...{ follow: false, previous: false, timestamps: false },
  ...{ since: undefined, tail: undefined },
};

suite('the query for the log of a container', (test) => {
  for (const [options, expected] of [
    [{}, ''],
    [{ tail: '-1' }, ''],
    [
      { previous: true, timestamps: true, tail: '5', since: '1500ms' },
      'previous=true&timestamps=true&tailLines=5&sinceSeconds=2',
    ],
    [{ follow: true }, 'follow=true'],
    [{ since: '2026-01-02T10:00:00+02:00' }, 'sinceTime=2026-01-02T08%3A00%3A00Z'],
  ] as const)
    test(`is ${expected || 'empty'} for ${JSON.stringify(options)}`, () =>
      assert.is(logQuery({ ...none, ...options }), expected));
});
