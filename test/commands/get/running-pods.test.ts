import * as assert from 'uvu/assert';
import {
  comparedRunningPodRow,
  comparedRunningPods,
  runningPodDifferences,
} from '../../../src/commands/diff/compared-running-pods.ts';
import type { PodFacts } from '../../../src/commands/diff/pod-facts.ts';
import { runningPodRows } from '../../../src/commands/get/running-pods.ts';
import type { RunningFacts } from '../../../src/kubelet/bodies/pods.ts';
import { suite } from '../../kit/suite.ts';
import { podListOf, reported } from '../../kubelet/bodies/read-bodies.ts';

const runs = (uid: string | undefined): RunningFacts => ({
  ...{ namespace: 'shop', pod: 'web', uid },
  containers: ['main', 'side'],
});
const facts = (uid: string | undefined, more: Partial<PodFacts> = {}): PodFacts => ({
  ...{ namespace: 'shop', pod: 'web', uid, mirrorOf: undefined, source: 'api' },
  ...{ status: 'Running', ready: '2/2', restarts: 0, isTerminating: false, isRunning: true },
  ...more,
});

suite('pods that a container runtime runs', (test) => {
  test('are read from a body', () => {
    const rows = runningPodRows('node-1', podListOf('runningpods')).map(({ uid, ...row }) => ({
      ...reported(row),
      hasUid: uid !== undefined,
    }));
    const row = { node: 'node-1', containers: 1, hasUid: true };
    const byName = rows.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
    assert.equal(
      byName,
      [
        { namespace: 'default', pod: 'web', ...row, containerNames: 'web' },
        { namespace: 'kube-system', pod: 'static-node-1', ...row, containerNames: 'c' },
      ].map(({ node, ...each }) => ({ ...each, node })),
    );
  });

  for (const [title, runtime, kubelet, api, expected] of [
    ['the same', [runs('a')], [facts('a')], [facts('a')], []],
    [
      'a static pod and its mirror',
      [runs('hash')],
      [facts('hash', { source: 'file' })],
      [facts('own', { mirrorOf: 'hash', source: 'file' })],
      [],
    ],
    ['a pod that its kubelet does not have', [runs('a')], [], [facts('a')], ['orphaned']],
    ['a pod that only the runtime has', [runs('a')], [], [], ['orphaned']],
    ['a pod with another uid', [runs('a')], [facts('b', { isRunning: false })], [], ['orphaned']],
    [
      'a pod without a uid',
      [runs(undefined)],
      [facts('a', { isRunning: false })],
      [],
      ['orphaned'],
    ],
    ['a pod that the API server does not have', [runs('a')], [facts('a')], [], ['not in API']],
    [
      'a static pod without mirror',
      [runs('a')],
      [facts('a', { source: 'file' })],
      [],
      ['no mirror'],
    ],
    ['a pod that should run', [], [facts('a')], [facts('a')], ['not running']],
    ['a pod that has ended', [], [facts('a', { isRunning: false })], [facts('a')], []],
    ['a pod without a response from /pods', [runs('a')], undefined, [facts('a')], []],
    [
      'a pod that only the runtime has, without a response from /pods',
      [runs('a')],
      undefined,
      [],
      ['not in API'],
    ],
  ] as const)
    test(`are compared: ${title}`, () => {
      const found = runningPodDifferences(runtime, kubelet, api);
      assert.equal(
        found.flatMap(({ differences }) => differences),
        expected,
      );
      for (const each of found) {
        const { namespace, pod, containers } = comparedRunningPodRow(each, 'node-1');
        assert.equal([namespace, pod], ['shop', 'web']);
        assert.is(containers, each.runtime ? 2 : 0);
      }
    });

  test('are compared without /pods if the response of /pods has another kind, and the problem is reported', () => {
    const body = JSON.stringify({
      kind: 'PodList',
      items: [{ metadata: { namespace: 'shop', name: 'web', uid: 'a' }, spec: {}, status: {} }],
    });
    const found = comparedRunningPods.find({ body, extra: { '/pods': '{}' } }, []);
    assert.equal(
      [
        found?.decoded?.value.differences.map(({ differences }) => differences),
        found?.decoded?.value.problems,
      ],
      [[['not in API']], { '/pods': 'no list of pods: kind is missing' }],
    );
    for (const wrong of ['<html>', '{}', '[]', 'null'])
      assert.match(
        comparedRunningPods.find({ body: wrong, extra: {} }, []).problem ?? '',
        /^no list of pods: /,
      );
  });
});
