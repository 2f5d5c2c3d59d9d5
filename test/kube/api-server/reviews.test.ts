import * as assert from 'uvu/assert';
import { hasPermissions } from '../../../src/kube/api-server/reviews.ts';
import { answerJson, withFakeApiServer } from '../../kit/fake-api-server.ts';
import { rule } from '../../kit/rbac.ts';
import { suite } from '../../kit/suite.ts';

suite('the permissions of a rule', (test) => {
  const review = (allowed: boolean) => ({
    ...{ kind: 'SelfSubjectAccessReview', apiVersion: 'authorization.k8s.io/v1' },
    status: { allowed },
  });
  for (const [title, first, status, expected] of [
    ['are present if the caller has all of them', review(true), 201, true],
    ['are not present if the caller lacks one of them', review(false), 201, false],
    ['count as present if one of them cannot be checked', { kind: 'Status', code: 403 }, 403, true],
  ] as const)
    test(title, () => {
      let isFirst = true;
      return withFakeApiServer(
        (_, response) => {
          if (isFirst) answerJson(response, first, status);
          else answerJson(response, review(true), 201);
          isFirst = false;
        },
        async (apiServer) =>
          assert.is(await hasPermissions(apiServer, rule('nodes/stats', 'get,list')), expected),
      );
    });
});
