import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { run } from '../../scripts/tools/shell.ts';
import { suite } from '../kit/suite.ts';
import { waitFor } from '../kit/wait-for.ts';
import { adminApi } from './admin-api.ts';
import { currentCluster } from './current.ts';
import { container, podObject } from './start-pod.ts';
import { toolOf } from './world.ts';

const cluster = await currentCluster();
const api = adminApi(cluster);
const manifests = join(cluster.directory, 'node-1', 'manifests');

const endsAtOnce = 'trap exit TERM; while true; do sleep 0.1; done';

const spec = { terminationGracePeriodSeconds: 15, containers: [container('main', endsAtOnce)] };

const pods = '/api/v1/namespaces/default/pods';

/** Writes the manifest of a static pod of node-1. Deletes the manifest if the namespace is undefined. */
function writeManifest(name: string, namespace: string | undefined): void {
  const file = join(manifests, `${name}.json`);
  mkdirSync(manifests, { recursive: true });
  if (namespace === undefined) return rmSync(file);
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace }, spec };
  writeFileSync(file, JSON.stringify(pod));
}

async function get(type: 'pods' | 'runningpods'): Promise<string> {
  const args = ['get', type, '-A', '--node', 'node-1', '--no-headers'];
  const { code, stdout, stderr } = await toolOf(cluster)(args);
  assert.is(code, 0, stderr);
  return stdout;
}

const awaitRows = (type: 'pods' | 'runningpods', ...rows: readonly RegExp[]) =>
  waitFor(`rows of get ${type}: ${rows.join(', ')}`, 60_000, async () => {
    const table = await get(type);
    return rows.every((row) => row.test(table));
  });

suite(`get pods and get runningpods, ${cluster.version}`, (test) => {
  test('have static pods, and pods from the API server', async () => {
    writeManifest('static', 'default');
    await api.call('POST', pods, podObject('usual', spec));
    await awaitRows(
      'pods',
      /^default +static-node-1 +node-1 +1\/1 +Running +0\b/m,
      /^default +usual +node-1 +1\/1 +Running +0\b/m,
    );
    // A kubelet lists a pod as running before one of its containers has started.
    await awaitRows(
      'runningpods',
      /^default +static-node-1 +node-1 +1$/m,
      /^default +usual +node-1 +1$/m,
    );
  });

  test('have a static pod without a mirror pod, until its manifest is deleted', async () => {
    writeManifest('alone', 'nowhere');
    await awaitRows('pods', /^nowhere +alone-node-1 +node-1 +1\/1 +Running +0\b/m);
    await awaitRows('runningpods', /^nowhere +alone-node-1 +node-1 +1$/m);
    const { items } = await api.call<{ items: readonly { metadata: { name: string } }[] }>(
      'GET',
      '/api/v1/pods',
    );
    const names = items.map(({ metadata }) => metadata.name);
    assert.equal([names.includes('usual'), names.includes('alone-node-1')], [true, false]);
    for (const name of ['alone', 'static']) writeManifest(name, undefined);
    await api.call('DELETE', `${pods}/usual?gracePeriodSeconds=0`);
    const none = /^(?![\s\S]*(?:alone-node-1|static-node-1|usual))/;
    await awaitRows('pods', none);
    await awaitRows('runningpods', none);
  });

  test('have the last end that kubectl shows', async () => {
    const containers = [
      container('fails', 'sleep 1; exit 7'),
      container('eats', 'x=$(tail /dev/zero)', { resources: { limits: { memory: '32Mi' } } }),
    ];
    const env = { KUBECONFIG: cluster.kubeconfigs.admin, HOME: cluster.directory };
    const end = 'terminated}{.reason} {.exitCode} {.finishedAt}\n{end}';
    const ends = ['state', 'lastState'].map(
      (state) => `{range .status.containerStatuses[*].${state}.${end}`,
    );
    const kubectlEnds = async (name: string) => {
      const args = ['get', 'pod', name, '-o', `jsonpath=${ends.join('')}`];
      return (await run(cluster.kubectl, args, { env })).split('\n')[0];
    };
    const toolEnds = async (name: string) => {
      const { stdout } = await toolOf(cluster)(`get pods ${name} --node node-1 -o json`);
      const { items } = JSON.parse(stdout) as { items: readonly Record<string, unknown>[] };
      const [row = {}] = items;
      return [row['lastEndReason'], row['lastEndExitCode'], row['lastEndTime']].join(' ');
    };
    for (const each of containers)
      await api.call('POST', pods, podObject(each.name, { containers: [each] }));
    try {
      for (const [name, start] of [
        ['fails', 'Error 7 '],
        ['eats', 'OOMKilled 137 '],
      ] as const)
        await waitFor(`the last end of ${name}`, 60_000, async () => {
          const shown = await toolEnds(name);
          return shown.startsWith(start) && shown === (await kubectlEnds(name));
        });
      assert.match(await get('pods'), /^default +fails +.* fails: Error \(7\) +\d+s ago$/m);
    } finally {
      for (const { name } of containers)
        await api.call('DELETE', `${pods}/${name}?gracePeriodSeconds=0`);
    }
  });
});
