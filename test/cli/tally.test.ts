import * as assert from 'uvu/assert';
import { groupFailures, renderTally } from '../../src/cli/tally.ts';
import type { Failed } from '../../src/commands/shared/fleet/outcome.ts';
import { exitCodeOf, Failure, formatDetail } from '../../src/errors.ts';
import { suite } from '../kit/suite.ts';

const failed = (name: string, cause: Failed['cause'], more: Partial<Failed> = {}): Failed => ({
  ...{ name, node: name, address: undefined, via: 'direct', ms: 1, status: undefined, cause },
  ...{
    timedOut: false,
    failure: new Failure(`${name} broke`, { details: [{ label: 'why', text: 'x' }], hints: ['h'] }),
  },
  ...more,
});

suite('the summary of a fleet', (test) => {
  for (const [all, failures, line, code] of [
    [5000, [], '5000 of 5000 nodes answered', 0],
    [1, [], '1 of 1 node answered', 0],
    [0, [], '0 of 0 nodes answered', 0],
    [
      5000,
      [failed('a', 'handshake-failed', { timedOut: true }), failed('b', 'forbidden')],
      '4998 of 5000 nodes answered, 2 failed (1 timed out, 1 denied)',
      4,
    ],
    [
      3,
      [
        failed('a', 'no-credential-accepted'),
        failed('b', 'connection-refused'),
        failed('c', 'forbidden'),
      ],
      '0 of 3 nodes answered, 3 failed (2 denied, 1 connection-refused)',
      1,
    ],
    [2, [failed('a', 'interrupted')], '1 of 2 nodes answered, 1 interrupted', 4],
    [2, [failed('a', 'unknown')], '1 of 2 nodes answered, 1 failed', 4],
  ] as const)
    test(line, () => {
      assert.is(renderTally({ all, failed: failures }), line);
      assert.is(exitCodeOf({ all, failed: failures.length }), code);
    });

  const told = (...[tally, options]: Parameters<typeof groupFailures>) =>
    groupFailures(tally, options).map(({ message, details, hints }) => [
      ...[message, details.map(formatDetail), hints],
    ]);
  const status = 'kubectl kubeletaccess status';

  test('each failure takes three lines, and lists the names of several nodes', () => {
    const failure = new Failure('broke', {
      details: [
        { label: 'why', text: 'x' },
        { label: 'remedy', text: 'y' },
      ],
      hints: ['openssl', status],
    });
    const many = Array.from({ length: 7 }, (_, index) =>
      failed(`n${index}`, 'connection-refused', { failure }),
    );
    const denial = new Failure('a broke', {
      details: [
        { label: 'why', text: 'x' },
        { label: 'missing', text: 'z' },
        { label: 'remedy', text: 'y' },
      ],
      hints: ['kubectl create', 'h'],
    });
    const [single, few] = [
      failed('a', 'forbidden', { failure: denial }),
      ['b', 'c'].map((name) => failed(name, 'untrusted-ca', { failure })),
    ];
    const tally = { all: 11, failed: [single, ...many, ...few, failed('i', 'interrupted')] };
    assert.equal(told(tally), [
      ['7 nodes failed (connection-refused): n0, n1, n2, n3, n4 and 2 more', ['why: x'], [status]],
      ['2 nodes failed (untrusted-ca): b, c', ['why: x'], [`${status} b c`]],
      ['a broke', ['missing: z'], ['kubectl create']],
    ]);
    assert.equal(told(tally, { whole: true })[2], [
      'a broke',
      ['why: x', 'missing: z', 'remedy: y'],
      ['kubectl create', 'h'],
    ]);
    assert.equal(
      told({ all: 1, failed: [single] }),
      told({ ...tally, failed: [single] }, { whole: true }),
    );
  });

  test('failures on both paths keep why each path failed, before the missing permission', () => {
    const details = [
      { label: 'directly', text: 'x' },
      { label: 'through the API server', text: 'y' },
      { label: 'missing', text: 'z' },
      { label: 'remedy', text: 'r' },
    ] as const;
    const both = failed('a', 'forbidden', { failure: new Failure('a broke', { details }) });
    assert.equal(told({ all: 2, failed: [both] }), [
      ['a broke', ['directly: x', 'through the API server: y', 'missing: z'], []],
    ]);
  });

  test('failures of unknown cause are grouped by message', () => {
    const address = '10.0.0.1:10250';
    const unknown = (name: string, words: string) =>
      failed(name, 'unknown', {
        address,
        failure: new Failure(`the kubelet of ${name} at ${address} ${words}`),
      });
    const groups = groupFailures({
      all: 3,
      failed: [unknown('a', 'fell'), unknown('b', 'broke'), unknown('c', 'fell')],
    });
    assert.equal(
      groups.map(({ message, details }) => [message, details.map(formatDetail)]),
      [
        ['2 nodes failed: a, c', [`a: the kubelet of a at ${address} fell`]],
        [`the kubelet of b at ${address} broke`, []],
      ],
    );
  });

  test('an address of 50 MB is not used in a regular expression', () => {
    const address = 'x'.repeat(50_000_000);
    const failure = new Failure(`at ${address}`);
    const unknown = ['a', 'b'].map((name) => failed(name, 'unknown', { address, failure }));
    const groups = groupFailures({ all: 2, failed: unknown });
    assert.equal(
      groups.map(({ message }) => message),
      ['2 nodes failed: a, b'],
    );
  });

  test('a direct failure and a failure through the API server are not grouped', () => {
    const groups = groupFailures({
      all: 2,
      failed: [failed('a', 'forbidden'), failed('b', 'forbidden', { via: 'apiserver' })],
    });
    assert.equal(
      groups.map(({ message }) => message),
      ['a broke', 'b broke'],
    );
  });
});
