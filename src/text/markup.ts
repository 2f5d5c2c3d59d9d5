import type { Detail } from './finding.ts';

/** How a format of documents writes their parts. Every text may come from a server. */
export interface Markup {
  readonly heading: (level: 1 | 2, text: string) => string;
  readonly paragraph: (text: string) => string;
  readonly list: (entries: readonly Detail[]) => string;
  readonly table: (heads: readonly string[], rows: readonly (readonly string[])[]) => string;
  /** Commands to copy and paste. */
  readonly code: (lines: readonly string[]) => string;
}
