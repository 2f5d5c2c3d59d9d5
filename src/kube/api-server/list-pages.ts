import { type Asked, decodeItem, decodePage, UnreadableAnswer } from './decode.ts';
import type { Kind } from './kinds.ts';

/** The objects of a list. */
export interface Listed<T> {
  readonly items: readonly T[];
  readonly unreadable?: Unreadable | undefined;
}

/** Objects that are not as the API has them, and what is wrong with the first: `items[3].spec: expected object, got string`. */
export interface Unreadable {
  readonly count: number;
  readonly problem: string;
}

/** Objects per page of a list: kubectl's chunk size. */
const pageSize = 500;

/** More than any cluster has of one kind: what exceeds them is a list without an end. */
const mostItems = 100_000;
const mostEmptyPages = 10;

/** All pages of a list. `getPage` reads one: of a path with its query. */
export async function readPages<T>(
  path: string,
  kind: Kind<T>,
  getPage: (path: string) => Promise<unknown>,
): Promise<Listed<T>> {
  const items: T[] = [];
  let unreadable: Unreadable | undefined;
  let seen = 0;
  const tokens = new Set<string>();
  const more = path.includes('?') ? '&' : '?';
  let emptyPages = 0;
  let next = '';
  do {
    const from = next && `&continue=${encodeURIComponent(next)}`;
    const asked: Asked = { method: 'GET', path: `${path}${more}limit=${pageSize}${from}` };
    const endless = (why: string) =>
      new UnreadableAnswer({ ...asked, path }, `a list that does not end: ${why}`);
    const page = decodePage(asked, await getPage(asked.path), kind);
    if (seen + page.items.length > mostItems)
      throw endless(`it has more than ${mostItems} objects`);
    for (const item of page.items) {
      const checked = decodeItem(item, kind, seen);
      if (checked.decoded) items.push(checked.decoded.value);
      else
        unreadable = {
          count: (unreadable?.count ?? 0) + 1,
          problem: unreadable?.problem ?? checked.problem,
        };
      seen += 1;
    }
    ({ next } = page);
    if (tokens.has(next)) throw endless('a continue token is repeated');
    tokens.add(next);
    emptyPages = page.items.length === 0 ? emptyPages + 1 : 0;
    if (emptyPages > mostEmptyPages) throw endless(`${emptyPages} pages in a row are empty`);
  } while (next !== '');
  return { items, unreadable };
}

/** For commands that need every object of a list. */
export function unreadableItems(
  asked: Asked,
  { kind }: Kind<unknown>,
  { problem }: Unreadable,
): UnreadableAnswer {
  return new UnreadableAnswer(asked, `an unreadable ${kind}List: ${problem}`);
}
