import * as assert from 'uvu/assert';
import { suite } from '../kit/suite.ts';
import { atWrite, killedAt, meanwhile } from './at-write.ts';
import { leavingNothing } from './leaving-nothing.ts';
import {
  binding,
  bindingPath,
  bindingTitle,
  essence,
  granted,
  grantedBinding,
  grantedRole,
  makeBinding,
  put,
  rbac,
  remove,
  revoked,
  rolePath,
  roleTitle,
  stranger,
  succeed,
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
      revoked(await world.tool(['revoke']), 'unchanged', 'deleted');
    });

    for (const end of ['killed', 'dropped', 'lost'] as const)
      test(`revoke of a subject completes an earlier revoke that was ${end} between its two writes`, async () => {
        const who = ['--profile', 'stats', '--subject', 'user:jane'];
        await world.tool(['grant', ...who]);
        const args = ['revoke', ...who];
        if (end === 'killed') await killedAt(world, args, 'DELETE', 'clusterroles');
        else
          await atWrite(world, args, 'DELETE', 'clusterroles', (held) =>
            end === 'dropped' ? held.drop() : held.lose(),
          );
        const next = await succeed(world, args);
        const stats = 'clusterrole.rbac.authorization.k8s.io/kubeletaccess:stats deleted\n';
        assert.is(next.stdout, end === 'lost' ? '' : stats, textOf(next));
        assert.is((await world.api('GET', `${rbac}/clusterroles/kubeletaccess:stats`)).status, 404);
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

    test('grant keeps a subject that another client adds between its read and its write', async () => {
      await makeBinding(world, { ...binding, subjects: [] });
      const result = await meanwhile(world, ['grant'], 'PUT', 'clusterrolebindings', async () => {
        const found = (await world.api('GET', bindingPath)).body as typeof binding;
        await put(world, bindingPath, { ...found, subjects: [stranger] });
      });
      assert.is(result.code, 0, textOf(result));
      const { subjects } = (await world.api('GET', bindingPath)).body as typeof binding;
      assert.equal(subjects, [stranger, ...binding.subjects]);
    });

    test('grant does not restore the subjects of a binding that another client deletes meanwhile', async () => {
      await makeBinding(world, { ...binding, subjects: [stranger] });
      const result = await meanwhile(world, ['grant'], 'PUT', 'clusterrolebindings', () =>
        remove(world, bindingPath),
      );
      assert.is(result.code, 0, textOf(result));
      assert.match(result.stdout, `${bindingTitle} created\n`);
      assert.equal(await essence(world, bindingPath), await grantedBinding(world));
    });

    test('revoke does not delete a binding to which another client adds a subject meanwhile', async () => {
      await world.tool(['grant']);
      const result = await meanwhile(
        world,
        ['revoke'],
        'DELETE',
        'clusterrolebindings',
        async () => {
          const found = (await world.api('GET', bindingPath)).body as typeof binding;
          await put(world, bindingPath, { ...found, subjects: [...found.subjects, stranger] });
        },
      );
      revoked(result, 'configured', 'unchanged');
      const { subjects } = (await world.api('GET', bindingPath)).body as typeof binding;
      assert.equal(subjects, [stranger]);
    });
  });
}
