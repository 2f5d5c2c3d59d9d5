import * as assert from 'uvu/assert';
import { Failure, Interrupted } from '../../../src/errors.ts';
import { type RetryWait, withRetries } from '../../../src/kube/kubelet-client/retry.ts';
import { TransportError } from '../../../src/kube/transport/error.ts';
import { concurrentSuite } from '../../kit/suite.ts';

type Step = number | readonly [status: number, retryAfter: string] | Error;

const refused = new Failure('cannot reach it', {
  cause: new TransportError('connect', 'ECONNREFUSED'),
});
const untrusted = new Failure('cannot trust it', {
  cause: new TransportError('handshake', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'),
});

/** Runs attempts whose outcomes are `steps`. Limits are in ms. */
async function attempts(
  steps: readonly Step[],
  { times = 9, responseMs = 5000, deadlineMs = Number.POSITIVE_INFINITY, abort = false } = {},
) {
  const waits: RetryWait[] = [];
  let dropped = 0;
  let sent = 0;
  const ending = new AbortController();
  const limits = { responseMs, deadline: performance.now() + deadlineMs };
  const made = withRetries(
    async () => {
      const step = steps[sent++] ?? 200;
      if (step instanceof Error) throw step;
      const [status, after] = [step].flat() as [number, string?];
      const headers = after === undefined ? {} : { 'retry-after': after };
      const body = { destroy: () => (dropped += 1) } as never;
      return { status, statusText: '', headers, body };
    },
    (answer) => answer,
    {
      times,
      limits,
      signal: ending.signal,
      waits: (wait) => {
        waits.push(wait);
        if (abort) ending.abort();
      },
    },
  );
  const end = await made.then(
    ({ status }) => status,
    (error: Error) => error,
  );
  return { end, sent, dropped, waited: waits.map(({ ms }) => ms), waits };
}

concurrentSuite('retries of a request to a kubelet', (test) => {
  for (const status of [408, 429, 500, 502, 503, 504])
    test(`follow status ${status}`, async () => {
      const { end, sent, dropped, waited } = await attempts([[status, '0']]);
      // Retry-After is obeyed only for 429 and 5xx.
      assert.equal([end, sent, dropped, waited], [200, 2, 1, [status === 408 ? 1000 : 0]]);
    });

  for (const status of [200, 301, 400, 401, 403, 404, 405, 501])
    test(`do not follow status ${status}`, async () => {
      const { end, sent } = await attempts([[status, '0']]);
      assert.equal([end, sent], [status, 1]);
    });

  test('wait as long as Retry-After says, in seconds or as a date', async () => {
    const { waited } = await attempts([
      [503, '0'],
      [429, new Date(Date.now() + 1500).toUTCString()],
    ]);
    assert.is(waited[0], 0);
    assert.ok((waited[1] ?? -1) >= 0 && (waited[1] ?? 9999) <= 1500, String(waited));
  });

  test('wait 1 s after the first failure, and twice as long after each further failure', async () => {
    const { end, waits } = await attempts([503, refused], { times: 2 });
    assert.is(end, 200);
    assert.equal(waits, [
      { ms: 1000, attempt: 1, reason: '503' },
      { ms: 2000, attempt: 2, reason: 'cannot reach it' },
    ]);
  });

  test('end after `times` retries, with the last response or failure', async () => {
    const zero: Step = [503, '0'];
    const { end, sent, dropped } = await attempts([zero, zero, zero, 200], { times: 2 });
    assert.equal([end, sent, dropped], [503, 3, 2]);
    assert.is((await attempts([zero, refused], { times: 1 })).end, refused);
    assert.equal((await attempts([zero], { times: 0 })).sent, 1);
  });

  test('wait neither longer than the limit of a response nor past the deadline', async () => {
    assert.equal((await attempts([[503, '6']], { responseMs: 5000 })).end, 503);
    assert.equal((await attempts([[503, '99999999999']], { responseMs: 5000 })).end, 503);
    assert.equal((await attempts([503], { deadlineMs: 900 })).end, 503);
    assert.equal((await attempts([[503, '0']], { deadlineMs: 60_000 })).end, 200);
  });

  test('do not follow an untrusted certificate, a missing address or an interrupt', async () => {
    assert.equal((await attempts([untrusted])).sent, 1);
    assert.equal((await attempts([new Failure('no address')])).sent, 1);
    assert.equal((await attempts([new Interrupted()])).sent, 1);
  });

  test('end with an abort during a wait', async () => {
    const { end, sent } = await attempts([503], { abort: true });
    assert.ok(end instanceof Interrupted);
    assert.is(sent, 1);
  });
});
