import * as assert from 'uvu/assert';
import { Failure, Interrupted } from '../../../src/errors.ts';
import { kinds } from '../../../src/kube/api-server/kinds.ts';
import { credentialOf, fixedCredentials } from '../../../src/kube/config/credentials.ts';
import { limitsFrom } from '../../../src/kube/transport/limits.ts';
import { createRequestLog } from '../../../src/kube/transport/request-log.ts';
import { retryAfterMs } from '../../../src/kube/try-again.ts';
import { answerJson, withFakeApiServer } from '../../kit/fake-api-server.ts';
import { concurrentSuite } from '../../kit/suite.ts';
import { thrownBy } from '../../kit/thrown-by.ts';

const node = { kind: 'Node', apiVersion: 'v1', metadata: { name: 'node-1' } };
const path = '/api/v1/nodes/node-1';
const limits = limitsFrom(5000);

/** Returns a handler that answers the first `times` requests like a busy server, and later requests with the node. */
function busy(times: number, status: number, after: string | undefined) {
  let left = times;
  return (_: unknown, response: Parameters<typeof answerJson>[0]) => {
    if (left === 0) return answerJson(response, node);
    left -= 1;
    response
      .writeHead(status, after === undefined ? {} : { 'retry-after': after })
      .end('Too many requests, please try again later.\n');
  };
}

concurrentSuite('a 401 response', (test) => {
  for (const [who, type, rejected] of [
    ['renews the credential if the API server sent the response', 'application/json', 1],
    [
      'does not renew the credential if the node proxy passed on the response of a kubelet',
      'text/plain; charset=utf-8',
      0,
    ],
  ] as const)
    test(who, async () => {
      let count = 0;
      const credentials = {
        ...fixedCredentials(credentialOf({ token: 'token' })),
        rejected: async () => {
          count += 1;
        },
      };
      await withFakeApiServer(
        (_, response) => response.writeHead(401, { 'content-type': type }).end('Unauthorized'),
        async (apiServer) => {
          const answer = await apiServer.send({ method: 'GET', path: `${path}/proxy/pods` });
          assert.is(answer.status, 401);
        },
        { credentials },
      );
      assert.is(count, rejected);
    });
});

concurrentSuite('a response with Retry-After', (test) => {
  const now = Date.parse('2026-01-01T00:00:00Z');
  for (const [status, after, ms] of [
    [429, '0', 0],
    [429, '1', 1000],
    [429, '120', 120_000],
    [503, '2', 2000],
    [500, '2', 2000],
    [599, '2', 2000],
    [429, 'Thu, 01 Jan 2026 00:00:07 GMT', 7000],
    [429, 'Wed, 31 Dec 2025 23:59:00 GMT', 0],
    ...[undefined, '', '-1', '1.5', '1s', 'soon', ' ', '١'].map(
      (other) => [429, other, undefined] as const,
    ),
    ...[200, 201, 301, 400, 401, 403, 404, 409, 422].map(
      (other) => [other, '1', undefined] as const,
    ),
  ] as const)
    test(`is ${ms === undefined ? 'final' : `followed by a retry after ${ms} ms`} if it has status ${status} and value "${after}"`, () => {
      const headers = after === undefined ? {} : { 'retry-after': after };
      assert.is(retryAfterMs({ status, headers }, now), ms);
    });

  for (const status of [429, 500, 503])
    for (const method of ['POST', 'PUT', 'DELETE'] as const)
      test(`delays the retry of the request: ${status} to ${method}`, () =>
        withFakeApiServer(busy(2, status, '0'), async (apiServer, lines) => {
          const written = await apiServer.write(method, path, { a: 1 }, kinds.Node);
          assert.is(written.metadata.name, 'node-1');
          assert.equal(lines, Array(3).fill(`${method} ${path}`));
        }));

  for (const method of ['GET', 'POST'])
    test(`is final for ${method} through the node proxy, because a kubelet may have sent the response`, () =>
      withFakeApiServer(busy(1, 503, '0'), async (apiServer, lines) => {
        const answer = await apiServer.send({ method, path: `${path}/proxy/run/a/b/c` });
        answer.body.destroy();
        assert.equal([answer.status, lines], [503, [`${method} ${path}/proxy/run/a/b/c`]]);
      }));

  test('delays the retry as long as it says, with a log line at -v=4', async () => {
    const notes: string[] = [];
    const log = createRequestLog(4, (text) => notes.push(text));
    await withFakeApiServer(
      busy(1, 429, '1'),
      async (apiServer) => {
        await apiServer.get(path, kinds.Node);
      },
      { limits, ...(log && { log }) },
    );
    assert.is(notes.length, 1);
    assert.match(
      notes[0] ?? '',
      /\] "Got a Retry-After response" verb="GET" url="https:.*\/node-1" delay="1s" attempt=1\n$/,
    );
  });

  test('is final after ten retries', () =>
    withFakeApiServer(busy(100, 429, '0'), async (apiServer, lines) => {
      const error = await thrownBy(apiServer.get(path, kinds.Node));
      assert.instance(error, Failure);
      assert.match(String(error), /Too many requests/);
      assert.is(lines.length, 11);
    }));

  for (const after of ['6', '100000', 'Fri, 01 Jan 2100 00:00:00 GMT'])
    test(`is final if its wait exceeds the time limit of the request: ${after}`, () =>
      withFakeApiServer(
        busy(1, 429, after),
        async (apiServer, lines) => {
          assert.instance(await thrownBy(apiServer.get(path, kinds.Node)), Failure);
          assert.is(lines.length, 1);
        },
        { limits },
      ));

  test('is final if several waits together exceed the time limit of the request', () =>
    withFakeApiServer(
      busy(100, 429, '1'),
      async (apiServer, lines) => {
        assert.instance(await thrownBy(apiServer.get(path, kinds.Node)), Failure);
        assert.ok(lines.length === 2 || lines.length === 3, `${lines.length}`);
      },
      { limits: limitsFrom(2500) },
    ));

  test('does not extend the time limit of the request, which holds for all attempts together', () => {
    const answer = busy(1, 503, '0');
    return withFakeApiServer(
      (request, response) => setTimeout(answer, 1500, request, response),
      async (apiServer) => {
        assert.instance(await thrownBy(apiServer.get(path, kinds.Node)), Failure);
      },
      { limits: limitsFrom(2500) },
    );
  });

  test('does not delay an interrupt', async () => {
    const interruption = new AbortController();
    await withFakeApiServer(
      busy(1, 429, '30'),
      async (apiServer) => {
        setTimeout(() => interruption.abort(), 200);
        assert.instance(await thrownBy(apiServer.get(path, kinds.Node)), Interrupted);
      },
      { signal: interruption.signal },
    );
  });
});
