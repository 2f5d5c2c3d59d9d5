import * as assert from 'uvu/assert';
import { suite } from '../kit/suite.ts';
import { atWrite, killedAt } from './at-write.ts';
import { leavingNothing } from './leaving-nothing.ts';
import {
  bindingPath,
  essence,
  granted,
  grantedBinding,
  grantedRole,
  rolePath,
  roleTitle,
  textOf,
} from './rbac.ts';
import type { World } from './world.ts';

export function interrupted(world: World): void {
  suite(`${world.title}: interrupted writes`, (each) => {
    const test = leavingNothing(world, each);

    test('grant completes an earlier grant that was killed between its two writes', async () => {
      await killedAt(world, ['grant'], 'POST', 'clusterrolebindings');
      assert.equal(await essence(world, rolePath), grantedRole);
      assert.is((await world.api('GET', bindingPath)).status, 404);
      granted(await world.tool(['grant']), 'unchanged', 'created');
      assert.equal(await essence(world, bindingPath), await grantedBinding(world));
      granted(await world.tool(['grant']), 'unchanged', 'unchanged');
    });

    test('revoke completes an earlier revoke that was killed between its two writes', async () => {
      await world.tool(['grant']);
      await killedAt(world, ['revoke'], 'DELETE', 'clusterroles');
      assert.is((await world.api('GET', bindingPath)).status, 404);
      assert.is((await world.api('GET', rolePath)).status, 200);
      const next = await world.tool(['revoke']);
      assert.is(next.stdout, `${roleTitle} deleted\n`, textOf(next));
    });

    test('grant lists the applied changes when the API server becomes unreachable', async () => {
      const lost = await atWrite(world, ['grant'], 'POST', 'clusterrolebindings', (held) =>
        held.drop(),
      );
      assert.equal([lost.code, lost.stdout], [1, `${roleTitle} created\n`], textOf(lost));
      assert.match(lost.stderr, /\nerror: cannot reach the API server /);
      assert.match(lost.stderr, `\nalready applied: ${roleTitle} created\n`);
      assert.match(lost.stderr, /\nhint: re-run the same command to continue\n/);
      granted(await world.tool(['grant']), 'unchanged', 'created');
    });
  });
}
