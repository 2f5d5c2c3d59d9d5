import * as assert from 'uvu/assert';
import { kubeletApiAdmin } from '../../scripts/docs/profiles.ts';
import {
  allRbac,
  binding,
  bindingPath,
  makeBinding,
  makeRole,
  remove,
  role,
  stranger,
  textOf,
} from './rbac.ts';
import { withRole } from './roles.ts';
import type { World } from './world.ts';

/** Checks dry runs of every command that writes objects. Each command has something to write. */
export async function dryRuns(world: World): Promise<void> {
  const anyone = ['--subject', 'user:jane', '--allow-exec'];
  await eachDryRun(world, [
    ['grant', '--for', '1h'],
    ['grant', '--force'],
    ...['apiserver-full', 'metrics', 'stats', 'logs', 'readonly', 'checkpoint'].map((profile) => [
      ...['grant', '--profile', profile, ...anyone],
    ]),
    ['grant', '--profile', 'logs', '--node', 'node-1', ...anyone],
  ]);
  await withRole(world, 'system:kubelet-api-admin', kubeletApiAdmin, () =>
    eachDryRun(world, [['grant', '--profile', 'builtin', ...anyone]]),
  );

  const extra = { apiGroups: [''], resources: ['pods'], verbs: ['get'] };
  await makeRole(world, { ...role, rules: [...role.rules, extra] });
  await makeBinding(world, { ...binding, subjects: [...binding.subjects, stranger] });
  await eachDryRun(world, [
    ['grant', '--force'],
    ['revoke'],
    ['revoke', '--subject', 'user:Kubernetes'],
  ]);
  await remove(world, bindingPath);

  const who = ['--profile', 'stats', '--subject', 'user:jane'];
  await world.tool(['grant', ...who, '--for', '1s']);
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  await eachDryRun(world, [
    ['revoke', '--expired'],
    ['grant', ...who],
  ]);
}

async function eachDryRun(world: World, commands: readonly (readonly string[])[]): Promise<void> {
  const before = await allRbac(world);
  for (const command of commands)
    for (const [mode, words] of [
      ['client', '(dry run)'],
      ['server', '(server dry run)'],
    ] as const) {
      const result = await world.tool([...command, `--dry-run=${mode}`]);
      const what = `${command.join(' ')} --dry-run=${mode}: ${textOf(result)}`;
      assert.is(result.code, 0, what);
      // A dry run without changes would test nothing.
      const would = result.stdout
        .split('\n')
        .filter((line) => line.endsWith(words) && !line.includes(' unchanged '));
      assert.ok(would.length > 0, what);
      assert.equal(await allRbac(world), before, what);
    }
}
