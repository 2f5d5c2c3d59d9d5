import { type Count, known, percentOf } from './exact.ts';
import type { FileSystem, NodeStats } from './stats-summary.ts';

/** How full a file system is, whoever fills it: what is neither used nor kept for root is available. */
export function filledPercent({ capacityBytes, availableBytes }: FileSystem): number | undefined {
  return filled(capacityBytes, availableBytes);
}

export function filledInodesPercent({ inodes, inodesFree }: FileSystem): number | undefined {
  return filled(inodes, inodesFree);
}

function filled(capacity: Count | undefined, free: Count | undefined): number | undefined {
  const share = percentOf(known(free), known(capacity));
  // More than there is says nothing.
  return share === undefined || share > 100 ? undefined : Math.round((100 - share) * 100) / 100;
}

/**
 * The file system of writable layers, unless it is the one of images: kubelets report that one twice.
 * Source: https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/kubelet/stats/provider.go (equalFileSystems)
 */
export function separateContainerFs({ runtime }: NodeStats): FileSystem | undefined {
  const { imageFs, containerFs } = runtime ?? {};
  if (!imageFs || !containerFs) return containerFs;
  const keys = ['availableBytes', 'capacityBytes', 'inodes', 'inodesFree', 'inodesUsed'] as const;
  return keys.every((key) => imageFs[key] === containerFs[key]) ? undefined : containerFs;
}
