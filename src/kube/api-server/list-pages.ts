import { tryAgain } from '../try-again.ts';
import { ApiServerFailure } from './api-server-failure.ts';
import { decodeItem, decodePage, unreadable as unreadableResponse } from './decode.ts';
import type { Kind } from './kinds.ts';

export interface Listed<T> {
  readonly items: readonly T[];
  readonly unreadable?: Unreadable | undefined;
}

/** Number of malformed objects, and the problem of the first one, such as `items[3].spec: expected object, got string`. */
export interface Unreadable {
  readonly count: number;
  readonly problem: string;
}

/** Objects per page of a list. kubectl uses 500, but a page of 500 nodes with many images would need too much memory. */
const pageSize = 200;

/**
 * Limits against a server that sends a list without an end. Kubernetes is designed for up to 150,000 pods.
 * Source: https://kubernetes.io/docs/setup/best-practices/cluster-large/
 */
const mostItems = 200_000;
const mostEmptyPages = 10;
const mostUnreadable = 20;

export interface ListReading {
  /** Reads one page; `path` includes the query. */
  getPage(path: string): Promise<unknown>;
  /** Whether one unreadable object makes the whole list fail. */
  readonly strict: boolean;
  /**
   * Called before the first page. The returned function counts the bytes of an object, and returns whether all lists together have at most
   * `mostBytesOfLists`.
   */
  begin(): (bytes: number) => boolean;
}

/** Limit of the number of times that a list is read again because its continue token expired. */
const mostRestarts = 3;

/**
 * Reads all pages of a list, which show the list at one point in time. If the continue token expires after some minutes (status 410), reads
 * the list again from its start.
 */
export function readPages<T>(
  path: string,
  kind: Kind<T>,
  reading: ListReading,
): Promise<Listed<T>> {
  return tryAgain(
    () => readOnce(path, kind, reading),
    ({ error }, count) => {
      const isExpired = error instanceof ApiServerFailure && error.status === 410;
      return isExpired && count <= mostRestarts ? 0 : undefined;
    },
  );
}

async function readOnce<T>(
  path: string,
  kind: Kind<T>,
  { getPage, strict, begin }: ListReading,
): Promise<Listed<T>> {
  const whole = { method: 'GET', path };
  const endless = (why: string) => unreadableResponse(whole, `a list that does not end: ${why}`);
  const keep = begin();
  const items: T[] = [];
  let unreadable: Unreadable | undefined;
  let seen = 0;
  const add = (item: unknown) => {
    const checked = decodeItem(item, kind, seen);
    seen += 1;
    if (checked.decoded) {
      items.push(checked.decoded.value);
      if (keep(sizeOf(checked.decoded.value))) return;
      const most = `${mostBytesOfLists / 1e6} MB`;
      throw unreadableResponse(whole, `more than fits: all lists together may take ${most}`);
    }
    const { problem, count } = unreadable ?? { problem: checked.problem, count: 0 };
    unreadable = { problem, count: count + 1 };
    if (strict || checked.isHuge || unreadable.count > mostUnreadable)
      throw unreadableResponse(whole, `an unreadable ${kind.kind}List: ${problem}`);
  };
  const tokens = new Set<string>();
  const more = path.includes('?') ? '&' : '?';
  let emptyPages = 0;
  let next = '';
  do {
    const from = next && `&continue=${encodeURIComponent(next)}`;
    const asked = { method: 'GET', path: `${path}${more}limit=${pageSize}${from}` };
    const page = decodePage(asked, await getPage(asked.path), kind);
    if (seen + page.items.length > mostItems)
      throw endless(`it has more than ${mostItems} objects`);
    for (const item of page.items) add(item);
    ({ next } = page);
    if (tokens.has(next)) throw endless('a continue token is repeated');
    tokens.add(next);
    emptyPages = page.items.length === 0 ? emptyPages + 1 : 0;
    if (emptyPages > mostEmptyPages) throw endless(`${emptyPages} pages in a row are empty`);
  } while (next !== '');
  return { items, unreadable };
}

/**
 * Limit of the memory that all lists of a command may use, in bytes. It is enough for 5,000 nodes together with either 5,000
 * ClusterRoleBindings and 20,000 RoleBindings, or 150,000 pods in the packed form of `diff`.
 */
export const mostBytesOfLists = 64_000_000;

/** Estimates the memory of a value, in bytes. */
function sizeOf(value: unknown): number {
  if (typeof value === 'string') return bytesOfValue + value.length;
  if (typeof value !== 'object' || value === null) return bytesOfValue;
  let size = bytesOfValue;
  for (const [key, inner] of Object.entries(value)) size += key.length + sizeOf(inner);
  return size;
}

const bytesOfValue = 50;
