import { describe } from '../../cli/command-definition.ts';
import { exitCodes } from '../../errors.ts';
import { readType } from '../shared/rows/choose-type.ts';
import { printRows } from '../shared/rows/print-rows.ts';
import {
  kubeletRowOptions,
  parseLabelColumns,
  RowsCommand,
  rowsGoOn,
  typeArguments,
} from '../shared/rows/rows-command.ts';
import { topTypes } from './types.ts';

export class TopCommand extends RowsCommand {
  static override paths = [['top']];
  static override usage = describe({
    details:
      'Print resource usage of nodes, pods, containers or volumes, as measured by kubelets.\n\nAll nodes are read unless you select some. Pods are from the current namespace unless -n or -A is set. Without TYPE, list the types.\n\nFor nodes, CPU% and MEMORY% are percentages of allocatable, as in kubectl top; -o wide adds requests and limits. DISK is the percentage of the file system of /var/lib/kubelet that is not available.\n\nHEADROOM is the percentage of capacity left before the kubelet evicts pods. TIGHTEST is the eviction signal (evictionHard) with the least headroom, such as memory.available. A note names what is nearly full and has no threshold.\n\nFor pods and containers, %MEM/L is the percentage of the memory limit; -o wide adds percentages of requests. DISK of pods is the space of containers, logs and emptyDirs; top volumes has all volumes.',
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
      ['The fullest volumes', 'kubectl kubeletaccess top volumes -A --sort-by use%'],
      [
        'Print changes in container usage every 30 seconds',
        'kubectl kubeletaccess top containers --watch=30s',
      ],
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

  type = typeArguments.type(topTypes);
  override allNamespaces = kubeletRowOptions.allNamespaces();
  names = typeArguments.names(topTypes);
  by = kubeletRowOptions.by(['namespace', 'pod', 'owner', 'node']);
  chart = kubeletRowOptions.chart();
  labelColumns = kubeletRowOptions.labelColumns();
  showLabels = kubeletRowOptions.showLabels();

  override offlineHint() {
    return rowsGoOn(topTypes, this);
  }

  override async execute(): Promise<number> {
    const read = readType(this, topTypes, 'top');
    if (!read) return exitCodes.ok;
    const { type, names } = read;
    const labels = parseLabelColumns(this);
    const request = await this.parseRows(type, names, { by: this.by, chart: this.chart, labels });
    return printRows(request, await type.load(), this);
  }
}
