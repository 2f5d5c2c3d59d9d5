import type { ContainerLog } from '../container-log.ts';
import type { ContainerPlace, NodeContents } from '../node-contents.ts';
import type { NodeLogs } from '../node-logs.ts';
import { requestCounters } from '../request-log.ts';
import { secondsRun, startedAt, wave } from './clock.ts';
import { sceneMetrics } from './metrics.ts';
import {
  gibibytes,
  mebibyte,
  podIpOf,
  podsOn,
  type SceneContainer,
  type ScenePod,
  uidOf,
} from './pods.ts';

interface SceneNode {
  readonly node: string;
  readonly minor: number;
  /** The logs of the node, from which its requests are counted. */
  readonly logs?: NodeLogs;
  readonly logOf: (place: ContainerPlace, previous: boolean) => ContainerLog | undefined;
  readonly isReady: (pod: ScenePod) => boolean;
}

/** Returns what a node of the demo runs and reports. The usage changes with time. */
export function sceneContents({ node, minor, logs, logOf, isReady }: SceneNode): NodeContents {
  const pods = podsOn(node);
  return {
    pods: () => pods.map((pod) => ({ ...podObject(pod), status: podStatus(pod, isReady(pod)) })),
    runtimePods: () => pods.map(runtimePod),
    summary: () => JSON.stringify(sceneSummary(node)),
    metrics: (path) =>
      sceneMetrics({ path, node, minor, pods, requests: logs ? requestCounters(logs) : '' }),
    configuration: {
      enableSystemLogQuery: true,
      ...(node === 'node-2' ? { maxPods: 250, systemReserved: { memory: '1Gi' } } : {}),
    },
    containersOf: (namespace, name) =>
      pods
        .find((pod) => pod.namespace === namespace && pod.name === name)
        ?.containers.map((container) => container.name),
    log: logOf,
  };
}

export function podObject(pod: ScenePod) {
  const { namespace, name, node, labels = {}, owner, serviceAccount = 'default', source } = pod;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      namespace,
      name,
      uid: uidOf(pod),
      labels: { ...labels },
      creationTimestamp: startedAt,
      annotations: { 'kubernetes.io/config.source': source === 'static' ? 'file' : 'api' },
      ...(owner && { ownerReferences: [{ ...owner, controller: true }] }),
    },
    spec: {
      nodeName: node,
      serviceAccountName: serviceAccount,
      containers: pod.containers.map(
        ({ name: container, image, args = [], ports = [], memoryMebibytes, isShell }) => ({
          ...(isShell && { stdin: true, tty: true }),
          name: container,
          image,
          args: [...args],
          ports: [...ports],
          resources: {
            requests: { memory: `${Math.round(memoryMebibytes / 2)}Mi` },
            limits: { memory: `${2 * memoryMebibytes}Mi` },
          },
        }),
      ),
      volumes: (pod.volumes ?? []).map((volume) => ({ name: volume.name, ...volume.source })),
    },
  };
}

export function podStatus(pod: ScenePod, ready: boolean) {
  const { containers } = pod;
  return {
    phase: 'Running',
    podIP: podIpOf(pod),
    podIPs: [{ ip: podIpOf(pod) }],
    qosClass: 'Burstable',
    startTime: startedAt,
    conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
    containerStatuses: containers.map(({ name, image, before }) => ({
      name,
      image,
      ready,
      started: true,
      restartCount: before ? 3 : 0,
      state: { running: { startedAt } },
      ...(before && {
        lastState: { terminated: { exitCode: 2, reason: 'Error', finishedAt: startedAt } },
      }),
    })),
  };
}

function runtimePod(pod: ScenePod) {
  const { metadata, spec } = podObject(pod);
  const { namespace, name, uid } = metadata;
  const containers = spec.containers.map((each) => ({
    name: each.name,
    image: each.image,
    resources: {},
  }));
  return { metadata: { namespace, name, uid }, spec: { containers }, status: {} };
}

/** Returns the /stats/summary of a node of the demo. The disk of node-2 is nearly full. */
export function sceneSummary(node: string) {
  const time = new Date().toISOString().replace(/\.\d+/, '');
  const used = podsOn(node).map(podStats);
  const sum = (of: (stats: (typeof used)[number]) => number) =>
    used.reduce((total, each) => total + of(each), 0);
  const workingSetBytes = gibibytes(0.6) + sum((each) => each.memory.workingSetBytes);
  const availableBytes =
    node === 'node-2' ? gibibytes(8.3) - Math.round(wave(0) * 200) * mebibyte : gibibytes(31);
  const fs = fileSystem(gibibytes(50) - availableBytes, gibibytes(50), availableBytes);
  return {
    node: {
      nodeName: node,
      startTime: startedAt,
      cpu: {
        time,
        usageNanoCores: Math.round(9e7 * wave(1)) + sum((each) => each.cpu.usageNanoCores),
      },
      memory: {
        time,
        availableBytes: gibibytes(8) - workingSetBytes,
        usageBytes: workingSetBytes + gibibytes(1),
        workingSetBytes,
        rssBytes: Math.round(workingSetBytes * 0.8),
      },
      network: network('eth0'),
      fs,
      runtime: {
        imageFs: { ...fs, usedBytes: gibibytes(6) },
        containerFs: { ...fs, usedBytes: gibibytes(1) },
      },
      rlimit: { time, maxpid: 4_194_304, curproc: Math.round(400 * wave(2)) },
    },
    pods: used,
  };
}

function podStats(pod: ScenePod) {
  const { namespace, name } = pod;
  const containers = pod.containers.map(containerStats);
  // Kubelets count writable layers, logs, and emptyDirs on disk.
  const onDisk = (pod.volumes ?? []).filter(
    ({ source: { emptyDir } }) => emptyDir && !('medium' in emptyDir),
  );
  const usedBytes =
    containers.reduce((sum, each) => sum + each.rootfs.usedBytes + each.logs.usedBytes, 0) +
    onDisk.reduce((sum, volume) => sum + volume.usedBytes, 0);
  return {
    podRef: { namespace, name, uid: uidOf(pod) },
    startTime: startedAt,
    containers,
    cpu: { usageNanoCores: containers.reduce((sum, each) => sum + each.cpu.usageNanoCores, 0) },
    memory: {
      workingSetBytes: containers.reduce((sum, each) => sum + each.memory.workingSetBytes, 0),
    },
    network: network('eth0'),
    // Kubelets do not measure hostPath volumes.
    volume: (pod.volumes ?? [])
      .filter(({ source }) => !('hostPath' in source))
      .map(({ name: volume, source, usedBytes: used, capacityBytes }) => ({
        name: volume,
        ...fileSystem(used, capacityBytes),
        ...('persistentVolumeClaim' in source && {
          pvcRef: {
            namespace,
            name: (source['persistentVolumeClaim'] as { claimName: string }).claimName,
          },
        }),
      })),
    'ephemeral-storage': fileSystem(usedBytes, gibibytes(50)),
    process_stats: { process_count: 3 * containers.length },
  };
}

function containerStats({ name, cpuMillis, memoryMebibytes, diskMebibytes = 1 }: SceneContainer) {
  const seed = name.length + cpuMillis;
  const workingSetBytes = Math.round(memoryMebibytes * mebibyte * (0.9 + wave(seed + 1) / 10));
  return {
    name,
    startTime: startedAt,
    cpu: { usageNanoCores: Math.round(cpuMillis * 1e6 * wave(seed)) },
    memory: {
      workingSetBytes,
      usageBytes: workingSetBytes + 4 * mebibyte,
      rssBytes: Math.round(workingSetBytes * 0.8),
      availableBytes: 2 * memoryMebibytes * mebibyte - workingSetBytes,
    },
    rootfs: fileSystem(diskMebibytes * mebibyte, gibibytes(50)),
    logs: fileSystem(Math.round(mebibyte * (1 + secondsRun() / 600)), gibibytes(50)),
  };
}

function network(name: string) {
  const [rxBytes, txBytes] = [2100, 900].map((perSecond) => Math.round(perSecond * secondsRun()));
  const counts = { name, rxBytes, rxErrors: 0, txBytes, txErrors: 0 };
  return { time: new Date().toISOString(), ...counts, interfaces: [counts] };
}

function fileSystem(
  usedBytes: number,
  capacityBytes: number,
  availableBytes = capacityBytes - usedBytes,
) {
  const inodes = Math.round(capacityBytes / 16_384);
  const inodesUsed = Math.round(usedBytes / 65_536) + 9;
  return {
    usedBytes: Math.round(usedBytes),
    capacityBytes,
    availableBytes: Math.round(availableBytes),
    inodes,
    inodesUsed,
    inodesFree: Math.max(0, inodes - inodesUsed),
  };
}
