import * as assert from 'uvu/assert';
import { apiServerFailure, isNotFound } from '../../../src/kube/api-server/api-server-failure.ts';
import { suite } from '../../kit/suite.ts';

suite('the absence of an object', (test) => {
  const isMissing = (status: number, text: string) =>
    isNotFound(apiServerFailure({ status, text } as Parameters<typeof apiServerFailure>[0]));
  const answer = (reason: string) => JSON.stringify({ kind: 'Status', reason, message: 'x' });

  test('is reported by a NotFound Status, not by the 404 of a proxy', () => {
    assert.ok(isMissing(404, answer('NotFound')));
    for (const text of ['404 page not found\n', '<html>Not Found</html>', '', answer('')])
      assert.not(isMissing(404, text), text);
    assert.not(isMissing(403, answer('NotFound')));
  });
});
