import { declare } from './option.ts';
import { parseCount } from './parse-options.ts';

/** Options of every command that prints rows. */
export const rowOptions = {
  sortBy: () =>
    declare.view.text(
      '--sort-by',
      'Column to sort by, as the table or -o json names it: numbers from the largest.',
    ),
  top: () => declare.view.text('--top', 'Only the first so many rows.'),
  noHeaders: () =>
    declare.view.flag(
      '--no-headers',
      'Print the rows of the table alone, without heads and total.',
    ),
};

/** How many rows are printed; undefined for all. */
export function parseTop(text: string): number | undefined {
  return text === '' ? undefined : parseCount('--top', text, { least: 1, most: 1_000_000 });
}
