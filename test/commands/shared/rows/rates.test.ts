import * as assert from 'uvu/assert';
import { ratesOf } from '../../../../src/commands/shared/rows/render-changes.ts';
import { suite } from '../../../kit/suite.ts';

suite('a rate', (test) => {
  const columns = [{ key: 'bytes', measuredAt: 'at' }] as unknown as Parameters<typeof ratesOf>[0];
  const at = (second: number, bytes: number | bigint) => ({
    ...{ at: `2026-01-01T00:00:0${second}Z`, bytes },
  });

  test('is the increase per second', () => {
    assert.equal(ratesOf(columns, at(1, 10), at(3, 30)), { bytesPerSecond: 10 });
    assert.equal(ratesOf(columns, at(1, 10), at(3, 10n)), { bytesPerSecond: 0 });
  });

  test('is missing after a counter reset, or if the time is earlier than before', () => {
    assert.equal(ratesOf(columns, at(1, 10), at(3, 9)), {});
    assert.equal(ratesOf(columns, at(3, 10), at(1, 30)), {});
    assert.equal(ratesOf(columns, undefined, at(1, 30)), {});
  });
});
