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
import { getTypes } from './types.ts';

export class GetCommand extends RowsCommand {
  static override paths = [['get']];
  static override usage = describe({
    details:
      'Print the pods, settings, health checks, versions and flags of kubelets.\n\nAll nodes are read unless you select some. Pods are from the current namespace unless -n or -A is set. Without TYPE, list the types.',
    examples: [
      [
        'Pods on a node, as reported by its kubelet',
        'kubectl kubeletaccess get pods -A --node node-1',
      ],
      ['Pods of each node', 'kubectl kubeletaccess get pods -A --by node'],
      ['Settings of a kubelet', 'kubectl kubeletaccess get configz node-1'],
      ['Which health checks fail', 'kubectl kubeletaccess get healthz'],
      ['Versions of all kubelets', 'kubectl kubeletaccess get statusz -o wide'],
    ],
    exitCodes: [
      [0, 'all nodes answered'],
      [4, 'some nodes failed, or a named pod does not exist'],
      [1, 'no node answered'],
    ],
  });

  type = typeArguments.type(getTypes);
  override allNamespaces = kubeletRowOptions.allNamespaces();
  names = typeArguments.names(getTypes);
  by = kubeletRowOptions.by(['namespace', 'owner', 'node']);
  labelColumns = kubeletRowOptions.labelColumns();
  showLabels = kubeletRowOptions.showLabels();

  override offlineHint() {
    return rowsGoOn(getTypes, this);
  }

  override async execute(): Promise<number> {
    const read = readType(this, getTypes, 'get');
    if (!read) return exitCodes.ok;
    const { type, names } = read;
    const labels = parseLabelColumns(this);
    const request = await this.parseRows(type, names, { by: this.by, labels });
    return printRows(request, await type.load(), this);
  }
}
