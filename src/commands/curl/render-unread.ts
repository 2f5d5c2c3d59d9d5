import { escapeControlLine } from '../../text/escape.ts';
import { summarize } from '../../text/list.ts';
import { messageOf, type Unread } from './outcome.ts';

export interface UnreadOf extends Unread {
  /** Of the node. */
  readonly name: string;
}

/** What a view had to go without, by its path: one message, the nodes, and a command that helps. */
export function renderUnread(unread: readonly UnreadOf[]): string {
  const byPath = Map.groupBy(unread, ({ path }) => path);
  return [...byPath]
    .map(([path, each]) => {
      const [first] = each;
      if (!first) return '';
      const names = summarize(
        each.map(({ name }) => name),
        5,
      );
      const note = `note: without ${path} of ${names}: ${messageOf(first.failure)}`;
      const [hint] = first.failure.hints;
      return `${escapeControlLine(note)}\n${hint === undefined ? '' : `hint: ${hint}\n`}`;
    })
    .join('');
}
