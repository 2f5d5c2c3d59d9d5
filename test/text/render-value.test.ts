import * as assert from 'uvu/assert';
import type { Unit, Value } from '../../src/text/column.ts';
import { renderValue } from '../../src/text/render-value.ts';
import { fc } from '../kit/fast-check.ts';
import { runs } from '../kit/random.ts';
import { suite } from '../kit/suite.ts';

const shown: readonly [unit: Unit, value: Value, text: string][] = [
  ['text', 'node-1', 'node-1'],
  ['text', true, 'true'],
  ['text', 5, '5'],
  ['text', undefined, '-'],
  ['count', 0, '0'],
  ['count', 1_234_567, '1234567'],
  ['count', 1e21, '1000000000000000000000'],
  ['count', 18_446_744_073_709_551_614n, '18446744073709551614'],
  ['count', 2.345, '2.35'],
  ['count', Number.NaN, '-'],
  ['bytes', 0, '0'],
  ['bytes', 512, '512'],
  ['bytes', 1023, '1023'],
  ['bytes', 1024, '1.0Ki'],
  ['bytes', 1_048_575, '1.0Mi'],
  ['bytes', 1_288_490_189, '1.2Gi'],
  ['bytes', 512 * 1024 ** 2, '512Mi'],
  ['bytes', 10 * 1024 ** 3, '10Gi'],
  ['bytes', 18_446_744_073_709_551_614n, '16Ei'],
  ['bytes', -512 * 1024 ** 2, '-512Mi'],
  ['bytes', Number.POSITIVE_INFINITY, '-'],
  ['sample', Number.POSITIVE_INFINITY, '+Inf'],
  ['sample', Number.NEGATIVE_INFINITY, '-Inf'],
  ['sample', Number.NaN, 'NaN'],
  ['bytesPerSecond', 1_258_291, '1.2Mi/s'],
  ['bytesPerSecond', 0, '0/s'],
  ['bytesPerSecond', undefined, '-'],
  ['cores', 0, '0m'],
  ['cores', 0.000_001, '1m'],
  ['cores', 0.07, '70m'],
  ['cores', 0.25, '250m'],
  ['cores', 0.9999, '1'],
  ['cores', 1.5, '1.5'],
  ['cores', 1.254, '1.25'],
  ['cores', 12.34, '12.3'],
  ['cores', 128.4, '128'],
  ['percent', 0, '0%'],
  ['percent', 0.01, '<0.1%'],
  ['percent', 0.3, '0.3%'],
  ['percent', 12.4, '12%'],
  ['percent', 100, '100%'],
  ['seconds', 0.25, '0.25s'],
  ['seconds', 90, '90s'],
  ['seconds', 330, '5m30s'],
  ['seconds', 300, '5m'],
  ['seconds', 3600, '60m'],
  ['seconds', 4 * 3600, '4h'],
  ['seconds', 183_600, '2d3h'],
  ['seconds', 86_400 * 400, '400d'],
];

/** Returns the number that a printed value stands for, to compare sizes. */
function sizeOf(text: string): number {
  const scales: Readonly<Record<string, number>> = {
    m: 1e-3,
    ...Object.fromEntries(['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'].map((u, i) => [u, 1024 ** (i + 1)])),
  };
  const [, number = '', unit = ''] = /^(-?[\d.]+)(.*?)(?:\/s)?$/.exec(text) ?? [];
  return Number(number) * (scales[unit] ?? 1);
}

suite('a value of a table', (test) => {
  test('is in a unit that is easy to read', () => {
    for (const [unit, value, text] of shown)
      assert.is(renderValue(value, unit), text, `${unit} ${value}`);
  });

  test('is never shown as NaN, undefined or Infinity', () =>
    fc.assert(
      fc.property(
        fc.constantFrom<Unit>(
          'text',
          'count',
          'bytes',
          'cores',
          'percent',
          'bytesPerSecond',
          'seconds',
        ),
        fc.oneof(fc.double(), fc.bigInt(), fc.boolean(), fc.constant(undefined)),
        (unit, value) => assert.not.match(renderValue(value, unit), /NaN|undefined|Infinity/),
      ),
    ));

  test('looks at least as large as every smaller value', () =>
    fc.assert(
      fc.property(
        fc.constantFrom<Unit>('bytes', 'cores', 'bytesPerSecond'),
        fc.double({ min: 0, max: 2 ** 64, noNaN: true }),
        fc.double({ min: 1, max: 1.2, noNaN: true }),
        (unit, value, factor) => {
          const larger = sizeOf(renderValue(value * factor, unit));
          assert.ok(sizeOf(renderValue(value, unit)) <= larger, `${unit} ${value} ${factor}`);
        },
      ),
      runs(5000),
    ));
});
