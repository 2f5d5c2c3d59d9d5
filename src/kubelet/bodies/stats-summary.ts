import * as v from '@badrap/valita';
import type { Checked } from '../../schema.ts';
import { parseExactJson } from '../../text/json.ts';
import { type Count, known, percentOf } from './exact.ts';
import { parseBody } from './parse-body.ts';

// The fields read of /stats/summary. Only names are always there: each figure may be missing, for example on Windows, in another version,
// or before it is first measured.
// Source: https://github.com/kubernetes/kubernetes/blob/v1.37.2/staging/src/k8s.io/kubelet/pkg/apis/stats/v1alpha1/types.go

/** A uint64; a bigint beyond 2^53. */
const count = v.union(v.number(), v.bigint()).optional();

/** Pressure, since 1.34 and if the kernel measures it. `avg10` is a percentage of the time, on average over 10 seconds. */
const pressure = v
  .object({
    /** Time in which at least one task waited. */
    some: v.object({ avg10: v.number().optional(), total: count }).optional(),
    /** Time in which all tasks waited. */
    full: v.object({ avg10: v.number().optional() }).optional(),
  })
  .optional();

const usage = {
  cpu: v.object({ usageNanoCores: count, psi: pressure }).optional(),
  memory: v
    .object({
      /** Bytes left up to the limit; undefined without a limit. */
      availableBytes: count,
      usageBytes: count,
      workingSetBytes: count,
      rssBytes: count,
      psi: pressure,
    })
    .optional(),
  io: v.object({ psi: pressure }).optional(),
  swap: v.object({ swapAvailableBytes: count, swapUsageBytes: count }).optional(),
};

const fileSystem = {
  /** Free bytes of the whole file system. The capacity is that of the whole file system, too. */
  availableBytes: count,
  capacityBytes: count,
  /** Bytes used by the described object, such as a container; for a node, bytes used by everything. */
  usedBytes: count,
  inodesFree: count,
  inodes: count,
  inodesUsed: count,
};

const interfaceStats = { name: v.string().optional(), rxBytes: count, txBytes: count };

const network = v
  .object({
    // Fields of the default interface; undefined if it was not found.
    ...interfaceStats,
    time: v.string().optional(),
    interfaces: v.array(v.object(interfaceStats)).optional(),
  })
  .optional();

const container = v.object({
  name: v.string(),
  ...usage,
  rootfs: v.object(fileSystem).optional(),
  logs: v.object(fileSystem).optional(),
});

const volume = v.object({
  name: v.string().optional(),
  ...fileSystem,
  pvcRef: v.object({ name: v.string(), namespace: v.string().optional() }).optional(),
  /** Health up to 1.36; undefined unless the driver reports it. */
  volumeHealthStats: v.object({ abnormal: v.boolean().optional() }).optional(),
});

const pod = v.object({
  podRef: v.object({ name: v.string(), namespace: v.string(), uid: v.string().optional() }),
  containers: v.array(container).optional(),
  ...usage,
  network,
  volume: v.array(volume).optional(),
  'ephemeral-storage': v.object(fileSystem).optional(),
  process_stats: v.object({ process_count: count }).optional(),
});

const summary = v.object({
  node: v.object({
    nodeName: v.string(),
    systemContainers: v.array(container).optional(),
    ...usage,
    network,
    fs: v.object(fileSystem).optional(),
    runtime: v
      .object({
        /** File system of images; `usedBytes` is of images alone. */
        imageFs: v.object(fileSystem).optional(),
        /** File system of the writable layers of containers. */
        containerFs: v.object(fileSystem).optional(),
      })
      .optional(),
    rlimit: v.object({ maxpid: count, curproc: count }).optional(),
  }),
  /** Null on a node without pods. */
  pods: v.array(pod).optional(),
});

export type StatsSummary = v.Infer<typeof summary>;
export type NodeStats = StatsSummary['node'];
export type PodStats = v.Infer<typeof pod>;
export type NetworkStats = NonNullable<v.Infer<typeof network>>;
export type Usage = Pick<NodeStats, keyof typeof usage>;
export type FileSystem = NonNullable<NodeStats['fs']>;

/** Reads the body of /stats/summary. The problem is a phrase: `no stats summary: …`. */
export function parseStatsSummary(body: string): Checked<StatsSummary> {
  const checked = parseBody(summary, body, 'stats summary', { whole: true, parse: parseFigures });
  if (checked.decoded && isPressureUnmeasured(checked.decoded.value))
    removePressure(checked.decoded.value);
  return checked;
}

/** Whether pressure was not measured: with control groups of version 1, kubelets report 0, but on every node some task has waited. */
function isPressureUnmeasured({ node }: StatsSummary): boolean {
  return node.cpu?.psi?.some?.total === 0;
}

function removePressure({ node, pods = [] }: StatsSummary): void {
  const containers = [node.systemContainers, ...pods.map((each) => each.containers)];
  for (const { cpu, memory, io } of [node, ...pods, ...containers.flatMap((each) => each ?? [])])
    for (const measured of [cpu, memory, io]) delete measured?.psi;
}

/** Parses numbers exactly, unless only usageCoreNanoSeconds and `total` are long: their last digits are not used. */
function parseFigures(body: string): unknown {
  const hasLong =
    /\d{16}/.test(body) && /"(?!usageCoreNanoSeconds"|"total")\w+":\s*-?\d{16}/.test(body);
  return hasLong ? parseExactJson(body) : JSON.parse(body);
}

export function filledPercent({ capacityBytes, availableBytes }: FileSystem): number | undefined {
  return filled(capacityBytes, availableBytes);
}

export function filledInodesPercent({ inodes, inodesFree }: FileSystem): number | undefined {
  return filled(inodes, inodesFree);
}

function filled(capacity: Count | undefined, free: Count | undefined): number | undefined {
  const share = percentOf(known(free), known(capacity));
  // More than 100 % free would be a wrong figure.
  return share === undefined || share > 100 ? undefined : Math.round((100 - share) * 100) / 100;
}

/**
 * Returns the file system of writable layers; undefined if it is also that of images, which kubelets report twice.
 * Source: https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/kubelet/stats/provider.go (equalFileSystems)
 */
export function separateContainerFs({ runtime }: NodeStats): FileSystem | undefined {
  const { imageFs, containerFs } = runtime ?? {};
  if (!imageFs || !containerFs) return containerFs;
  const keys = ['availableBytes', 'capacityBytes', 'inodes', 'inodesFree', 'inodesUsed'] as const;
  return keys.every((key) => imageFs[key] === containerFs[key]) ? undefined : containerFs;
}
