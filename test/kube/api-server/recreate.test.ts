import type { IncomingMessage, ServerResponse } from 'node:http';
import * as assert from 'uvu/assert';
import { recreate, tryRecreation } from '../../../src/kube/api-server/recreate.ts';
import { answerJson, withFakeApiServer } from '../../kit/fake-api-server.ts';
import { binding, role, rule, user } from '../../kit/rbac.ts';
import { suite } from '../../kit/suite.ts';

const previous = binding('b', 'old', [user('jane')]);
const object = binding('b', 'new', [user('jane')]);

/** What a recreation throws, and its requests, where the API server gives these answers to each method in turn. */
async function outcome(
  answers: Readonly<Record<string, readonly number[]>>,
  recordIn: string | undefined,
  act: (...args: Parameters<typeof recreate>) => Promise<unknown> = recreate,
): Promise<{ readonly error: unknown; readonly lines: readonly string[] }> {
  const counts = new Map<string, number>();
  const serve = ({ method = '', url = '' }: IncomingMessage, response: ServerResponse) => {
    const count = counts.get(method) ?? 0;
    counts.set(method, count + 1);
    const status = answers[method]?.[count] ?? 200;
    if (status < 300)
      return answerJson(
        response,
        url.includes('clusterroles/') ? role('new', [rule('nodes/stats')]) : object,
        status,
      );
    return answerJson(response, { kind: 'Status', code: status, message: `no: ${status}` }, status);
  };
  let error: unknown;
  let requests: readonly string[] = [];
  await withFakeApiServer(serve, async (apiServer, lines) => {
    const change = { kind: 'ClusterRoleBinding', name: 'b', differences: [] } as const;
    await act(
      apiServer,
      { ...change, action: 'recreate', object, previous, recordIn },
      () => {},
    ).catch((thrown: unknown) => {
      error = thrown;
    });
    requests = lines.map((line) => line.split(' ')[0] ?? '');
  });
  return { error, lines: requests };
}

suite('a binding that is recreated', (test) => {
  for (const status of [500, 503])
    test(`is put back although the API server answers ${status} at first`, async () => {
      const { error, lines } = await outcome({ POST: [403, status, 201] }, undefined);
      assert.match(String(error), /no: 403/);
      assert.equal(lines, ['DELETE', 'POST', 'POST', 'POST']);
    });

  test('keeps its record after a conflict: it may be that of another grant by now', async () => {
    const { error, lines } = await outcome({ DELETE: [409] }, 'new');
    assert.match(String(error), /no: 409/);
    assert.equal(lines, ['GET', 'PUT', 'DELETE']);
  });

  test('has no record any more if it may not be deleted', async () => {
    const { lines } = await outcome({ DELETE: [403] }, 'new');
    assert.equal(lines.slice(0, 3), ['GET', 'PUT', 'DELETE']);
    assert.ok(lines.length > 3, lines.join());
  });

  test('is tried first: to restore a binding to a role that is gone is not needed', async () => {
    const { error, lines } = await outcome({ POST: [201, 404] }, undefined, tryRecreation);
    assert.equal([error, lines], [undefined, ['DELETE', 'POST', 'POST']]);
    const denied = await outcome({ POST: [201, 403] }, undefined, tryRecreation);
    assert.match(String(denied.error), /no: 403/);
  });

  test('is planned again, and not deleted, if its role is written meanwhile', async () => {
    const { error, lines } = await outcome({ PUT: [409] }, 'new');
    assert.match(String(error), /no: 409/);
    assert.equal(lines, ['GET', 'PUT']);
  });

  test('is gone if an earlier attempt to delete it has arrived after all', async () => {
    const { error, lines } = await outcome({ DELETE: [500, 404] }, undefined);
    assert.equal([error, lines], [undefined, ['DELETE', 'GET', 'DELETE', 'POST']]);
  });
});
