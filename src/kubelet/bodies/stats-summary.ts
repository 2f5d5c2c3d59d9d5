import * as v from '@badrap/valita';
import type { Checked } from '../../schema.ts';
import { parseExactJson } from '../../text/json.ts';
import { type Count, known, percentOf } from './exact.ts';
import { parseBody } from './parse-body.ts';

// The fields of /stats/summary that this program reads. Names are always present. Each figure may be missing, for example on
// Windows, in another version of the kubelet, or before the first measurement.
// Source: https://github.com/kubernetes/kubernetes/blob/v1.37.2/staging/src/k8s.io/kubelet/pkg/apis/stats/v1alpha1/types.go

/** A uint64; it is a bigint above 2^53. */
const count = v.union(v.number(), v.bigint()).optional();

/**
 * Pressure stall information (PSI) of kubelets since 1.34, if the kernel measures it. `avg10` is a percentage of the time, averaged
 * over 10 seconds.
 */
const pressure = v
  .object({
    /** Time in which at least one task waited for the resource. */
    some: v.object({ avg10: v.number().optional(), total: count }).optional(),
    /** Time in which all tasks waited for the resource at once. */
    full: v.object({ avg10: v.number().optional() }).optional(),
  })
  .optional();

const usage = {
  cpu: v.object({ usageNanoCores: count, psi: pressure }).optional(),
  memory: v
    .object({
      /** Bytes left up to the limit; undefined if there is no limit. */
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
  /** Free bytes of the whole file system. `capacityBytes` also belongs to the whole file system. */
  availableBytes: count,
  capacityBytes: count,
  /** Bytes that the described container, volume or pod uses; for a node, bytes used by everything. */
  usedBytes: count,
  inodesFree: count,
  inodes: count,
  inodesUsed: count,
};

const interfaceStats = { name: v.string().optional(), rxBytes: count, txBytes: count };

const network = v
  .object({
    // Figures of the default network interface; undefined if the kubelet did not find it.
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
  /** Health of the volume, from kubelets up to 1.36; undefined unless the CSI driver reports it. */
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
        /** File system of container images. `usedBytes` counts only images. */
        imageFs: v.object(fileSystem).optional(),
        /** File system of the writable layers of containers. */
        containerFs: v.object(fileSystem).optional(),
      })
      .optional(),
    rlimit: v.object({ maxpid: count, curproc: count }).optional(),
  }),
  /** Null if the node has no pods. */
  pods: v.array(pod).optional(),
});

export type StatsSummary = v.Infer<typeof summary>;
export type NodeStats = StatsSummary['node'];
export type PodStats = v.Infer<typeof pod>;
export type NetworkStats = NonNullable<v.Infer<typeof network>>;
export type Usage = Pick<NodeStats, keyof typeof usage>;
export type FileSystem = NonNullable<NodeStats['fs']>;

export function parseStatsSummary(body: string): Checked<StatsSummary> {
  const checked = parseBody(summary, body, 'stats summary', { whole: true, parse: parseFigures });
  if (checked.decoded && isPressureUnmeasured(checked.decoded.value))
    removePressure(checked.decoded.value);
  return checked;
}

/**
 * Whether pressure was not measured. With cgroup v1, kubelets report a total of 0. A measured total of a node is never 0, because
 * some task has always waited.
 */
function isPressureUnmeasured({ node }: StatsSummary): boolean {
  return node.cpu?.psi?.some?.total === 0;
}

function removePressure({ node, pods = [] }: StatsSummary): void {
  const containers = [node.systemContainers, ...pods.map((each) => each.containers)];
  for (const { cpu, memory, io } of [node, ...pods, ...containers.flatMap((each) => each ?? [])])
    for (const measured of [cpu, memory, io]) delete measured?.psi;
}

/**
 * Parses JSON, and keeps all digits of long numbers. If only `usageCoreNanoSeconds` and `total` have long numbers, uses the faster
 * JSON.parse, because the last digits of these two fields are not used.
 */
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
  // If more than 100 % were free, a figure must be wrong.
  return share === undefined || share > 100 ? undefined : Math.round((100 - share) * 100) / 100;
}

/**
 * Returns the file system of writable layers if it differs from the file system of images. Otherwise returns undefined, because
 * kubelets report the same file system twice.
 * Source: https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/kubelet/stats/provider.go (equalFileSystems)
 */
export function separateContainerFs({ runtime }: NodeStats): FileSystem | undefined {
  const { imageFs, containerFs } = runtime ?? {};
  if (!imageFs || !containerFs) return containerFs;
  const keys = ['availableBytes', 'capacityBytes', 'inodes', 'inodesFree', 'inodesUsed'] as const;
  return keys.every((key) => imageFs[key] === containerFs[key]) ? undefined : containerFs;
}
