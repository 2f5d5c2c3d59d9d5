import * as assert from 'uvu/assert';
import { binding, put, role, rule, user } from '../../kit/rbac.ts';
import { suite } from '../../kit/suite.ts';
import { withSandbox } from '../../kit/with-sandbox.ts';

suite('revoke --subject', (test) => {
  for (const more of [[], ['--profile', 'metrics']])
    test(`notes the access that remains because grant did not give it: ${more.join(' ') || 'all profiles'}`, () =>
      withSandbox({ nodes: ['none'] }, async (sandbox, tool) => {
        put(sandbox, role('theirs', [rule('nodes/metrics')]));
        put(sandbox, binding('theirs', 'theirs', [user('alice')]));
        const { code, stderr } = await tool(['revoke', '--subject', 'user:alice', ...more]);
        assert.match(
          stderr,
          'note: user:alice keeps nodes/metrics get by ClusterRoleBinding theirs: grant did not make it\n',
        );
        assert.is(code, 0, stderr);
      }));
});
