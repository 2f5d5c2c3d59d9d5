import * as assert from 'uvu/assert';
import type { LogOptions } from '../../../../src/commands/curl/logs/log-kinds.ts';
import { parseLogOptions } from '../../../../src/commands/curl/logs/log-options.ts';
import { UsageFailure } from '../../../../src/errors.ts';
import { suite } from '../../../kit/suite.ts';

const none: LogOptions = {
  unit: [],
  since: undefined,
  until: undefined,
  tail: undefined,
  pattern: undefined,
  boot: undefined,
  follow: false,
  previous: false,
  timestamps: false,
};

const now = Date.parse('2026-01-02T15:04:05.678Z');
const parse = (path: string, options: Partial<LogOptions>, method = 'GET') =>
  parseLogOptions(path, method, { ...none, ...options }, now);
const refused = (path: string, options: Partial<LogOptions>, method = 'GET') => {
  try {
    parse(path, options, method);
  } catch (error) {
    if (error instanceof UsageFailure) return error.message;
    throw error;
  }
  throw new Error(`not refused: ${path} ${JSON.stringify(options)}`);
};

suite('curl: log options', (test) => {
  test('without any, a path is left alone', () => {
    assert.is(parse('/logs/?query=x', {}), undefined);
    assert.is(parse('/healthz', {}), undefined);
  });

  test('become the query of a kubelet', () => {
    for (const [path, options, expected] of [
      ['/logs', { unit: ['kubelet'] }, '/logs/?query=kubelet'],
      ['/logs/', { unit: ['a', 'b@1.service'] }, '/logs/?query=a&query=b%401.service'],
      ['/logs/', { unit: ['a'], since: '5m' }, '/logs/?query=a&sinceTime=2026-01-02T14%3A59%3A05Z'],
      [
        '/logs/',
        { unit: ['a'], since: '-1h' },
        '/logs/?query=a&sinceTime=2026-01-02T14%3A04%3A05Z',
      ],
      [
        '/logs/',
        { unit: ['a'], since: '2026-01-02T10:00:00.5+02:00', until: '1s' },
        '/logs/?query=a&sinceTime=2026-01-02T08%3A00%3A00Z&untilTime=2026-01-02T15%3A04%3A05Z',
      ],
      [
        '/logs/',
        { unit: ['a'], tail: '7', pattern: 'x&y=z', boot: '-1' },
        '/logs/?query=a&tailLines=7&pattern=x%26y%3Dz&boot=-1',
      ],
      ['/logs/', { unit: ['a'], tail: '-1' }, '/logs/?query=a'],
      ['/logs/?query=k%6Cx&boot=0', { tail: '3' }, '/logs/?query=k%6Cx&boot=0&tailLines=3'],
      ['/logs/a%20b.log?x', { follow: true }, '/logs/a%20b.log?x'],
      [
        '/containerLogs/ns/pod/c',
        { follow: true, previous: true, timestamps: true, tail: '5', since: '1500ms' },
        '/containerLogs/ns/pod/c?follow=true&previous=true&timestamps=true&tailLines=5&sinceSeconds=2',
      ],
      [
        '/containerLogs/{namespace}/{pod}/{container}?limitBytes=5',
        { since: '2026-01-02T10:00:00+02:00' },
        '/containerLogs/{namespace}/{pod}/{container}?limitBytes=5&sinceTime=2026-01-02T08%3A00%3A00Z',
      ],
    ] as const)
      assert.is(parse(path, options)?.path, expected);
  });

  test('the last lines of a file are no query', () => {
    const { kind, path, tail, follow } = parse('/logs/syslog', { tail: '10' }) ?? {};
    assert.equal([kind, path, tail, follow], ['file', '/logs/syslog', 10, false]);
  });

  test('an option for another kind of log is refused by what it is for', () => {
    for (const [path, options, expected] of [
      [
        '/healthz',
        { follow: true },
        '--follow is for queries of the node log (logs --unit NAME), files (/logs/FILE) and logs of containers (/containerLogs/NAMESPACE/POD/CONTAINER), not for /healthz',
      ],
      [
        '/logs/x',
        { since: '5m' },
        '--since is for queries of the node log (logs --unit NAME) and logs of containers (/containerLogs/NAMESPACE/POD/CONTAINER), not for files (/logs/FILE)',
      ],
      [
        '/containerLogs/a/b/c',
        { unit: ['x'] },
        '--unit is for queries of the node log (logs --unit NAME), not for logs of containers (/containerLogs/NAMESPACE/POD/CONTAINER)',
      ],
      ['/logs/pods/', { follow: true }, /^--follow is for .*, not for \/logs\/pods\/$/],
      ['/logs/', { previous: true }, /^--previous is for logs of containers/],
    ] as const) {
      const message = refused(path, options);
      if (typeof expected === 'string') assert.is(message, expected);
      else assert.match(message, expected);
    }
    assert.is(
      refused('/logs/', { follow: true }, 'POST'),
      '--follow is for GET requests: it cannot be used with POST',
    );
  });

  test('what contradicts the query of the user, or needs one', () => {
    for (const [path, options, expected] of [
      ['/logs/?query=a', { unit: ['b'] }, '--unit cannot be used with "query=" in PATH'],
      [
        '/logs/?query=a&tailLines=1',
        { tail: '2' },
        '--tail cannot be used with "tailLines=" in PATH',
      ],
      ['/containerLogs/a/b/c?tail=1', { tail: '2' }, '--tail cannot be used with "tail=" in PATH'],
      [
        '/containerLogs/a/b/c?sinceSeconds=1',
        { since: '5m' },
        '--since cannot be used with "sinceSeconds=" in PATH',
      ],
      ['/logs/', { since: '5m' }, '--since needs --unit NAME, or a file: /logs/FILE'],
      [
        '/logs/',
        { unit: ['a'], follow: true, until: '5m' },
        '--follow cannot be used with --until',
      ],
      [
        '/logs/?query=a&boot=-1',
        { follow: true },
        '--follow cannot be used with --boot of an earlier boot',
      ],
      ['/logs/?query=/x.log', { follow: true }, '--follow of a file needs its path'],
    ] as const)
      assert.is(refused(path, options), expected);
  });

  test('values that a kubelet would refuse', () => {
    const unit = ['a'];
    for (const [options, expected] of [
      [
        { unit, since: 'yesterday' },
        /^invalid --since value "yesterday": must be a duration such as/,
      ],
      [{ unit, since: '0' }, /^invalid --since value "0"/],
      [{ unit, since: '2026-13-02T10:00:00Z' }, /^invalid --since value/],
      [{ unit, since: '2026-01-02 10:00:00' }, /^invalid --since value/],
      [{ unit, until: 'x' }, /^invalid --until value "x"/],
      [
        { unit, since: '5m', until: '10m' },
        /^invalid --until value "10m": must be after --since "5m"/,
      ],
      [{ unit, tail: '100001' }, /^invalid --tail value "100001": must be .*at most 100000/],
      [{ unit, tail: '-2' }, /^invalid --tail value "-2"/],
      [{ unit, boot: '1' }, /^invalid --boot value "1": must be 0/],
      [{ unit, pattern: '' }, /^invalid --pattern value ""/],
      [{ unit: ['a/b.log'] }, /^invalid --unit value "a\/b.log": must be the name of a service/],
      [{ unit: ['a b'] }, /^invalid --unit value/],
      [{ unit: [...'abcde'] }, /^--unit can be given at most 4 times/],
    ] as const)
      assert.match(refused('/logs/', options), expected);
  });
});
