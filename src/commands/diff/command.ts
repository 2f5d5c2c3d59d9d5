import { describe } from '../../cli/command-definition.ts';
import { declare } from '../../cli/option.ts';
import { outputOption } from '../../cli/output.ts';
import { templates } from '../../cli/output-template.ts';
import { notTogether, type Outcomes } from '../../errors.ts';
import { rowFormats } from '../../text/render-rows.ts';
import { printRows } from '../shared/rows/print-rows.ts';
import { TypesCommand } from '../shared/rows/types-command.ts';
import { type DiffType, diffTypes } from './types.ts';

export class DiffCommand extends TypesCommand<DiffType> {
  static override paths = [['diff']];
  static override usage = describe({
    details:
      'Compare kubelets: settings and flags with each other, pods with the API server.\n\nAll nodes are compared unless you select some. Pods are from the current namespace unless -n or -A is set; the API server is read before and after, so that changes made during the comparison do not count. Without TYPE, list the types.',
    examples: [
      ['Settings in which kubelets differ', 'kubectl kubeletaccess diff configz'],
      [
        "Exit 3 if settings differ from kubeadm's",
        'kubectl kubeletaccess diff configz --baseline kubelet-config',
      ],
      ['Pods that the API server does not have', 'kubectl kubeletaccess diff pods -A'],
      ['Orphaned containers of a node', 'kubectl kubeletaccess diff runningpods -A --node node-1'],
    ],
    exitCodes: [
      [0, 'all nodes answered, whether they differ or not'],
      [3, 'with --baseline, some kubelets differ from it'],
      [4, 'some nodes failed, or a named pod does not exist'],
      [1, 'no node answered'],
    ],
  });

  /** Leaves out `-o prometheus`, because differences have no numbers. */
  override output = outputOption(
    rowFormats.filter((format) => format !== 'prometheus'),
    templates,
  );
  baseline = declare.behavior.text(
    '--baseline',
    'Compare settings with the KubeletConfiguration in FILE, or in the ConfigMap kubelet-config.',
    { completes: 'file' },
  );

  constructor() {
    super(diffTypes);
  }

  protected override async printType(type: DiffType, names: readonly string[]): Promise<Outcomes> {
    if (this.baseline !== '') return this.compareWithBaseline(type, names);
    const settings = await this.parseRows(type, names);
    if (!type.loadPods) return printRows(settings, await type.load(), this);
    const { compareWithApi } = await import('./gather-api-pods.ts');
    const comparison = compareWithApi(await type.loadPods());
    return printRows(settings, comparison.view, this, comparison);
  }

  private async compareWithBaseline(type: DiffType, names: readonly string[]): Promise<Outcomes> {
    if (!type.hasBaseline)
      throw notTogether('--baseline', type.words[0], { why: 'it has settings' });
    // A comparison with a baseline needs only one node.
    const { needsSeveral: _, ...any } = type;
    const settings = await this.parseRows(any, names);
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
