import { UsageFailure } from '../../../errors.ts';
import type { LabelChoice } from './label-columns.ts';
import type { ViewOptions } from './view-options.ts';
import type { ViewChoice, ViewEntry } from './views.ts';

interface Asked {
  /** Without its query. */
  readonly path: string;
  readonly format: string;
  readonly isFleet: boolean;
  readonly byAddress: boolean;
  readonly labels: LabelChoice | undefined;
}

type Rule = readonly [isBroken: boolean, message: string, ...hints: string[]];

/** Throws a UsageFailure for an option that the view has no use for: none is ignored. */
export function checkView(
  view: ViewEntry,
  choice: ViewChoice | undefined,
  asked: Asked,
  options: ViewOptions,
): void {
  const rules = [
    ...rulesOfFormats(view, choice, asked, options),
    ...rulesOfKubelets(view, choice, asked, options),
    ...(asked.labels ? rulesOfLabels(view, choice, asked, options, asked.labels) : []),
  ];
  for (const [isBroken, message, ...hints] of rules)
    if (isBroken) throw new UsageFailure(message, { hints });
}

function together(one: string, other: string): string {
  return `${one} and ${other} cannot be used together`;
}

function rulesOfFormats(
  { noMetrics }: ViewEntry,
  choice: ViewChoice | undefined,
  { format }: Asked,
  { chart, by }: ViewOptions,
): readonly Rule[] {
  const output = `--output ${format}`;
  const isMetrics = format === 'prometheus';
  return [
    [
      chart && format !== 'table' && format !== 'wide',
      together('--chart', output),
      'only tables have charts: -o table, -o wide',
    ],
    [isMetrics && noMetrics !== undefined, together(`--${choice}`, output), noMetrics ?? ''],
    [
      isMetrics && by !== '',
      together('--by', output),
      'Prometheus sums by itself: sum by (namespace, owner) (…)',
    ],
  ];
}

function rulesOfKubelets(
  { compares, comparesApi, takes }: ViewEntry,
  choice: ViewChoice | undefined,
  { path, isFleet, byAddress }: Asked,
  { filter }: ViewOptions,
): readonly Rule[] {
  return [
    [compares === true && !isFleet, `--${choice} compares several nodes`, 'for all nodes: --all'],
    [
      comparesApi === true && byAddress,
      together('--address', `--${choice}`),
      'the API server knows kubelets by the names of their nodes: --node NAME',
    ],
    [
      filter.length > 0 && !takes?.includes('filter'),
      `--filter cannot be used with ${path}`,
      'it is for metrics, cadvisor, resource, probes and slis',
    ],
  ];
}

function rulesOfLabels(
  { ownBy, noLabels, by, compares, comparesApi }: ViewEntry,
  choice: ViewChoice | undefined,
  { path, format, byAddress }: Asked,
  options: ViewOptions,
  { all }: LabelChoice,
): readonly Rule[] {
  const option = all ? '--show-labels' : '--label-columns';
  return [
    [
      ownBy !== undefined,
      `${option} cannot be used with ${path}: its labels are those of series`,
      'sums by such labels: --by namespace,pod',
    ],
    [noLabels !== undefined, `${option} cannot be used with ${path}`, noLabels ?? ''],
    [
      // Rows of pods have theirs from /pods.
      byAddress && by.length === 0,
      together('--address', option),
      'labels of nodes are those of Node objects: --node NAME',
    ],
    [
      all && format === 'prometheus',
      together(option, '--output prometheus'),
      'a label of a metric for each that is named: --label-columns KEY',
    ],
    // Sums and differences are of many objects.
    [options.by !== '', together('--by', option)],
    [(compares ?? comparesApi) === true, together(`--${choice}`, option)],
  ];
}
