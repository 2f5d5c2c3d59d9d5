import * as assert from 'uvu/assert';
import { commandExitCode, readFrame } from '../../../src/kube/streams/frames.ts';
import { suite } from '../../kit/suite.ts';

const both = () => true;
const message = (channel: number, text: string) =>
  Buffer.concat([Buffer.of(channel), Buffer.from(text)]);

suite('a message of a stream', (test) => {
  test('is output of a requested channel', () => {
    assert.equal(readFrame(message(1, 'a'), true, both), { channel: 1, bytes: Buffer.from('a') });
    assert.equal(readFrame(message(2, ''), true, both), { channel: 2, bytes: Buffer.alloc(0) });
  });

  const nested = `${'{"details":'.repeat(100)}1${'}'.repeat(100)}`;
  const table = [
    [Buffer.alloc(0), true, 'a message without a channel'],
    [message(1, 'a'), false, 'a text message, where all are binary'],
    [message(0, 'a'), true, 'a message for channel 0, which was not asked for'],
    [message(255, '\u0001'), true, 'a message for channel 255, which was not asked for'],
    [message(3, 'gone'), true, 'a status that is not JSON'],
    [message(3, ''), true, 'a status that is not JSON'],
    [message(3, '[]'), true, 'a status that is none: it: expected object, got array'],
    [message(3, '{}'), true, 'a status that is none: status is missing'],
    [
      message(3, '{"status":"Maybe"}'),
      true,
      'a status that is none: status: expected "Success", got string',
    ],
    [message(3, nested), true, 'a status that is none: it: nested too deeply'],
  ] as const;
  for (const [data, isBinary, violation] of table)
    test(`is rejected: ${violation}`, () =>
      assert.equal(readFrame(data, isBinary, both), { violation }));

  test('is a status even if it has a long message of a container runtime', () => {
    const words = 'a'.repeat(1_000_000);
    const status = { status: 'Failure' as const, message: words };
    const frame = readFrame(message(3, JSON.stringify(status)), true, both);
    assert.ok('status' in frame && frame.status.message === words);
  });

  test('is rejected if it is standard error of a command on a terminal', () =>
    assert.equal(
      readFrame(message(2, 'a'), true, (channel) => channel === 1),
      { violation: 'a message for channel 2, which was not asked for' },
    ));
});

suite('the status of a command', (test) => {
  const exited = (message: string) => ({
    status: 'Failure' as const,
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message }] },
  });
  const table = [
    [{ status: 'Success' as const }, 0],
    [exited('42'), 42],
    [exited('137'), 137],
    // Windows has exit codes of 32 bits.
    [exited('3221225786'), 255],
    [exited('0'), undefined],
    [exited('-1'), undefined],
    [exited('1; rm'), undefined],
    [{ status: 'Failure' as const, reason: 'NonZeroExitCode' }, undefined],
    [{ status: 'Failure' as const, reason: 'InternalError' }, undefined],
  ] as const;
  for (const [status, code] of table)
    test(`${JSON.stringify(status)} means exit code ${code}`, () =>
      assert.is(commandExitCode(status), code));
});
