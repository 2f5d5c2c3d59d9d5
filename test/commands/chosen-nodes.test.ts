import * as assert from 'uvu/assert';
import { label } from '../kit/rbac.ts';
import { suite } from '../kit/suite.ts';
import { withSandbox } from '../kit/with-sandbox.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';

const commands = ['status', 'audit', 'certificates'];

function giveRoles(sandbox: Sandbox): void {
  label(sandbox, 'nodes', 'node-1', { 'node-role.kubernetes.io/control-plane': '', pool: 'a' });
  label(sandbox, 'nodes', 'node-2', { 'node-role.kubernetes.io/gpu': '', pool: 'a' });
}

suite('the nodes of a check', (test) => {
  for (const command of commands)
    test(`are selected by role: ${command}`, () =>
      withSandbox(async (sandbox, tool) => {
        giveRoles(sandbox);
        const shown = async (...args: readonly string[]) => {
          const { stdout } = await tool([command, ...args]);
          return ['node-1', 'node-2'].filter((name) =>
            stdout.split('\n').some((line) => line.startsWith(`${name} `)),
          );
        };
        assert.equal(await shown(), ['node-1', 'node-2']);
        assert.equal(await shown('--role', 'control-plane'), ['node-1']);
        assert.equal(await shown('--role', 'worker', '-l', 'pool=a'), ['node-2']);
        const { code, stdout, stderr } = await tool([command, '--role', 'gpus']);
        assert.equal([code, stdout], [1, '']);
        assert.match(
          stderr,
          'error: no nodes found with role gpus\nhint: roles of this cluster: control-plane, gpu, worker\n',
        );
        const named = await tool([command, 'node-1', '--role', 'worker']);
        assert.match(named.stderr, 'error: no nodes found named node-1 with role worker\n');
      }));
});
