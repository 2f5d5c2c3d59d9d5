import * as assert from 'uvu/assert';
import { formatError } from '../../../src/errors.ts';
import { ApiServerFailure } from '../../../src/kube/api-server/api-server-failure.ts';
import { explainWriteDenial } from '../../../src/kube/api-server/write-denial.ts';
import { user } from '../../../src/rbac/subject.ts';
import { apiserverPair } from '../../kit/rbac.ts';
import { suite } from '../../kit/suite.ts';

const { role, binding } = apiserverPair(user('Kubernetes'));
if (!role) throw new Error('the known pair has a role');
const policy =
  "clusterroles.rbac.authorization.k8s.io \"x\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: no";
const webhook = 'admission webhook "w.example" denied the request: no';

suite('denials of writes', (test) => {
  // A 409 of an admission policy must not be repeated like a conflict.
  for (const status of [400, 403, 409, 422, 500])
    for (const [words, title] of [
      [policy, 'ValidatingAdmissionPolicy p (binding b)'],
      [webhook, 'admission webhook w.example'],
    ] as const)
      for (const written of [
        { kind: 'ClusterRole', name: 'x', action: 'create', object: role } as const,
        { kind: 'ClusterRoleBinding', name: 'x', action: 'update', object: binding } as const,
      ])
        test(`${status} by ${title} for a ${written.kind} is not reported as a missing permission`, () => {
          const failure = new ApiServerFailure(status, 'Reason', words);
          const explained = explainWriteDenial(failure, written);
          assert.not.instance(explained, ApiServerFailure);
          const { text, exitCode } = formatError(explained, false);
          assert.is(exitCode, 1);
          assert.match(
            text,
            `Error from server (Reason): ${words}\n${title} denied this ${written.kind}, not RBAC: you lack no permission\nhint: kubectl get `,
          );
          assert.not.match(text, 'missing: ');
          const isRole = written.kind === 'ClusterRole';
          assert.is(text.includes('a role without nodes/proxy may pass'), isRole);
        });
});
