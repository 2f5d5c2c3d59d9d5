import { setTimeout as sleep } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { printList } from '../../../../src/commands/curl/print-outcomes.ts';
import { createBodyMemory } from '../../../../src/commands/shared/fleet/body-memory.ts';
import { fc } from '../../../kit/fast-check.ts';
import { runs } from '../../../kit/random.ts';
import { suite } from '../../../kit/suite.ts';

const never = new AbortController().signal;
const isPending = async (wait: Promise<void> = Promise.resolve()) => {
  let isOver = false;
  const end = wait.then(() => {
    isOver = true;
  });
  await Promise.race([end, sleep(5)]);
  return !isOver;
};

suite('the shared memory for bodies of nodes', (test) => {
  test('lets one node exceed the limit while other nodes wait', async () => {
    const memory = createBodyMemory(never, 100);
    const [first, second, third] = [memory.open(0), memory.open(1), memory.open(2)];
    assert.is(first.take(60), undefined);
    assert.is(second.take(30), undefined);
    assert.is(first.take(60), undefined);
    const waits = second.take(30);
    const alsoWaits = third.take(5);
    assert.equal([await isPending(waits), await isPending(alsoWaits)], [true, true]);
    assert.is(first.take(1000), undefined);
    first.free();
    await waits;
    await alsoWaits;
    assert.is(second.take(1000), undefined);
  });

  test('allows no node to begin while other nodes wait', async () => {
    const memory = createBodyMemory(never, 100);
    const [first, second] = [memory.open(0), memory.open(1)];
    await memory.ready();
    first.hold(99);
    await memory.ready();
    first.hold(99);
    const waits = second.take(1);
    const ready = memory.ready();
    assert.ok(await isPending(ready));
    first.free();
    await waits;
    await ready;
  });

  test('lets all nodes continue after an abort', async () => {
    const abort = new AbortController();
    const memory = createBodyMemory(abort.signal, 10);
    memory.open(0).hold(20);
    const waits = memory.open(1).take(20);
    const ready = memory.ready();
    abort.abort();
    await waits;
    await ready;
  });

  for (const inOrder of [false, true])
    test(`is exceeded by at most one body at a time (${inOrder ? 'in' : 'without'} order)`, () =>
      fc.assert(
        fc.asyncProperty(
          fc.array(fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 6 }), { maxLength: 12 }),
          fc.infiniteStream(fc.integer({ min: 0, max: 3 })),
          async (bodies, delays) => {
            const memory = createBodyMemory(never, 100);
            let printed = 0;
            let held = 0;
            const sink = { stdout: { write: (_: unknown, done: () => void) => done() } };
            const output = { ...sink, signal: never, mask: (text: string) => text };
            const list = inOrder ? printList(output, memory) : undefined;
            const longest = Math.max(0, ...bodies.map((body) => body.reduce((a, b) => a + b, 0)));
            await Promise.all(
              bodies.map(async (body, index) => {
                const share = memory.open(index);
                let mine = 0;
                for (const bytes of body) {
                  await sleep(delays.next().value ?? 0);
                  await share.take(bytes);
                  mine += bytes;
                  held += bytes;
                  assert.ok(held <= 100 + longest, `${held} of ${longest}`);
                }
                const outcome = {
                  ...{
                    name: '',
                    node: '',
                    address: '',
                    via: 'direct' as const,
                    ms: 0,
                    status: 200,
                  },
                  ...{ bytes: 0, head: undefined, body: undefined },
                };
                await list?.print(index, outcome, () => {});
                held -= mine;
                share.free();
                printed += 1;
              }),
            );
            assert.is(printed, bodies.length);
          },
        ),
        runs(50, 1000),
      ));
});
