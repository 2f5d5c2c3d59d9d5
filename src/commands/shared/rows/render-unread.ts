import { messageOf } from '../../../errors.ts';
import { escapeControlLine } from '../../../text/escape.ts';
import { summarize } from '../../../text/list.ts';
import type { Unread } from '../fleet/outcome.ts';

/** A part that a node's rows lack. */
export interface MissingPart extends Unread {
  /** Of the node. */
  readonly name: string;
}

/** What rows lack, by its path and the reason: the message of one node, the nodes, and a command that helps. */
export function renderUnread(unread: readonly MissingPart[]): string {
  const groups = Map.groupBy(unread, (each) => `${each.path} ${commonMessage(each)}`);
  return [...groups.values()]
    .map((each) => {
      const [first] = each;
      if (!first) return '';
      const names = summarize(
        each.map(({ name }) => name),
        5,
      );
      const note = `note: without ${first.path} of ${names}: ${messageOf(first.failure)}`;
      const [hint] = first.failure.hints;
      return `${escapeControlLine(note)}\n${hint === undefined ? '' : `hint: ${hint}\n`}`;
    })
    .join('');
}

/** Without what names the node. */
function commonMessage({ name, failure }: MissingPart): string {
  return messageOf(failure)
    .replaceAll(name, '')
    .replaceAll(/ at \S+/g, '');
}
