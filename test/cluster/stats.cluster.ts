import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import * as assert from 'uvu/assert';
import { run } from '../../scripts/tools/shell.ts';
import { podRows } from '../../src/commands/get/pods.ts';
import type { Row } from '../../src/commands/shared/fleet/outcome.ts';
import { containerStatsRows } from '../../src/commands/top/container-stats.ts';
import { capacityOf, nodeStatsRow } from '../../src/commands/top/node-stats.ts';
import { podStatsRows } from '../../src/commands/top/pod-stats.ts';
import { volumeStatsRows } from '../../src/commands/top/volume-stats.ts';
import {
  evictionThresholds,
  findHeadrooms,
  type Signal,
} from '../../src/kubelet/bodies/eviction.ts';
import { type KubeletPod, parsePodList, parsePods } from '../../src/kubelet/bodies/pods.ts';
import { parseQuantity } from '../../src/kubelet/bodies/quantity.ts';
import { parseStatsSummary } from '../../src/kubelet/bodies/stats-summary.ts';
import { parseConfigz } from '../../src/kubelet/configz.ts';
import type { Node } from '../../src/objects.ts';
import type { Checked } from '../../src/schema.ts';
import { openApi } from '../kit/api-client.ts';
import { suite } from '../kit/suite.ts';
import { waitFor } from '../kit/wait-for.ts';
import { adminApi, adminIdentity } from './admin-api.ts';
import { podCgroups } from './cgroups.ts';
import { currentCluster } from './current.ts';
import { nodeAddress } from './network.ts';
import { type KubeletSettings, nodeCgroup } from './node-settings.ts';
import { container, podObject } from './start-pod.ts';
import { toolOf } from './world.ts';

const mib = 1024 ** 2;
const pods = '/api/v1/namespaces/default/pods';
const cluster = await currentCluster();
const api = adminApi(cluster);
const home = join(cluster.directory, 'node-1');
const kubeletApi = openApi(`https://${nodeAddress(1)}:10250`, adminIdentity(cluster));
const kubelet = async (...[method, path, body]: Parameters<typeof kubeletApi>) => {
  const { status, text } = await kubeletApi(method, path, body);
  if (status !== 200) throw new Error(`${method} ${path}: ${status} ${text}`);
  return text;
};

function decoded<T>(checked: Checked<T>): T {
  if (!checked.decoded) throw new Error(checked.problem);
  return checked.decoded.value;
}

/** A kubelet that has just started has no statistics yet. */
async function readSummary() {
  for (let turn = 0; ; turn += 1) {
    const answer = await kubelet('GET', '/stats/summary').catch((error: Error) => error);
    if (typeof answer === 'string') return decoded(parseStatsSummary(answer));
    if (turn === 30 || !/unable to find data|node "node-1" not found/.test(answer.message))
      throw answer;
    await sleep(1000);
  }
}

const readConfiguration = async () => decoded(parseConfigz(await kubelet('GET', '/configz')));
const readPods = async () => decoded(parsePods(await kubelet('GET', '/pods')));

/** Logs are not rotated during the tests, and volumes are measured soon. */
const settings = (usual: KubeletSettings) => ({
  ...usual,
  containerLogMaxSize: '1Gi',
  volumeStatsAggPeriod: '5s',
});

const stay = 'while true; do sleep 1; done';
const disk = (requested: string, limit: string) => ({
  resources: {
    requests: { 'ephemeral-storage': requested },
    limits: { 'ephemeral-storage': limit },
  },
});

interface PodObject {
  readonly metadata: { readonly name: string; readonly uid: string };
  readonly spec: object;
  readonly status?: { readonly phase?: string };
}

const createPod = (name: string, spec: object) =>
  api.call<PodObject>('POST', pods, podObject(name, spec));

await cluster.restartKubelet('node-1', settings);
const busy = await createPod('busy', {
  containers: [
    container(
      'main',
      `x=$(head -c 20000000 /dev/zero | tr '\\0' a)
      while true; do i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; sleep 0.5; done`,
    ),
  ],
});
const writer = await createPod('writer', {
  initContainers: [
    container('first', 'true', disk('2Gi', '4Gi')),
    container('side', stay, { restartPolicy: 'Always', ...disk('64Mi', '128Mi') }),
  ],
  containers: [
    container('layer', `head -c ${100 * mib} /dev/zero >/file; ${stay}`, disk('100Mi', '1Gi')),
    container(
      'log',
      `head -c ${100 * mib} /dev/zero | tr '\\0' a | fold -w 1023; ${stay}`,
      disk('200Mi', '1Gi'),
    ),
    container('volume', `head -c ${100 * mib} /dev/zero >/data/file; ${stay}`, {
      ...disk('100M', '1G'),
      volumeMounts: [{ name: 'data', mountPath: '/data' }],
    }),
  ],
  volumes: [{ name: 'data', emptyDir: {} }],
});
await waitFor('the pods of statistics', 60_000, async () => {
  const all = [busy, writer].map(({ metadata }) =>
    api.call<PodObject>('GET', `${pods}/${metadata.name}`),
  );
  return (await Promise.all(all)).every(({ status }) => status?.phase === 'Running');
});
const running = await api.call<PodObject>('GET', `${pods}/writer`);
await api.call('PUT', `${pods}/writer/ephemeralcontainers`, {
  ...running,
  spec: { ...running.spec, ephemeralContainers: [container('debugger', stay)] },
});

const volumeFolder = join(
  home,
  `var/lib/kubelet/pods/${writer.metadata.uid}/volumes/kubernetes.io~empty-dir/data`,
);
const logFolder = join(home, `var/log/pods/default_writer_${writer.metadata.uid}/log`);

const logBytes = () =>
  readdirSync(logFolder)
    .map((name) => statSync(join(logFolder, name)).blocks * 512)
    .reduce((total, bytes) => total + bytes, 0);

const diskUse = async (folder: string) =>
  Number((await run('du', ['-sB1', folder])).split(/\s/)[0]);

/** Returns the rows once the kubelet has measured everything that the pods write. */
async function settledRows() {
  const read = async () => {
    const [summary, list] = [await readSummary(), await readPods()];
    return {
      summary,
      // Pods of other suites may have ended, and have no usage then.
      pods: podStatsRows('node-1', summary, list).filter(({ pod }) =>
        ['busy', 'writer'].includes(String(pod)),
      ),
      containers: containerStatsRows('node-1', summary, list).filter(({ pod }) => pod === 'writer'),
      volumes: volumeStatsRows('node-1', summary, list).filter(({ pod }) => pod === 'writer'),
    };
  };
  let rows = await read();
  await waitFor('statistics of what is written', 120_000, async () => {
    await sleep(1000);
    rows = await read();
    const { containers, volumes } = rows;
    const used = containers.map(({ ephemeralUsedBytes = 0 }) => ephemeralUsedBytes);
    return (
      used.filter((bytes) => Number(bytes) >= 100 * mib).length === 2 &&
      containers.some(({ type }) => type === 'ephemeral') &&
      volumes.some(({ usedBytes = 0 }) => Number(usedBytes) >= 100 * mib) &&
      rows.pods.every(({ cpuCores }) => cpuCores !== undefined) &&
      containers.find(({ container: name }) => name === 'log')?.['logsUsedBytes'] === logBytes()
    );
  });
  return rows;
}

const env = { KUBECONFIG: cluster.kubeconfigs.admin, HOME: cluster.directory };
const kubectl = (...args: readonly string[]) => run(cluster.kubectl, args, { env });
const describeNode = () => kubectl('describe', 'node', 'node-1');

/** The two versions of control groups have different files. */
function cgroupFile(uid: string, names: readonly string[]): string {
  const folders = podCgroups(nodeCgroup(1), uid);
  const file = names
    .flatMap((name) => folders.map((folder) => join(folder, name)))
    .find((path) => existsSync(path));
  if (file === undefined) throw new Error(`no ${names.join(' or ')} of the pod ${uid}`);
  return readFileSync(file, 'utf8');
}

function field(text: string, ...names: readonly string[]): number {
  const line = text.split('\n').find((each) => names.includes(each.split(' ')[0] ?? ''));
  return Number(line?.split(' ')[1]);
}

const kubeletLog = () =>
  readdirSync(join(cluster.directory, 'log'))
    .filter((name) => name.startsWith('kubelet-1'))
    .map((name) => readFileSync(join(cluster.directory, 'log', name), 'utf8'))
    .join('');

/** Returns the eviction thresholds that the kubelet logged at its last start. */
function loggedThresholds(): readonly (readonly [signal: string, threshold: object])[] {
  const [, text = ''] =
    [...kubeletLog().matchAll(/"HardEvictionThresholds":(\[[^\]]*\])/g)].at(-1) ?? [];
  const thresholds = JSON.parse(text) as readonly {
    readonly Signal: string;
    readonly Value: { readonly Quantity: string | null; readonly Percentage: number };
  }[];
  return thresholds
    .map(({ Signal, Value: { Quantity, Percentage } }) => {
      const value =
        Quantity === null
          ? { share: Math.fround(Percentage) }
          : { amount: parseQuantity(Quantity) };
      return [Signal, value] as const;
    })
    .sort();
}

suite(`rows of top and get pods, ${cluster.version}`, (test) => {
  test('count the bytes that a pod writes to its layer, log and volume', async () => {
    const { pods: stats, containers, volumes } = await settledRows();
    const bytesOf = (name: string) => containers.find((each) => each['container'] === name);
    const layer = Number(bytesOf('layer')?.['layerUsedBytes']);
    // The layer also has the image, which the snapshotter copies.
    assert.ok(layer >= 100 * mib && layer < 110 * mib, String(layer));
    assert.is(bytesOf('log')?.['logsUsedBytes'], logBytes());
    const volume = volumes.find((each) => each['volume'] === 'data');
    assert.is(volume?.['usedBytes'], await diskUse(volumeFolder));
    assert.is(volume?.['type'], 'emptyDir');
    const total = [...containers.map((each) => each['ephemeralUsedBytes']), volume?.['usedBytes']]
      .map(Number)
      .reduce((one, other) => one + other);
    const pod = stats.find((each) => each['pod'] === 'writer');
    // The kubelet also writes a hosts file.
    const rest = Number(pod?.['ephemeralUsedBytes']) - total;
    assert.ok(rest >= 0 && rest <= 64 * 1024, String(rest));
  });

  test('distinguish sidecars and ephemeral containers from other containers', async () => {
    const { containers } = await settledRows();
    assert.equal(containers.map((each) => `${each['container']} ${each['type']}`).sort(), [
      'debugger ephemeral',
      'layer container',
      'log container',
      'side sidecar',
      'volume container',
    ]);
  });

  test('have the ephemeral-storage requests and limits that kubectl describe prints', async () => {
    const { pods: stats } = await settledRows();
    const described = await describeNode();
    const [, requested = '', limit = ''] =
      /^ {2}ephemeral-storage +(\S+) \(\d+%\) +(\S+) \(\d+%\)$/m.exec(described) ?? [];
    const pod = stats.find((each) => each['pod'] === 'writer');
    assert.equal(
      [pod?.['ephemeralRequestedBytes'], pod?.['ephemeralLimitBytes']],
      [parseQuantity(requested), parseQuantity(limit)],
      described,
    );
  });

  test('have the CPU and memory requests and limits that kubectl describe prints, even during a resize', async () => {
    const sized = (cpu: string, memory: string, limit?: string) => ({
      resources: {
        requests: { cpu, memory },
        ...(limit !== undefined && { limits: { cpu: '2', memory: limit } }),
      },
    });
    const specs = {
      plain: {
        containers: [container('a', stay, sized('50m', '16Mi', '64Mi')), container('b', stay)],
      },
      starting: {
        initContainers: [
          container('side', stay, { restartPolicy: 'Always', ...sized('20m', '8Mi', '32Mi') }),
          container('first', 'true', sized('100m', '64Mi', '128Mi')),
        ],
        containers: [container('a', stay, sized('30m', '16Mi', '64Mi'))],
      },
      ...(cluster.minor !== '1.31' && {
        whole: {
          ...sized('200m', '32Mi', '256Mi'),
          containers: [container('a', stay, sized('10m', '8Mi'))],
        },
      }),
    };
    const names = Object.keys(specs);
    for (const [name, spec] of Object.entries(specs)) await createPod(name, spec);
    const rowsNow = async () =>
      podRows('node-1', decoded(parsePodList(await kubelet('GET', '/pods'))));
    const compare = async () => {
      const described = await describeNode();
      const rows = await rowsNow();
      for (const name of names) {
        const words = new RegExp(
          `^ +default +${name} +(\\S+) \\(\\d+%\\) +(\\S+) \\(\\d+%\\) +(\\S+) \\(\\d+%\\) +(\\S+) `,
          'm',
        );
        const [, ...shown] = words.exec(described) ?? [];
        const row = rows.find(({ pod }) => pod === name);
        assert.equal(
          [
            Number(row?.['cpuRequestedCores'] ?? 0) * 1000,
            Number(row?.['cpuLimitCores'] ?? 0) * 1000,
            row?.['memoryRequestedBytes'] ?? 0,
            row?.['memoryLimitBytes'] ?? 0,
          ],
          shown.map((text, index) => Number(parseQuantity(text, index < 2 ? 3 : 0))),
          `${name}: ${described}`,
        );
      }
      return { described, rows };
    };
    try {
      await waitFor('running pods', 60_000, async () => {
        const rows = await rowsNow();
        return names.every(
          (name) => rows.find(({ pod }) => pod === name)?.['status'] === 'Running',
        );
      });
      const { described } = await compare();
      const list = decoded(parsePodList(await kubelet('GET', '/pods')));
      const node = await api.call<Node>('GET', '/api/v1/nodes/node-1');
      const summary = { node: { nodeName: 'node-1' } };
      const row = nodeStatsRow('node-1', summary, undefined, capacityOf(node), list);
      const columns = {
        cpu: [
          ['cpuRequestedCores', 'cpuRequestedPercent'],
          ['cpuLimitCores', 'cpuLimitPercent'],
        ],
        memory: [
          ['memoryRequestedBytes', 'memoryRequestedPercent'],
          ['memoryLimitBytes', 'memoryLimitPercent'],
        ],
      } as const;
      for (const [resource, pairs] of Object.entries(columns)) {
        const isCpu = resource === 'cpu';
        const words = new RegExp(`^ +${resource} +(\\S+) \\((\\d+)%\\) +(\\S+) \\((\\d+)%\\)`, 'm');
        const [, ...shown] = words.exec(described) ?? [];
        assert.equal(
          pairs.flatMap(([amount, percent]) => [
            isCpu ? Number(row[amount] ?? 0) * 1000 : Number(row[amount]),
            Math.floor(Number(row[percent] ?? 0)),
          ]),
          shown.map((text, index) =>
            Number(index % 2 === 0 ? parseQuantity(text, isCpu ? 3 : 0) : text),
          ),
          described,
        );
      }
      if (cluster.minor === '1.31') return;
      const resources = { requests: { cpu: '300m' } };
      const patch = JSON.stringify({ spec: { containers: [{ name: 'a', resources }] } });
      const resize = ['patch', 'pod', 'starting', '--subresource', 'resize', '-p', patch];
      await kubectl(...resize);
      await compare();
      await waitFor('the resize', 60_000, async () => {
        const { status } = await api.call<KubeletPod>('GET', `${pods}/starting`);
        return status?.containerStatuses?.[0]?.resources?.requests?.['cpu'] === '300m';
      });
      await compare();
    } finally {
      for (const name of names) await api.call('DELETE', `${pods}/${name}`);
    }
  });

  test('have the state of pods and containers that the kubelet does not measure', async () => {
    const names = ['crashing', 'ended', 'half'];
    await createPod('crashing', { containers: [container('main', 'exit 1')] });
    await createPod('ended', { restartPolicy: 'Never', containers: [container('main', 'true')] });
    await createPod('half', { containers: [container('main', 'exit 1'), container('side', stay)] });
    const read = async () => {
      const [summary, list] = [await readSummary(), await readPods()];
      const rows = podStatsRows('node-1', summary, list);
      const containers = containerStatsRows('node-1', summary, list);
      const shown = (value: unknown) => {
        if (typeof value === 'number') return 'measured';
        // The state between two starts; a kubelet may report either.
        return /^(?:Error|CrashLoopBackOff)$/.test(String(value)) ? 'crashed' : value;
      };
      const of = (all: readonly Row[], ...keys: readonly string[]) =>
        all
          .filter((row) => names.includes(String(row['pod'])))
          .map((row) => [...keys, 'workingSetBytes'].map((key) => shown(row[key])))
          .sort();
      return [of(rows, 'pod', 'unmeasured'), of(containers, 'pod', 'container', 'unmeasured')];
    };
    try {
      const expected = [
        [
          ['crashing', 'crashed', undefined],
          ['ended', 'Completed', undefined],
          ['half', undefined, 'measured'],
        ],
        [
          ['crashing', 'main', 'crashed', undefined],
          ['ended', 'main', 'Completed', undefined],
          ['half', 'main', 'crashed', undefined],
          ['half', 'side', undefined, 'measured'],
        ],
      ];
      let rows: unknown;
      await waitFor('pods that are not measured', 120_000, async () => {
        rows = await read();
        return isDeepStrictEqual(rows, expected);
      }).catch(() => assert.equal(rows, expected));
    } finally {
      for (const name of names) await api.call('DELETE', `${pods}/${name}`);
    }
  });

  test('have the memory and CPU usage of control groups', async () => {
    const { uid } = busy.metadata;
    const cpuSeconds = () => {
      const text = cgroupFile(uid, ['cpuacct.usage', 'cpu.stat']);
      return text.includes(' ') ? field(text, 'usage_usec') / 1e6 : Number(text) / 1e9;
    };
    const [start, startMs] = [cpuSeconds(), performance.now()];
    await sleep(20_000);
    const cores = ((cpuSeconds() - start) / (performance.now() - startMs)) * 1000;
    const row = podStatsRows('node-1', await readSummary(), undefined).find(
      (each) => each['pod'] === 'busy',
    );
    const stat = cgroupFile(uid, ['memory.stat']);
    const used = Number(cgroupFile(uid, ['memory.usage_in_bytes', 'memory.current']));
    const working = used - field(stat, 'total_inactive_file', 'inactive_file');
    const near = (value: unknown, expected: number, share: number) =>
      assert.ok(
        Math.abs(Number(value) - expected) <= expected * share,
        `${String(value)}, not ${expected}`,
      );
    near(row?.['workingSetBytes'], working, 0.2);
    near(row?.['rssBytes'], field(stat, 'total_rss', 'anon'), 0.2);
    // The CPU usage depends on the load of the machine.
    near(row?.['cpuCores'], cores, 0.75);
  });

  test('have the share of periods in which the CPU limit stopped a container', async () => {
    const { metadata } = await createPod('throttled', {
      containers: [
        container('main', 'while true; do :; done', { resources: { limits: { cpu: '50m' } } }),
      ],
    });
    const readId = () =>
      kubectl(
        'get',
        'pod',
        'throttled',
        '-o',
        'jsonpath={.status.containerStatuses[0].containerID}',
      );
    try {
      await waitFor('the container', 60_000, async () => (await readId()) !== '');
      const id = basename(await readId());
      // The group of the pod has the same limit, and other counts.
      const count = (name: string) =>
        field(cgroupFile(metadata.uid, [`${id}/cpu.stat`]), `nr_${name}`);
      await waitFor('periods of the CPU limit', 60_000, async () => {
        const share = count('throttled') / count('periods');
        const { stdout } = await toolOf(cluster)(
          'top containers throttled --node node-1 --sort-by throttled -o json',
        );
        const { items } = JSON.parse(stdout) as { items: readonly Record<string, number>[] };
        const { cpuPeriods = 0, cpuThrottledPercent = 0 } = items[0] ?? {};
        if (cpuPeriods < 200) return false;
        assert.ok(cpuPeriods <= count('periods'));
        assert.ok(share > 0.3);
        assert.ok(
          Math.abs(cpuThrottledPercent - 100 * share) < 10,
          `${cpuThrottledPercent} %, not ${share}`,
        );
        return true;
      });
    } finally {
      await api.call('DELETE', `${pods}/throttled?gracePeriodSeconds=0`);
    }
  });

  test('have the available bytes that the kubelet compares with its eviction thresholds', async () => {
    await kubelet('PUT', '/debug/flags/v', 4);
    const logged = () =>
      new Map(
        kubeletLog()
          .split('\n')
          .flatMap((line) => {
            const match =
              /log="observations" signal="([\w.]+)".* available="(\w+)" capacity="(\w+)"/.exec(
                line,
              );
            const [, signal = '', available = '', capacity = ''] = match ?? [];
            return match
              ? [[signal, [available, capacity].map((text) => parseQuantity(text))] as const]
              : [];
          }),
      );
    await waitFor('a log of the eviction manager', 60_000, () => logged().size > 0);
    const { node } = await readSummary();
    await kubelet('PUT', '/debug/flags/v', 2);
    const observed = [...logged().keys()].filter(
      (signal): signal is Signal => !/^(?:allocatableMemory|containerfs)\./.test(signal),
    );
    assert.ok(observed.length >= 4, `only ${observed}`);
    const headrooms = findHeadrooms(
      node,
      new Map(observed.map((signal) => [signal, { amount: 0 }])),
    );
    assert.equal(headrooms.map(({ signal }) => signal).sort(), observed.sort());
    for (const { signal, amount, percent = 0 } of headrooms) {
      const [available = 0, capacity = 0] = logged().get(signal) ?? [];
      const difference = Math.abs(Number(available) - Number(amount)) / Number(capacity);
      assert.ok(difference < 0.1, `${signal}: ${amount}, not ${available}`);
      const logs = (Number(available) / Number(capacity)) * 100;
      assert.ok(Math.abs(logs - percent) < 10, `${signal}: ${percent}, not ${logs}`);
    }
  });

  test('have the eviction thresholds that the kubelet logs', async () => {
    const both = async (change: object) => {
      await cluster.restartKubelet('node-1', (usual) => ({ ...settings(usual), ...change }));
      const thresholds = evictionThresholds(await readConfiguration()) ?? [];
      return [thresholds, loggedThresholds()] as const;
    };
    const names = {
      'memory.available': '2Mi',
      'nodefs.available': '1.5%',
      'imagefs.available': '1Gi',
      'imagefs.inodesFree': '0%',
      'pid.available': '1%',
    };
    const changes = [
      { evictionHard: {} },
      { evictionHard: names },
      ...(cluster.minor === '1.31'
        ? []
        : [{ evictionHard: names, mergeDefaultEvictionSettings: true }]),
    ];
    for (const change of changes) {
      const [thresholds, logged] = await both(change);
      const named = [...thresholds].filter(([signal]) => signal !== 'allocatableMemory.available');
      assert.equal(named.sort(), logged, JSON.stringify(change));
    }
    const row = nodeStatsRow(
      'node-1',
      await readSummary(),
      evictionThresholds(await readConfiguration()),
    );
    const left = Number(row['memoryAvailableBytes']) - Number(row['memoryHeadroomBytes']);
    assert.is(left, 2 * mib);
  });

  test('leave the node as it was', async () => {
    for (const { metadata } of [busy, writer]) await api.call('DELETE', `${pods}/${metadata.name}`);
    await cluster.restartKubelet('node-1');
    // The kubelet responds before it has loaded its pods.
    await waitFor('the pods of node-1', 60_000, async () => {
      const selector = '?fieldSelector=spec.nodeName=node-1';
      const { items } = await api.call<{ items: readonly PodObject[] }>(
        'GET',
        `/api/v1/pods${selector}`,
      );
      const known = [...(await readPods()).keys()];
      const uids = items.map(({ metadata }) => metadata.uid);
      return !uids.includes(writer.metadata.uid) && String(known.sort()) === String(uids.sort());
    });
  });
});
