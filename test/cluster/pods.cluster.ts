import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { suite } from '../kit/suite.ts';
import { waitFor } from '../kit/wait-for.ts';
import { adminApi } from './admin-api.ts';
import { currentCluster } from './current.ts';
import { addFirewallRule, bridgeAddress, clearFirewall } from './network.ts';
import { apiPort } from './pki.ts';
import { container, podObject } from './start-pod.ts';
import { toolOf } from './world.ts';

const cluster = await currentCluster();
const api = adminApi(cluster);
const manifests = join(cluster.directory, 'node-1', 'manifests');

const stay = 'while true; do sleep 0.1; done';

const endsAtOnce = `trap exit TERM; ${stay}`;

const specOf = (script: string) => ({
  terminationGracePeriodSeconds: 15,
  containers: [container('main', script)],
});

const pods = '/api/v1/namespaces/default/pods';

const createPod = (name: string) => api.call('POST', pods, podObject(name, specOf(endsAtOnce)));

const deletePod = (name: string, gracePeriodSeconds: number) =>
  api.call('DELETE', `${pods}/${name}?gracePeriodSeconds=${gracePeriodSeconds}`);

/** Writes the manifest of a static pod of node-1. Deletes the manifest if the namespace is undefined. */
function writeManifest(
  name: string,
  namespace: string | undefined,
  script: string = endsAtOnce,
): void {
  const file = join(manifests, `${name}.json`);
  mkdirSync(manifests, { recursive: true });
  if (namespace === undefined) rmSync(file);
  else
    writeFileSync(
      file,
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name, namespace },
        spec: specOf(script),
      }),
    );
}

async function tool(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await toolOf(cluster)(args);
  assert.is(code, 0, stderr);
  return stdout;
}

/** Returns the differences as sorted texts, such as `default/web not in API`. */
async function differences(path: 'pods' | 'runningpods'): Promise<readonly string[]> {
  const { items } = JSON.parse(await tool('diff', path, '-A', '-o', 'json')) as {
    readonly items: readonly {
      readonly namespace: string;
      readonly pod: string;
      readonly difference: string;
    }[];
  };
  return items.map((row) => `${row.namespace}/${row.pod} ${row.difference}`).sort();
}

async function awaitDifferences(
  path: 'pods' | 'runningpods',
  expected: readonly string[],
): Promise<void> {
  let found: readonly string[] = [];
  await waitFor(`differences of ${path}: ${expected.join('; ')}`, 60_000, async () => {
    found = await differences(path);
    return String(found) === String(expected);
  }).catch((error: Error) => {
    throw new Error(`${error.message}, found: ${found.join('; ')}`);
  });
}

suite(`diff pods and diff runningpods, ${cluster.version}`, (test) => {
  test('find no difference on a healthy node with a static pod', async () => {
    writeManifest('static', 'default');
    await createPod('usual');
    await waitFor('the mirror of a static pod', 60_000, async () => {
      const { items } = await api.call<{
        items: readonly { metadata: { name: string }; status: { phase?: string } }[];
      }>('GET', pods);
      const running = items.filter(({ status }) => status.phase === 'Running');
      const names = running.map(({ metadata }) => metadata.name);
      return names.includes('static-node-1') && names.includes('usual');
    });
    await awaitDifferences('pods', []);
    await awaitDifferences('runningpods', []);
    const table = await tool('get', 'pods', '-A', '--node', 'node-1', '--no-headers');
    assert.match(table, /^default +static-node-1 +node-1 +1\/1 +Running +0$/m);
    assert.match(table, /^default +usual +node-1 +1\/1 +Running +0$/m);
    // A kubelet lists a pod as running before one of its containers has started.
    await waitFor('a container of each pod among running pods', 30_000, async () => {
      const table = await tool('get', 'runningpods', '-A', '--node', 'node-1', '--no-headers');
      return ['static-node-1', 'usual'].every((name) =>
        new RegExp(`^default +${name} +node-1 +1$`, 'm').test(table),
      );
    });
  });

  test('report a static pod without a mirror pod or without a manifest', async () => {
    writeManifest('alone', 'nowhere', stay);
    for (const path of ['pods', 'runningpods'] as const)
      await awaitDifferences(path, ['nowhere/alone-node-1 no mirror']);
    writeManifest('alone', undefined);
    await awaitDifferences('runningpods', ['nowhere/alone-node-1 orphaned']);
    await awaitDifferences('pods', []);
    await awaitDifferences('runningpods', []);
  });

  test('report pods that differ while a kubelet cannot reach the API server', async () => {
    for (const name of ['forced', 'deleted']) await createPod(name);
    await waitFor('pods of node-1', 60_000, async () => {
      const table = await tool('get', 'pods', '-A', '--node', 'node-1');
      return (
        /^default +forced .*Running/m.test(table) && /^default +deleted .*Running/m.test(table)
      );
    });
    await awaitDifferences('pods', []);
    try {
      // Drops packets between node-1 and the API server in both directions.
      await addFirewallRule(1, `-A INPUT -p tcp -s ${bridgeAddress} --sport ${apiPort} -j DROP`);
      await addFirewallRule(1, `-A OUTPUT -p tcp -d ${bridgeAddress} --dport ${apiPort} -j DROP`);
      await deletePod('forced', 0);
      await deletePod('deleted', 30);
      await createPod('late');
      await awaitDifferences('runningpods', ['default/forced not in API']);
      await awaitDifferences('pods', [
        'default/deleted terminating',
        'default/forced not in API',
        'default/late not on kubelet',
      ]);
    } finally {
      await clearFirewall(1);
    }
    await waitFor(
      'node-1 to know its pods',
      90_000,
      async () => (await differences('pods')).length === 0,
    );
  });

  test('the tests leave the node as it was', async () => {
    writeManifest('static', undefined);
    for (const name of ['usual', 'late']) await deletePod(name, 0);
    await awaitDifferences('pods', []);
  });
});
