import * as assert from 'uvu/assert';
import { bindingIn, put } from '../../kit/rbac.ts';
import { suite } from '../../kit/suite.ts';
import { withSandbox } from '../../kit/with-sandbox.ts';

const name = 'kubeletaccess:metrics:user:alice';

suite('revoke with an unreadable record', (test) => {
  for (const [args, code, isGone] of [
    ['--subject user:alice', 0, true],
    ['--subject user:alice --profile metrics', 0, true],
    ['--subject user:alice --profile stats', 0, false],
    ['--profile metrics', 3, false],
    ['--all-profiles', 3, false],
    ['--expired', 3, false],
  ] as const)
    test(`removes access or prints why it stays, exit code ${code}: ${args}`, () =>
      withSandbox({ nodes: ['none'] }, async (sandbox, tool) => {
        await tool(['grant', '--profile', 'metrics', '--subject', 'user:alice']);
        const binding = bindingIn(sandbox, name);
        assert.ok(binding);
        const annotations = { ...binding.metadata.annotations, 'kubeletaccess/grant': 'garbage' };
        const metadata = { ...binding.metadata, annotations };
        put(sandbox, { kind: 'ClusterRoleBinding', ...binding, metadata } as never);
        const result = await tool(['revoke', ...args.split(' ')]);
        assert.is(result.code, code, result.stdout + result.stderr);
        assert.is(bindingIn(sandbox, name) === undefined, isGone, result.stderr);
        if (code === 3) assert.match(result.stderr, 'cannot parse annotation kubeletaccess/grant');
      }));
});
