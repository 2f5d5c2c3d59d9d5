import * as assert from 'uvu/assert';
import {
  type Difference,
  differencesOf,
  type PodDifference,
  pairPods,
  stillDiffers,
} from '../../../src/commands/diff/pod-differences.ts';
import {
  type PodFacts,
  packPod,
  podFacts,
  unpackPod,
} from '../../../src/commands/diff/pod-facts.ts';
import { fc } from '../../kit/fast-check.ts';
import { suite } from '../../kit/suite.ts';
import { podListOf } from '../../kubelet/bodies/read-bodies.ts';

const facts = (more: Partial<PodFacts> = {}): PodFacts => ({
  namespace: 'shop',
  pod: 'web',
  uid: 'a',
  mirrorOf: undefined,
  source: 'api',
  status: 'Running',
  ready: '1/1',
  restarts: 0,
  isTerminating: false,
  isRunning: true,
  ...more,
});
const api = (more: Partial<PodFacts> = {}) => facts({ source: undefined, ...more });
const manifest = facts({ uid: 'hash', source: 'file' });
const mirror = api({ uid: 'own', mirrorOf: 'hash', source: 'file' });

const find = (kubelet: readonly PodFacts[], ofApi: readonly PodFacts[]): readonly PodDifference[] =>
  pairPods(kubelet, ofApi)
    .map((sides) => ({ ...sides, differences: differencesOf(sides) }))
    .filter(({ differences }) => differences.length > 0);

const named = (found: readonly PodDifference[]) =>
  found.map(({ kubelet, api, differences }) => [kubelet?.uid, api?.uid, ...differences]);

suite('pods of a kubelet and of the API server', (test) => {
  for (const [title, kubelet, ofApi, expected] of [
    ['the same', [facts()], [api()], []],
    ['a static pod and its mirror', [manifest], [mirror], []],
    ['a pod that the API server does not know', [facts()], [], [['a', undefined, 'not in API']]],
    ['a static pod without mirror', [manifest], [], [['hash', undefined, 'no mirror']]],
    [
      'a pod from a manifest at a URL, without a mirror',
      [facts({ source: 'http' })],
      [],
      [['a', undefined, 'no mirror']],
    ],
    ['a pod that the kubelet does not have', [], [api()], [[undefined, 'a', 'not on kubelet']]],
    ['a mirror without a static pod', [], [mirror], [[undefined, 'own', 'stale mirror']]],
    [
      'a mirror of an earlier manifest',
      [facts({ uid: 'new', source: 'file' })],
      [mirror],
      [['new', 'own', 'uid']],
    ],
    ['another pod of the same name', [facts()], [api({ uid: 'b' })], [['a', 'b', 'uid']]],
    [
      'a deleted pod and its replacement',
      [facts({ uid: 'b' }), facts({ isTerminating: true })],
      [api({ uid: 'b' })],
      [['a', undefined, 'not in API']],
    ],
    [
      'a pod without a uid on the kubelet',
      [facts({ uid: undefined })],
      [api()],
      [[undefined, 'a', 'uid']],
    ],
    [
      'a pod in another state',
      [facts({ status: 'CrashLoopBackOff', ready: '0/1', restarts: 3 })],
      [api()],
      [['a', 'a', 'status', 'ready', 'restarts']],
    ],
    [
      'a pod that is being deleted in the API server only',
      [facts()],
      [api({ isTerminating: true, status: 'Terminating' })],
      [['a', 'a', 'terminating']],
    ],
    [
      'pods of the same name in two namespaces',
      [facts({ namespace: 'ops' })],
      [api({ uid: 'b' })],
      [
        ['a', undefined, 'not in API'],
        [undefined, 'b', 'not on kubelet'],
      ],
    ],
    ['two pods with the same uid', [facts(), facts()], [api()], [['a', undefined, 'not in API']]],
  ] as const)
    test(`are compared: ${title}`, () => assert.equal(named(find(kubelet, ofApi)), expected));

  test('differ only if they differ both before and after the kubelet is read', () => {
    const still = (
      before: readonly PodFacts[],
      kubelet: readonly PodFacts[],
      after: readonly PodFacts[],
    ) =>
      named(
        find(kubelet, before).flatMap((each) => stillDiffers(each, after, differencesOf) ?? []),
      );
    // A pod that is created, deleted, recreated or changed between the two lists is not reported.
    assert.equal(still([], [facts()], [api()]), []);
    assert.equal(still([api()], [], []), []);
    assert.equal(still([api()], [facts({ uid: 'b' })], [api({ uid: 'b' })]), []);
    assert.equal(still([api()], [], [api({ uid: 'b' })]), []);
    assert.equal(
      still([api({ restarts: 1 })], [facts({ restarts: 2 })], [api({ restarts: 2 })]),
      [],
    );
    assert.equal(still([api({ ready: '0/1' })], [facts()], [api({ ready: '0/1', restarts: 1 })]), [
      ['a', 'a', 'ready'],
    ]);
    assert.equal(still([api({ uid: 'b' })], [facts()], [api({ uid: 'c' })]), [['a', 'c', 'uid']]);
    const gone = facts({ isTerminating: true });
    assert.equal(still([api({ uid: 'b' })], [facts({ uid: 'b' }), gone], [api({ uid: 'b' })]), [
      ['a', undefined, 'not in API'],
    ]);
    assert.equal(still([], [manifest], []), [['hash', undefined, 'no mirror']]);
    assert.equal(still([], [manifest], [mirror]), []);
    assert.equal(still([mirror], [], [mirror]), [[undefined, 'own', 'stale mirror']]);
    assert.equal(still([api()], [], [api()]), [[undefined, 'a', 'not on kubelet']]);
  });

  test('are each in exactly one pair', () => {
    const any = fc.array(
      fc.record({
        ...{ namespace: fc.constantFrom('a', 'b'), pod: fc.constantFrom('x', 'y') },
        uid: fc.constantFrom('1', '2', '3', undefined),
        mirrorOf: fc.constantFrom('1', '2', undefined, undefined),
      }),
      { maxLength: 8 },
    );
    fc.assert(
      fc.property(any, any, (left, right) => {
        const kubelet = left.map((each) => facts({ ...each, mirrorOf: undefined }));
        const ofApi = right.map((each) => api(each));
        const pairs = pairPods(kubelet, ofApi);
        assert.equal(
          pairs.flatMap((pair) => pair.kubelet ?? []),
          kubelet,
        );
        const seen = pairs.flatMap((pair) => pair.api ?? []);
        assert.is(new Set(seen).size, seen.length);
        assert.is(seen.length, ofApi.length);
        for (const sides of pairs) {
          const differences: readonly Difference[] = differencesOf(sides);
          assert.is(new Set(differences).size, differences.length);
          const difference = { ...sides, differences };
          const still = stillDiffers(difference, sides.api ? [sides.api] : [], differencesOf);
          if (differences.length > 0) assert.equal(still?.differences, differences);
        }
      }),
    );
  });

  test('have all facts after they are packed and unpacked', () => {
    const recorded = [...podListOf('pods-states'), ...podListOf('pods')].map(podFacts);
    for (const each of [...recorded, facts(), mirror, facts({ uid: undefined, ready: undefined })])
      assert.equal(unpackPod(packPod(3, each)), [3, each]);
    const many = facts({ restarts: 2n ** 60n });
    assert.is(unpackPod(packPod(0, many))[1].restarts, 2 ** 60);
  });
});
