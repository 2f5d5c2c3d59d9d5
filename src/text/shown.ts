import type { Tone } from './color.ts';
import type { Detail, ShownFinding } from './finding.ts';
import type { Cell } from './table.ts';

/** What a report shows, whatever its format. */
export interface Shown {
  /** Documents begin with title, intro and facts: their readers may know neither the command nor the cluster. */
  readonly title: string;
  readonly intro: string;
  readonly facts: readonly Detail[];
  readonly sections: readonly Section[];
}

/** What stands between two blank lines. */
export type Section = readonly Part[];

export type Part =
  /** A terminal gets the title in capitals, and the note in parentheses. */
  | { readonly title: string; readonly note?: string }
  | { readonly heads: readonly string[]; readonly rows: readonly (readonly Cell[])[] }
  | { readonly findings: readonly ShownFinding[] }
  | { readonly lines: readonly Line[] }
  /** Facts about the line before them; a terminal aligns their texts. */
  | { readonly facts: readonly Detail[] }
  /** Commands, rules and YAML to copy: lines that no format wraps. Documents have them as code. */
  | { readonly verbatim: readonly string[] };

export interface Line extends Detail {
  /** Colors of words in the text. */
  readonly tones?: Readonly<Record<string, Tone>>;
}

/** How much of a report is shown. */
export interface Scope {
  /** Whether tables have all columns, and findings all details. */
  readonly isWide: boolean;
  /** Whether every node has its own row, and findings that need no action are shown. */
  readonly showAll: boolean;
  readonly isDocument: boolean;
}
