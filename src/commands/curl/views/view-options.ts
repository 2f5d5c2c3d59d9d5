import type { ViewChoice } from './views.ts';

/** As they are given; empty if not given. */
export interface ViewOptions extends Readonly<Record<ViewChoice, boolean>> {
  readonly filter: readonly string[];
  readonly by: string;
  readonly sortBy: string;
  readonly top: string;
  readonly chart: boolean;
  readonly noHeaders: boolean;
  readonly labelColumns: readonly string[];
  readonly showLabels: boolean;
  readonly watch: boolean;
  readonly interval: string;
}

const optionNames: Readonly<Record<keyof ViewOptions, string>> = {
  pods: '--pods',
  containers: '--containers',
  volumes: '--volumes',
  quantiles: '--quantiles',
  series: '--series',
  diff: '--diff',
  compare: '--compare',
  filter: '--filter',
  by: '--by',
  sortBy: '--sort-by',
  top: '--top',
  chart: '--chart',
  noHeaders: '--no-headers',
  labelColumns: '--label-columns',
  showLabels: '--show-labels',
  watch: '--watch',
  interval: '--interval',
};

/** Their names, as on the command line. */
export function givenViewOptions(options: ViewOptions): readonly string[] {
  return Object.entries(optionNames)
    .filter(([key]) => {
      const value = options[key as keyof ViewOptions];
      return Array.isArray(value) ? value.length > 0 : Boolean(value);
    })
    .map(([, name]) => name);
}
