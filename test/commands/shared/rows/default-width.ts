import type { Column, Unit } from '../../../../src/text/column.ts';

/** The widest usual value of each unit. */
const usual: Readonly<Record<Unit, string>> = {
  text: '-',
  count: '12345',
  bytes: '1023Mi',
  cores: '999m',
  percent: '<0.1%',
  bytesPerSecond: '1023Mi/s',
  seconds: '12.3s',
  age: '5m30s ago',
  sample: '12345.6',
};

type Shown = Pick<Column<unknown>, 'head' | 'unit' | 'wide' | 'detail' | 'sparse'> & {
  readonly key: string;
};

/** Returns the width of the default table for a row with these texts. Two spaces separate columns. */
export function defaultWidth(
  { columns }: { readonly columns: readonly Shown[] },
  texts: Readonly<Partial<Record<string, string>>>,
): number {
  const widths = columns
    .filter(({ wide, detail, sparse }) => !wide && !detail && !sparse)
    .map(({ head, key, unit }) => Math.max(head.length, (texts[key] ?? usual[unit]).length));
  return widths.reduce((total, width) => total + width + 2, -2);
}
