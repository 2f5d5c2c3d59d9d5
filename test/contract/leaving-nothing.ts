import * as assert from 'uvu/assert';
import type { Test } from '../kit/suite.ts';
import { allRbac, rbac, remove } from './rbac.ts';
import type { World } from './world.ts';

/** Wraps `test`: deletes the objects of the program after each test, and asserts that roles and bindings are as before. */
export function leavingNothing(
  world: World,
  test: Test,
): (title: string, body: () => Promise<void>) => void {
  return (title, body) =>
    test(title, async () => {
      const before = await allRbac(world);
      try {
        await body();
      } finally {
        await cleanUp(world);
      }
      assert.equal(await allRbac(world), before);
    });
}

/** Deletes objects of a test by name. A clean-up by the program would hide its errors. */
async function cleanUp(world: World): Promise<void> {
  for (const collection of ['clusterrolebindings', 'clusterroles']) {
    const { items } = (await world.api('GET', `${rbac}/${collection}`)).body as {
      items: { metadata: { name: string } }[];
    };
    for (const { metadata } of items)
      if (
        /^(system:kube-apiserver|system:kube-apiserver-to-kubelet|kubeadm:.*|kubeletaccess:.*)$/.test(
          metadata.name,
        )
      )
        await remove(world, `${rbac}/${collection}/${encodeURIComponent(metadata.name)}`);
  }
}
