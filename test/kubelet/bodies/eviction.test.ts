import * as assert from 'uvu/assert';
import {
  evictionThresholds,
  findHeadrooms,
  findUnwatched,
  type Threshold,
  tightest,
} from '../../../src/kubelet/bodies/eviction.ts';
import type { NodeStats } from '../../../src/kubelet/bodies/stats-summary.ts';
import { suite } from '../../kit/suite.ts';
import { bodyText, recordedBodies, recordedVersions, summaryOf } from './read-bodies.ts';

const gib = 1024 ** 3;

/** Returns a threshold in percent. The kubelet stores its share as float32. */
const share = (percent: number): Threshold => ({ share: Math.fround(percent / 100) });

const watched = Object.fromEntries(
  ['memory.available', 'nodefs.available', 'nodefs.inodesFree', 'pid.available'].map((signal) => [
    signal,
    '1',
  ]),
);

const headrooms = (node: Partial<NodeStats>, evictionHard: Record<string, string>) =>
  findHeadrooms(
    { nodeName: 'n', ...node },
    evictionThresholds({ evictionHard, enforceNodeAllocatable: ['pods'] }) ?? new Map(),
  );

suite('eviction thresholds', (test) => {
  for (const version of recordedVersions)
    test(`are read from /configz of a kubelet ${version} with defaults`, () => {
      assert.equal(
        [...recordedBodies(version).thresholds].sort(),
        [
          ['allocatableMemory.available', { amount: 104_857_600 }],
          ['imagefs.available', share(15)],
          ['imagefs.inodesFree', share(5)],
          ['memory.available', { amount: 104_857_600 }],
          ['nodefs.available', share(10)],
          ['nodefs.inodesFree', share(5)],
        ],
        version,
      );
    });

  test('are empty if /configz has no thresholds, for example because evictionHard is empty', () => {
    assert.is(evictionThresholds({ enforceNodeAllocatable: ['pods'] })?.size, 0);
  });

  test('are only the thresholds that evictionHard names', () => {
    assert.equal(
      [...(evictionThresholds({ evictionHard: { 'memory.available': '1Mi' } }) ?? [])],
      [['memory.available', { amount: 1_048_576 }]],
    );
  });

  test('do not include 0%, 100%, and thresholds for container file systems, which kubelets ignore', () => {
    const evictionHard = {
      'nodefs.available': '0%',
      'imagefs.available': '100%',
      'containerfs.available': '5%',
    };
    assert.is(evictionThresholds({ evictionHard })?.size, 0);
  });

  test('apply to the memory of all pods only if the kubelet enforces a limit for all pods', () => {
    const evictionHard = { 'memory.available': '1Gi' };
    assert.is(evictionThresholds({ evictionHard })?.has('allocatableMemory.available'), false);
  });

  for (const evictionHard of [{ 'memory.available': 'much' }, { 'nodefs.available': 'x%' }, [], 1])
    test(`cannot be read from ${JSON.stringify(evictionHard)}`, () =>
      assert.is(evictionThresholds({ evictionHard }), undefined));
});

suite('headroom to eviction', (test) => {
  test('is the amount above the threshold, in percent of the capacity', () => {
    assert.equal(
      headrooms(
        {
          memory: { availableBytes: 3 * gib, workingSetBytes: 5 * gib },
          fs: { availableBytes: 30, capacityBytes: 200, inodesFree: 8, inodes: 100 },
          rlimit: { maxpid: 1000, curproc: 400 },
        },
        { 'memory.available': '1Gi', 'nodefs.available': '10%', 'nodefs.inodesFree': '10%' },
      ),
      [
        { signal: 'memory.available', amount: 2 * gib, percent: 25 },
        { signal: 'nodefs.available', amount: 10, percent: 5 },
        { signal: 'nodefs.inodesFree', amount: -2, percent: -2 },
      ],
    );
  });

  test('is rounded as in a kubelet: the share to 32 bits, then the amount down', () => {
    const [nodeFs] = headrooms(
      { fs: { availableBytes: 54_970_015_744, capacityBytes: 270_553_174_016 } },
      { 'nodefs.available': '10%' },
    );
    // The kubelet calculates int64(float64(capacity) * float64(float32(10) / 100)).
    assert.is(nodeFs?.amount, 54_970_015_744 - 27_055_317_804);
  });

  test('is unknown if the kubelet does not report all values', () => {
    const fs = { availableBytes: 1, inodes: 5, inodesFree: 18_446_744_073_709_551_615n };
    const node = { fs, memory: { workingSetBytes: 1 }, rlimit: { curproc: 1 } };
    assert.equal(headrooms(node, watched), []);
    assert.equal(headrooms({ fs: { availableBytes: 6, capacityBytes: 5 } }, watched), []);
  });

  test('is exact beyond 2^53', () => {
    const fs = { availableBytes: 2n ** 60n + 1n, capacityBytes: 2n ** 61n };
    assert.is(headrooms({ fs }, { 'nodefs.available': '1' })[0]?.amount, 2n ** 60n);
  });

  test('is negative if the available amount is below the threshold', () =>
    assert.equal(
      headrooms({ memory: { availableBytes: 0, workingSetBytes: 4 } }, { 'memory.available': '1' }),
      [{ signal: 'memory.available', amount: -1, percent: -25 }],
    ));

  test('exists for the memory of all pods only if memory has a threshold', () => {
    const memory = { availableBytes: 2 * gib, workingSetBytes: 2 * gib };
    const systemContainers = [{ name: 'pods', memory }];
    assert.equal(headrooms({ systemContainers }, { 'memory.available': '1Gi' }), [
      { signal: 'allocatableMemory.available', amount: gib, percent: 25 },
    ]);
    assert.equal(headrooms({ systemContainers }, {}), []);
  });

  test('counts committed memory on Windows', () => {
    const { node } = summaryOf(bodyText('summary-windows'));
    const evictionHard = { 'memory.available': '500Mi', 'nodefs.available': '10%' };
    assert.equal(headrooms(node, evictionHard).slice(0, 2), [
      { signal: 'memory.available', amount: 6_000_000_000 - 524_288_000, percent: 54.76 },
      {
        signal: 'allocatableMemory.available',
        amount: 7_000_000_000 - 524_288_000,
        percent: 80.95,
      },
    ]);
  });

  test('has the thresholds of nodefs for a separate container file system', () => {
    const imageFs = { availableBytes: 50, capacityBytes: 100, inodes: 10, inodesFree: 5 };
    const containerFs = { ...imageFs, availableBytes: 40 };
    const evictionHard = { 'nodefs.available': '10%', 'imagefs.available': '20%' };
    const amounts = (runtime: NodeStats['runtime']) =>
      headrooms({ runtime }, evictionHard).map(({ signal, amount }) => [signal, amount]);
    assert.equal(amounts({ imageFs, containerFs }), [
      ['imagefs.available', 30],
      ['containerfs.available', 30],
    ]);
    assert.is(amounts({ imageFs, containerFs: { ...imageFs } }).length, 1);
  });

  test('is tightest where the percentage is smallest, and memory comes first if percentages are equal', () => {
    const least = tightest(
      headrooms(
        {
          memory: { availableBytes: 100, workingSetBytes: 900 },
          fs: { availableBytes: 100, capacityBytes: 1000 },
        },
        { 'memory.available': '1', 'nodefs.available': '1' },
      ),
    );
    assert.equal(least, { signal: 'memory.available', amount: 99, percent: 9.9 });
    assert.is(tightest([]), undefined);
  });

  test('exists only for signals with a threshold; a full file system without a threshold is reported separately', () => {
    const node = {
      memory: { availableBytes: 5 * gib, workingSetBytes: 3 * gib },
      fs: { availableBytes: 1, capacityBytes: 100, inodes: 100, inodesFree: 50 },
      rlimit: { maxpid: 1000, curproc: 400 },
    };
    const evictionHard = { 'memory.available': '1Gi' };
    assert.equal(
      headrooms(node, evictionHard).map(({ signal }) => signal),
      ['memory.available'],
    );
    const unwatched = (hard: Record<string, string>) =>
      findUnwatched(
        { nodeName: 'n', ...node },
        evictionThresholds({ evictionHard: hard }) ?? new Map(),
      );
    assert.equal(unwatched(evictionHard), { signal: 'nodefs.available', amount: 1, percent: 1 });
    assert.is(unwatched({ 'nodefs.available': '10%' }), undefined);
  });
});
