import { describe } from '../../cli/command-definition.ts';
import { nodeOptions } from '../../cli/node-options.ts';
import { totalOptions } from '../../cli/row-options.ts';
import type { Outcomes } from '../../errors.ts';
import { printRows } from '../shared/rows/print-rows.ts';
import { podRowOptions, TypesCommand } from '../shared/rows/types-command.ts';
import { type GetType, getTypes } from './types.ts';

export class GetCommand extends TypesCommand<GetType> {
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
      [
        'Versions and uptime of all kubelets, without kube-apiserver',
        'kubectl kubeletaccess get statusz -o wide --via direct',
      ],
    ],
    exitCodes: [
      [0, 'all nodes answered'],
      [4, 'some nodes failed, or a named pod does not exist'],
      [1, 'no node answered'],
    ],
  });

  override nodeSelector = nodeOptions.nodeSelector();
  override allNamespaces = podRowOptions.allNamespaces();
  override limit = totalOptions.limit();
  override noHeaders = totalOptions.noHeaders();
  override by = podRowOptions.by(['namespace', 'owner', 'node']);
  override labelColumns = podRowOptions.labelColumns();
  override showLabels = podRowOptions.showLabels();

  constructor() {
    super(getTypes);
  }

  protected override async printType(type: GetType, names: readonly string[]): Promise<Outcomes> {
    return printRows(await this.parseRows(type, names), await type.load(), this);
  }
}
