import { describe } from '../../cli/command-definition.ts';
import { exitCodes } from '../../errors.ts';
import { readType } from '../shared/rows/choose-type.ts';
import { printRows } from '../shared/rows/print-rows.ts';
import {
  kubeletRowOptions,
  RowsCommand,
  rowsGoOn,
  typeArguments,
} from '../shared/rows/rows-command.ts';
import { diffTypes } from './types.ts';

export class DiffCommand extends RowsCommand {
  static override paths = [['diff']];
  static override usage = describe({
    details:
      'Print in what kubelets differ: settings and flags from each other, pods from what the API server has.\n\nAll nodes are compared unless nodes are chosen. Pods come from your namespace, unless -n or -A says otherwise; the API server is asked before and after, so that changes in between do not count. Without TYPE, list the types.',
    examples: [
      ['Settings in which kubelets differ', 'kubectl kubeletaccess diff configz'],
      ['Pods that the API server does not have', 'kubectl kubeletaccess diff pods -A'],
      ['Orphaned containers of a node', 'kubectl kubeletaccess diff runningpods -A --node node-1'],
    ],
    exitCodes: [
      [0, 'all nodes answered, whether they differ or not'],
      [4, 'some nodes failed, or a named pod does not exist'],
      [1, 'no node answered'],
    ],
  });

  type = typeArguments.type(diffTypes);
  override allNamespaces = kubeletRowOptions.allNamespaces();
  names = typeArguments.names(diffTypes);

  override offlineHint() {
    return rowsGoOn(diffTypes, this);
  }

  override async execute(): Promise<number> {
    const read = readType(this, diffTypes, 'diff');
    if (!read) return exitCodes.ok;
    const { type, names } = read;
    const request = await this.parseRows(type, names);
    if (!type.loadPods) return printRows(request, await type.load(), this);
    const { compareWithApi } = await import('./gather-api-pods.ts');
    const comparison = compareWithApi(await type.loadPods());
    return printRows(request, comparison.view, this, comparison);
  }
}
