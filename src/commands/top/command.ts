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
      'Print the usage of nodes, pods, containers or volumes, as their kubelets measure it.\n\nAll nodes are read unless nodes are chosen. Pods come from your namespace, unless -n or -A says otherwise. Without TYPE, list the types.\n\nOf nodes, CPU% and MEMORY% are shares of what pods may use (allocatable), as kubectl top has them; -o wide adds requests and limits. DISK is the share in use of the file system of /var/lib/kubelet.\n\nHEADROOM is the share of a capacity that is left until the kubelet evicts pods, and TIGHTEST which one has the least of those that it watches (evictionHard), such as memory.available or nodefs.available. What is nearly full and not watched is a note.\n\nOf pods and containers, %MEM/L is the share of the memory limit, and -o wide has the shares of requests too. Of pods, DISK is what containers, logs and emptyDirs take: top volumes has all volumes.',
    examples: [
      ['CPU, memory, disk and headroom of all nodes', 'kubectl kubeletaccess top nodes'],
      [
        'The ten pods that use the most disk of a node',
        'kubectl kubeletaccess top pods -A --node node-1 --sort-by disk --limit 10',
      ],
      [
        'Containers nearest their memory limit',
        'kubectl kubeletaccess top containers -A --sort-by %mem/l --limit 10',
      ],
      ['Memory by namespace', 'kubectl kubeletaccess top pods -A --by namespace --sort-by memory'],
      ['The fullest volumes', 'kubectl kubeletaccess top volumes -A --sort-by use%'],
      ['What changes, every 30 seconds', 'kubectl kubeletaccess top containers --watch=30s'],
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
