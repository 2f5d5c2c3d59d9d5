import { isGiven } from '../../cli/argv.ts';
import { ClusterCommand } from '../../cli/cluster-command.ts';
import { describe, type GlobalUse } from '../../cli/command-definition.ts';
import { nodeOptions } from '../../cli/node-options.ts';
import { declare } from '../../cli/option.ts';
import { splitLists } from '../../cli/parse-options.ts';
import { totalOptions } from '../../cli/row-options.ts';
import { UsageFailure } from '../../errors.ts';
import { printRows } from '../shared/rows/print-rows.ts';
import {
  offlineHintFor,
  podRowOptions,
  printType,
  typeArguments,
} from '../shared/rows/print-type.ts';
import { parseRows, rowsOptions } from '../shared/rows/rows-options.ts';
import { type GetType, getTypes } from './types.ts';

export class GetCommand extends ClusterCommand {
  static override paths = [['get']];
  static override readonly uses: readonly GlobalUse[] = ['kubelets', 'namespace'];
  static override usage = describe({
    details:
      'Print the pods, settings, health checks, versions and flags of kubelets.\n\nAll nodes are read unless you select some. Pods are from the current namespace unless -n or -A is set. Without TYPE, list the types.',
    examples: [
      [
        'Pods on a node, as reported by its kubelet',
        'kubectl kubeletaccess get pods -A --node node-1',
      ],
      ['Pods of each node', 'kubectl kubeletaccess get pods -A --by node'],
      [
        'Two settings of all kubelets',
        'kubectl kubeletaccess get configz --field maxPods,evictionHard',
      ],
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

  arguments = typeArguments(getTypes);
  rows = rowsOptions({
    nodeSelector: nodeOptions.nodeSelector(),
    allNamespaces: podRowOptions.allNamespaces(),
    limit: totalOptions.limit(),
    noHeaders: totalOptions.noHeaders(),
    by: podRowOptions.by(['namespace', 'owner', 'node']),
    labelColumns: podRowOptions.labelColumns(),
    showLabels: podRowOptions.showLabels(),
  });

  field = declare.view.list(
    '--field',
    'With configz: only settings with this in their names, such as maxPods,evictionHard.',
  );
  set = declare.view.flag(
    '--set',
    'With featuregates: only gates that the configuration sets, by hand or by an installer.',
  );

  override offlineHint() {
    return offlineHintFor(getTypes, this.arguments);
  }

  override execute(): Promise<number> {
    return printType(getTypes, this.arguments, this, async (type, names) => {
      this.checkOption(type);
      const place = this.set ? { ...type, path: '/configz' } : type;
      return printRows(
        await parseRows(place, names, this.rows, this),
        await type.load({ fields: splitLists(this.field), onlySet: this.set }),
        this,
      );
    });
  }

  /** Throws for an option that only another type has. */
  private checkOption({ words: [word], option }: GetType): void {
    for (const { words, option: own } of getTypes)
      if (own !== undefined && own !== option && isGiven(this.given, own))
        throw new UsageFailure(`${own} needs rows of ${words[0]}, not ${word}`);
  }
}
