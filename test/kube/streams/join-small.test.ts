import * as assert from 'uvu/assert';
import { joinSmall } from '../../../src/kube/streams/join-small.ts';
import { fc } from '../../kit/fast-check.ts';
import { runs } from '../../kit/random.ts';
import { suite } from '../../kit/suite.ts';

type Part = readonly [channel: number, text: string];

const recorder = () => {
  const passed: Part[] = [];
  const joined = joinSmall<number>((channel, bytes) => passed.push([channel, bytes.toString()]));
  return { passed, joined };
};

/** Joins texts that follow each other in the same channel. */
function inRows(parts: readonly Part[]): readonly Part[] {
  const rows: [number, string][] = [];
  for (const [channel, text] of parts) {
    const last = rows.at(-1);
    if (last?.[0] === channel) last[1] += text;
    else rows.push([channel, text]);
  }
  return rows;
}

suite('small messages', (test) => {
  test('are passed on in their order, whatever their sizes', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.tuple(
            fc.constantFrom(1, 2),
            fc.integer({ min: 1, max: 3000 }).map((size) => `${size}`.repeat(size).slice(0, size)),
            fc.boolean(),
          ),
        ),
        async (messages) => {
          const { passed, joined } = recorder();
          for (const [channel, text, waits] of messages) {
            joined.pass(channel, Buffer.from(text));
            if (waits) await Promise.resolve();
          }
          joined.flush();
          const sent = messages.map(([channel, text]) => [channel, text] as const);
          assert.equal(inRows(passed), inRows(sent));
        },
      ),
      runs(300),
    ));

  test('are joined if they arrive together', async () => {
    const { passed, joined } = recorder();
    for (let count = 0; count < 10_000; count += 1) joined.pass(1, Buffer.from('x'));
    assert.equal(passed, []);
    await Promise.resolve();
    assert.equal(passed, [[1, 'x'.repeat(10_000)]]);
  });

  test('do not wait for later messages', async () => {
    const { passed, joined } = recorder();
    joined.pass(1, Buffer.from('x'));
    await Promise.resolve();
    assert.equal(passed, [[1, 'x']]);
  });
});
