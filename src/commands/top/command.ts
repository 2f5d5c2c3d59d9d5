import { ClusterCommand } from '../../cli/cluster-command.ts';
import { describe, type GlobalUse } from '../../cli/command-definition.ts';
import { nodeOptions } from '../../cli/node-options.ts';
import { declare } from '../../cli/option.ts';
import { totalOptions } from '../../cli/row-options.ts';
import { printRows } from '../shared/rows/print-rows.ts';
import {
  offlineHintFor,
  podRowOptions,
  printType,
  typeArguments,
} from '../shared/rows/print-type.ts';
import { parseRows, rowsOptions, watchOption } from '../shared/rows/rows-options.ts';
import { topTypes } from './types.ts';

export class TopCommand extends ClusterCommand {
  static override paths = [['top']];
  static override readonly uses: readonly GlobalUse[] = ['kubelets', 'namespace'];
  static override usage = describe({
    details:
      'Print resource usage of nodes, pods, containers, volumes or images, as measured by kubelets.\n\nAll nodes are read unless you select some. Pods are from the current namespace unless -n or -A is set. Without TYPE, list the types.\n\nFor nodes, CPU% and MEMORY% are percentages of allocatable, as in kubectl top; -o wide adds requests and limits. DISK is the percentage of the file system of /var/lib/kubelet that is not available.\n\nHEADROOM is the percentage of capacity left before the kubelet evicts pods. TIGHTEST is the eviction signal (evictionHard) with the least headroom, such as memory.available. A note names what is nearly full and has no threshold.\n\nFor pods and containers, %MEM/L is the percentage of the memory limit of running containers; -o wide adds percentages of requests. REQUESTED and LIMIT count init containers, as the scheduler does. DISK of pods is the space of containers, logs and emptyDirs; top volumes has all volumes.\n\nPods without a running container are not measured: their rows have no usage, and a note has their state. Pods that ended have rows only if you name them.\n\nImages are those in Node objects, which list the largest 50 of a node. UNTIL GC is the percentage of the image file system that may still fill before the kubelet deletes unused images.',
    examples: [
      ['CPU, memory, disk and headroom of all nodes', 'kubectl kubeletaccess top nodes'],
      [
        'The ten pods that use the most disk on a node',
        'kubectl kubeletaccess top pods -A --node node-1 --sort-by disk --limit 10',
      ],
      [
        'Containers nearest their memory limit',
        'kubectl kubeletaccess top containers -A --sort-by %mem/l --limit 10',
      ],
      ['Memory by namespace', 'kubectl kubeletaccess top pods -A --by namespace --sort-by memory'],
      [
        'Volumes that are more than 80 % full',
        "kubectl kubeletaccess top volumes -A -o jsonpath='{.items[?(@.usedPercent>80)]}'",
      ],
    ],
    exitCodes: [
      [0, 'all nodes answered'],
      [4, 'some nodes failed, or a named pod does not exist'],
      [1, 'no node answered'],
    ],
  });

  arguments = typeArguments(topTypes);
  rows = rowsOptions({
    nodeSelector: nodeOptions.nodeSelector(),
    allNamespaces: podRowOptions.allNamespaces(),
    by: podRowOptions.by(['namespace', 'pod', 'owner', 'node', 'image']),
    chart: declare.view.flag(
      '--chart',
      'Add a bar chart of the sorted column, or of the first percentage.',
    ),
    watch: watchOption('Repeat every 10s, or --watch=30s, and print changed rows with rates.'),
    limit: totalOptions.limit(),
    noHeaders: totalOptions.noHeaders(),
    labelColumns: podRowOptions.labelColumns(),
    showLabels: podRowOptions.showLabels(),
  });

  override offlineHint() {
    return offlineHintFor(topTypes, this.arguments);
  }

  override execute(): Promise<number> {
    return printType(topTypes, this.arguments, this, async (type, names) =>
      printRows(await parseRows(type, names, this.rows, this), await type.load(), this),
    );
  }
}
