import * as assert from 'uvu/assert';
import {
  type NodeLogOptions,
  parseLogRequest,
} from '../../../src/commands/node-logs/log-request.ts';
import { UsageFailure } from '../../../src/errors.ts';
import { suite } from '../../kit/suite.ts';

const none: NodeLogOptions = {
  unit: [],
  file: undefined,
  since: undefined,
  until: undefined,
  tail: undefined,
  pattern: undefined,
  boot: undefined,
  follow: false,
};

const now = Date.parse('2026-01-02T15:04:05.678Z');
const parse = (options: Partial<NodeLogOptions>) => parseLogRequest({ ...none, ...options }, now);
const refused = (options: Partial<NodeLogOptions>) => {
  try {
    parse(options);
  } catch (error) {
    if (error instanceof UsageFailure) return error.message;
    throw error;
  }
  throw new Error(`not refused: ${JSON.stringify(options)}`);
};

suite('node-logs', (test) => {
  test('requests the journal of services', () => {
    for (const [options, expected] of [
      [{ unit: ['kubelet'] }, '/logs/?query=kubelet'],
      [{ unit: ['a', 'b@1.service'] }, '/logs/?query=a&query=b%401.service'],
      [{ unit: ['a'], since: '5m' }, '/logs/?query=a&sinceTime=2026-01-02T14%3A59%3A05Z'],
      [{ unit: ['a'], since: '-1h' }, '/logs/?query=a&sinceTime=2026-01-02T14%3A04%3A05Z'],
      [
        { unit: ['a'], since: '2026-01-02T10:00:00.5+02:00', until: '1s' },
        '/logs/?query=a&sinceTime=2026-01-02T08%3A00%3A00Z&untilTime=2026-01-02T15%3A04%3A05Z',
      ],
      [
        { unit: ['a'], tail: '7', pattern: 'x&y=z', boot: '-1' },
        '/logs/?query=a&tailLines=7&pattern=x%26y%3Dz&boot=-1',
      ],
      [{ unit: ['a'], tail: '-1' }, '/logs/?query=a'],
    ] as const)
      assert.equal([parse(options).kind, parse(options).path], ['query', expected]);
  });

  test('requests a file or a folder under /var/log, in any spelling of the path', () => {
    for (const [file, expected] of [
      ['syslog', '/logs/syslog'],
      ['/syslog', '/logs/syslog'],
      ['/var/log/pods/a b.log', '/logs/pods/a%20b.log'],
      ['/var/logs', '/logs/var/logs'],
      ['a?b#c%d', '/logs/a%3Fb%23c%25d'],
    ] as const)
      assert.equal([parse({ file }).kind, parse({ file }).path], ['file', expected]);
    for (const [file, expected] of [
      [undefined, '/logs/'],
      ['', '/logs/'],
      ['/var/log', '/logs/'],
      ['pods/', '/logs/pods/'],
      ['/var/log/pods/', '/logs/pods/'],
    ] as const)
      assert.equal([parse({ file }).kind, parse({ file }).path], ['folder', expected]);
  });

  test('keeps the number of last lines of a file out of the path', () => {
    const { kind, path, tail, follow } = parse({ file: 'syslog', tail: '10' });
    assert.equal([kind, path, tail, follow], ['file', '/logs/syslog', 10, false]);
  });

  test('begins with the last ten lines with --follow, unless options set another start', () => {
    assert.is(parse({ file: 'syslog', follow: true }).tail, 10);
    assert.is(parse({ file: 'syslog', follow: true, tail: '-1' }).tail, undefined);
    assert.is(parse({ unit: ['a'], follow: true }).path, '/logs/?query=a&tailLines=10');
    assert.is(parse({ unit: ['a'], follow: true, boot: '0' }).path, '/logs/?query=a&boot=0');
    assert.not.match(parse({ unit: ['a'], follow: true, since: '5m' }).path, 'tailLines');
  });

  test('rejects options that do not apply', () => {
    for (const [options, expected] of [
      [{ since: '5m' }, '--since requires --unit UNIT'],
      [{ follow: true }, '--follow requires --unit UNIT or --path FILE'],
      [{ file: 'pods/', tail: '1' }, '--tail requires --unit UNIT or --path FILE'],
      [{ file: 'x', since: '5m' }, '--since requires --unit UNIT'],
      [{ pattern: 'y' }, '--grep requires --unit UNIT or --path FILE'],
      [
        { unit: ['a'], follow: true, boot: '-1' },
        '--follow cannot be used with --boot of an earlier boot',
      ],
      [{ file: '../x' }, 'invalid --path value "../x": must be a file under /var/log'],
    ] as const)
      assert.is(refused(options), expected);
  });

  test('rejects values that a kubelet would reject', () => {
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
      [{ unit, pattern: '' }, /^invalid --grep value ""/],
      [{ unit: ['a/b.log'] }, /^invalid --unit value "a\/b.log": must be the name of a service/],
      [{ unit: ['a b'] }, /^invalid --unit value/],
      [{ unit: [...'abcde'] }, /^--unit can be given at most 4 times/],
    ] as const)
      assert.match(refused(options), expected);
  });
});
