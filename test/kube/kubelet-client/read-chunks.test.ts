import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { withBody } from '../../../src/commands/node-logs/follow/with-log-checks.ts';
import type { Kubelet } from '../../../src/kube/kubelet-client/client.ts';
import { readChunks } from '../../../src/kube/kubelet-client/read-chunks.ts';
import { TransportError } from '../../../src/kube/transport/error.ts';
import type { HttpResponse } from '../../../src/kube/transport/transport.ts';
import { bodyOf } from '../../kit/body.ts';
import { suite } from '../../kit/suite.ts';

const kubelet = { broken: (error: unknown) => error } as Kubelet;
const { signal } = new AbortController();
const answerOf = (stream: Readable) =>
  ({ headers: {}, body: bodyOf(stream) }) as unknown as HttpResponse;

/** Reads chunks and waits `pauseMs` after each. Returns their number, and the error that ended the body, if any. */
async function read(answer: HttpResponse, totalMs: number, pauseMs: number) {
  let count = 0;
  try {
    for await (const _ of readChunks(kubelet, answer, { idleMs: 10_000, totalMs, signal })) {
      count += 1;
      await sleep(pauseMs);
    }
    return { count, error: undefined };
  } catch (error) {
    return { count, error };
  }
}

const drops = async function* (everyMs: number) {
  for (let index = 0; index < 5; index += 1) {
    await sleep(everyMs);
    yield Buffer.from('x');
  }
};

suite('the time limit of a whole body', (test) => {
  test('counts the waits for the parts of the body', async () => {
    const { error } = await read(answerOf(Readable.from(drops(100))), 250, 0);
    assert.instance(error, TransportError);
    assert.equal([(error as TransportError).code], ['timeout']);
  });

  test('does not count the time that the reader takes', async () => {
    const { count, error } = await read(answerOf(Readable.from(drops(1))), 2000, 500);
    assert.equal([count, error], [5, undefined]);
  });

  test('ends without a warning of a timer if no time is left', async () => {
    const warnings: Error[] = [];
    const warn = (warning: Error) => warnings.push(warning);
    process.on('warning', warn);
    const busy = async function* () {
      yield Buffer.from('x');
      const start = performance.now();
      while (performance.now() - start < 40);
      yield Buffer.from('x');
      await sleep(1000);
    };
    const { error } = await read(answerOf(Readable.from(busy())), 20, 0);
    await sleep(1);
    process.off('warning', warn);
    assert.is((error as TransportError).code, 'timeout');
    assert.equal(warnings, []);
  });

  test('destroys the stream of a body when it is exceeded', async () => {
    const silent = new Readable({ read: () => {} });
    const answer = withBody(answerOf(silent), silent as AsyncIterable<Buffer>);
    const { error } = await read(answer, 100, 0);
    assert.is((error as TransportError).code, 'timeout');
    assert.ok(silent.destroyed);
  });
});
