import { ClusterCommand } from '../../cli/cluster-command.ts';
import { describe, type GlobalUse } from '../../cli/command-definition.ts';
import { nodeOptions } from '../../cli/node-options.ts';
import { declare } from '../../cli/option.ts';
import { outputOption } from '../../cli/output.ts';
import { templates } from '../../cli/output-template.ts';
import type { OfflineHint } from '../../cli/without-api-server.ts';
import { notTogether, type Outcomes, UsageFailure } from '../../errors.ts';
import { rowFormats } from '../../text/render-rows.ts';
import { printRows } from '../shared/rows/print-rows.ts';
import { offlineHintFor, printType, typeArguments } from '../shared/rows/print-type.ts';
import { parseRows, rowsOptions } from '../shared/rows/rows-options.ts';
import { type DiffType, diffTypes, kubeadmBaseline } from './types.ts';

export class DiffCommand extends ClusterCommand {
  static override paths = [['diff']];
  static override readonly uses: readonly GlobalUse[] = ['kubelets'];
  static override usage = describe({
    details:
      'Compare the settings, flags and feature gates of kubelets.\n\nAll nodes are compared unless you select some. Without TYPE, list the types.',
    examples: [
      ['Settings in which kubelets differ', 'kubectl kubeletaccess diff configz'],
      [
        "Exit 3 if settings differ from kubeadm's",
        'kubectl kubeletaccess diff configz --baseline kubelet-config',
      ],
      [
        'Feature gates in which two kubelets differ',
        'kubectl kubeletaccess diff featuregates node-1 node-2',
      ],
    ],
    exitCodes: [
      [0, 'all nodes answered, whether they differ or not'],
      [3, 'with --baseline, some kubelets differ from it'],
      [4, 'some nodes failed'],
      [1, 'no node answered'],
    ],
  });

  arguments = typeArguments(diffTypes);
  rows = rowsOptions({
    selector: nodeOptions.selector(),
    /** Leaves out `-o prometheus`, because differences have no numbers. */
    output: outputOption(
      rowFormats.filter((format) => format !== 'prometheus'),
      templates,
    ),
  });
  baseline = declare.behavior.text(
    '--baseline',
    "Compare settings with a KubeletConfiguration: FILE, or kubelet-config for kubeadm's ConfigMap.",
    { completes: 'file' },
  );

  override offlineHint(): OfflineHint | undefined {
    if (this.baseline === kubeadmBaseline) return undefined;
    const hint = offlineHintFor(diffTypes, this.arguments);
    return hint && this.baseline === '' ? { ...hint, more: ['--kubelet-address', 'HOST'] } : hint;
  }

  override execute(): Promise<number> {
    return printType(diffTypes, this.arguments, this, (type, names) => this.compare(type, names));
  }

  private async compare(type: DiffType, names: readonly string[]): Promise<Outcomes> {
    if (this.baseline !== '') return this.compareWithBaseline(type, names);
    const settings = await parseRows(type, names, this.rows, this);
    if (!settings.chosen.isFleet)
      throw new UsageFailure('one node has nothing to be compared with', {
        hints: ['name several nodes, or none for all'],
      });
    return printRows(settings, await type.load(), this);
  }

  private async compareWithBaseline(type: DiffType, names: readonly string[]): Promise<Outcomes> {
    if (!type.hasBaseline)
      throw notTogether('--baseline', type.words[0], { why: 'it has settings' });
    const settings = await parseRows(type, names, this.rows, this);
    const { gatherBaseline } = await import('./gather-baseline.ts');
    const { baselineDifferences } = await import('./baseline-differences.ts');
    const view = baselineDifferences(await gatherBaseline(this.baseline, this));
    let differs = false;
    const merge: typeof view.merge = (found) => {
      differs ||= found.length > 0;
      return view.merge?.(found) ?? [];
    };
    const outcomes = await printRows(settings, { ...view, merge }, this);
    return { ...outcomes, isUnmet: differs };
  }
}
