import * as assert from 'uvu/assert';
import { Failure } from '../../../src/errors.ts';
import { requestToken } from '../../../src/kube/api-server/token-request.ts';
import { renewedTokens } from '../../../src/kube/kubelet-client/service-account.ts';
import { answerJson, withFakeApiServer } from '../../kit/fake-api-server.ts';
import { suite } from '../../kit/suite.ts';
import { thrownBy } from '../../kit/thrown-by.ts';

const { signal } = new AbortController();
const account = { namespace: 'monitoring', name: 'agent' };
const path = '/api/v1/namespaces/monitoring/serviceaccounts/agent/token';
const answer = {
  kind: 'TokenRequest',
  apiVersion: 'authentication.k8s.io/v1',
  spec: { expirationSeconds: 607 },
  status: { token: 'abc.def-_', expirationTimestamp: '2026-11-25T19:00:00Z' },
};

/** Returns numbered tokens, with two clocks that a test moves; requests from number `failing` on fail. */
function issuing(failing = Number.POSITIVE_INFINITY) {
  const clocks = [0, 1_000_000];
  let issued = 0;
  const tokens = renewedTokens(
    async () => {
      issued += 1;
      await new Promise((resolve) => setImmediate(resolve));
      if (issued >= failing) throw new Failure('the API server is down');
      return { token: `token-${issued}`, lifetimeMs: 600_000 };
    },
    () => [...clocks],
  );
  return {
    clocks,
    tokens,
    count: () => issued,
    next: async () => (await tokens.current(signal)).authorization,
  };
}

suite('tokens of a service account', (test) => {
  test('are requested once for all kubelets that are called at the same time', async () => {
    const { next, count } = issuing();
    const all = await Promise.all(Array.from({ length: 50 }, next));
    assert.equal([new Set(all), count()], [new Set(['Bearer token-1']), 1]);
  });

  for (const [title, clock] of [
    ['time passes', 0],
    ['the machine slept', 1],
  ] as const)
    test(`are renewed after 80 % of their lifetime: ${title}`, async () => {
      const { clocks, next, count } = issuing();
      const advance = (ms: number) => {
        clocks[clock] = (clocks[clock] ?? 0) + ms;
      };
      await next();
      advance(479_999);
      assert.is(await next(), 'Bearer token-1');
      advance(1);
      assert.is(await next(), 'Bearer token-2');
      advance(479_999);
      assert.is(await next(), 'Bearer token-2');
      assert.is(count(), 2);
    });

  test('are kept if the clock is set back', async () => {
    const { clocks, next } = issuing();
    await next();
    clocks[1] = 0;
    assert.is(await next(), 'Bearer token-1');
  });

  test('are used until they expire if a renewal fails, without a request each time', async () => {
    const { clocks, next, count } = issuing(2);
    await next();
    clocks[0] = 500_000;
    assert.equal([await next(), await next(), count()], ['Bearer token-1', 'Bearer token-1', 2]);
    clocks[0] = 600_000;
    assert.is((await thrownBy(next())).message, 'the API server is down');
  });

  test('fail if the first request fails, and are then requested again', async () => {
    const { next, count } = issuing(1);
    for (const expected of [1, 2]) {
      assert.instance(await thrownBy(next()), Failure);
      assert.is(count(), expected);
    }
  });

  test('are requested once after two 401s to one token', async () => {
    const { tokens, next } = issuing();
    const first = await tokens.current(signal);
    await tokens.rejected(first, signal);
    assert.is(await next(), 'Bearer token-2');
    await tokens.rejected(first, signal);
    assert.is(await next(), 'Bearer token-2');
  });

  test('are sent without a client certificate', async () => {
    const { tokens } = issuing();
    assert.equal(await tokens.current(signal), {
      authorization: 'Bearer token-1',
      token: 'token-1',
      clientCertificate: undefined,
    });
  });
});

suite('a request for a token', (test) => {
  test('is for ten minutes', async () => {
    let body = '';
    await withFakeApiServer(
      (request, response) => {
        request.on('data', (chunk) => {
          body += chunk;
        });
        request.on('end', () => answerJson(response, answer, 201));
      },
      async (apiServer, lines) => {
        assert.equal(await requestToken(apiServer, account), {
          token: 'abc.def-_',
          lifetimeMs: 607_000,
        });
        assert.equal(lines, [`POST ${path}`]);
        assert.equal(JSON.parse(body), {
          apiVersion: 'authentication.k8s.io/v1',
          kind: 'TokenRequest',
          spec: { expirationSeconds: 600 },
        });
      },
    );
  });

  const { status } = answer;
  const withToken = (token: string) => ({ status: { ...status, token } });
  for (const [title, sent, problem] of [
    ['an empty token', withToken(''), 'status.token: expected a token'],
    ['no token', { status: {} }, 'status.token is missing'],
    ['a token with a line break', withToken('a\r\nX: s3cret'), 'status.token: expected'],
    ['a token with a blank', withToken('a s3cret'), 'status.token: expected a token'],
    ['a token of a megabyte', withToken('s3cret'.repeat(200_000)), 'status.token: '],
    ['no expiry', { status: { token: 's3cret' } }, 'status.expirationTimestamp is missing'],
    [
      'an expiry that is not a time',
      { status: { token: 's3cret', expirationTimestamp: 'later' } },
      'status.expirationTimestamp: expected a time',
    ],
    [
      'another kind',
      { kind: 'TokenReview', status },
      'TokenReview of authentication.k8s.io/v1, not ',
    ],
  ] as const)
    test(`fails without showing the token if the response has ${title}`, () =>
      withFakeApiServer(
        (_, response) => answerJson(response, { ...answer, ...sent }, 201),
        async (apiServer) => {
          const failed = await thrownBy(requestToken(apiServer, account));
          assert.instance(failed, Failure);
          const { message } = failed;
          assert.ok(message.startsWith(`the API server answered POST ${path} with `), message);
          assert.ok(message.includes(problem) && !message.includes('s3cret'), message);
        },
      ));
});
