import type { Unread } from '../../unread.ts';
import { tryAgain } from '../try-again.ts';
import { ApiServerFailure } from './api-server-failure.ts';
import {
  decodeItem,
  decodePage,
  nameOfItem,
  readHead,
  TooLargeResponse,
  unreadable as unreadableResponse,
} from './decode.ts';
import type { Kind } from './kinds.ts';

export interface Listed<T> {
  readonly items: readonly T[];
  /** Objects that exist but are not in `items`. Whoever decides by the absence of an object must not ignore them. */
  readonly unread: readonly Unread[];
}

/** Objects per page of a list. kubectl uses 500, but a page of 500 nodes with many images would need too much memory. */
const pageSize = 200;

/** Number of pages after which a page size that was halved is doubled again. */
const pagesBeforeDoubling = 4;

/**
 * Limits against a server that sends a list without an end. Kubernetes is designed for up to 150,000 pods.
 * Source: https://kubernetes.io/docs/setup/best-practices/cluster-large/
 */
const mostItems = 200_000;
const mostEmptyPages = 10;

/** Reads one page; `path` includes the query. Throws a TooLargeResponse for a page that has too many objects to be read at once. */
type GetPage = (path: string) => Promise<unknown>;

/** Limit of the number of times that a list is read again because its continue token expired. */
const mostRestarts = 3;

/**
 * Reads all pages of a list, which show the list at one point in time. If the continue token expires after some minutes (status 410), reads
 * the list again from its start. A page that is too large is read in halves, so that no object stops a list.
 */
export function readPages<T>(path: string, kind: Kind<T>, getPage: GetPage): Promise<Listed<T>> {
  return tryAgain(
    () => readOnce(path, kind, getPage),
    ({ error }, count) => {
      const isExpired = error instanceof ApiServerFailure && error.status === 410;
      return isExpired && count <= mostRestarts ? 0 : undefined;
    },
  );
}

async function readOnce<T>(path: string, kind: Kind<T>, getPage: GetPage): Promise<Listed<T>> {
  const endless = (why: string) =>
    unreadableResponse({ method: 'GET', path }, `a list that does not end: ${why}`);
  const kept = openKept<T>(kind.kind);
  const unread: Unread[] = [];
  const leaveOut = (name: string | undefined, problem: string) =>
    unread.push({ kind: kind.kind, name: name ?? `items[${seen}]`, problem });
  let seen = 0;
  const pages = openPages(path, kind, getPage);
  const tokens = new Set<string>();
  let emptyPages = 0;
  let next = '';
  do {
    const page = await pages.read(next);
    if (seen + page.items.length > mostItems)
      throw endless(`it has more than ${mostItems} objects`);
    for (const item of page.items) {
      const { decoded, problem } = decodeItem(item, kind, seen);
      const name = nameOfItem(item);
      if (decoded) kept.add(name ?? `items[${seen}]`, decoded.value);
      else leaveOut(name, problem);
      seen += 1;
    }
    const { tooLarge } = page;
    if (tooLarge) {
      leaveOut(tooLarge.name, tooLarge.problem);
      seen += 1;
    }
    ({ next } = page);
    if (tokens.has(next)) throw endless('a continue token is repeated');
    tokens.add(next);
    emptyPages = page.items.length === 0 && !tooLarge ? emptyPages + 1 : 0;
    if (emptyPages > mostEmptyPages) throw endless(`${emptyPages} pages in a row are empty`);
  } while (next !== '');
  return { items: kept.items(), unread: [...unread, ...kept.dropped] };
}

interface ReadPage {
  readonly items: readonly unknown[];
  readonly next: string;
  /** The only object of a page that is too large nevertheless. */
  readonly tooLarge?: { readonly name: string | undefined; readonly problem: string };
}

/** Reads pages from a continue token on. Halves the size of a page that is too large, and doubles it after some pages that are not. */
function openPages<T>(path: string, kind: Kind<T>, getPage: GetPage) {
  const more = path.includes('?') ? '&' : '?';
  let size = pageSize;
  let readAtSize = 0;
  const read = async (next: string): Promise<ReadPage> => {
    const from = next && `&continue=${encodeURIComponent(next)}`;
    const asked = { method: 'GET', path: `${path}${more}limit=${size}${from}` };
    try {
      const page = decodePage(asked, await getPage(asked.path), kind);
      readAtSize += 1;
      if (readAtSize >= pagesBeforeDoubling) setSize(Math.min(size * 2, pageSize));
      return page;
    } catch (error) {
      if (!(error instanceof TooLargeResponse)) throw error;
      if (size === 1) return pastObject(error);
      setSize(Math.floor(size / 2));
      return read(next);
    }
  };
  const setSize = (changed: number) => {
    size = changed;
    readAtSize = 0;
  };
  return { read };
}

/** Returns a page without the object that is too large. The head of the response shows how the list goes on. */
function pastObject(error: TooLargeResponse): ReadPage {
  const head = readHead(error.head);
  if (!head) throw error;
  return { items: [], next: head.next, tooLarge: { name: head.name, problem: error.problem } };
}

/**
 * Limit of the memory that a list may use, in bytes. It is enough for 5,000 nodes, for 5,000 ClusterRoleBindings, or for 20,000
 * RoleBindings.
 */
const mostBytesOfList = 64_000_000;

/** When a list takes too much memory, its largest objects are dropped until it takes this share of the limit. */
const shareAfterDropping = 0.75;

/** Keeps the objects of a list. Drops the largest ones if the list takes too much memory, so that few large objects hide no small ones. */
function openKept<T>(kind: string) {
  let kept: { readonly name: string; readonly value: T; readonly size: number }[] = [];
  let bytes = 0;
  const dropped: Unread[] = [];
  const dropLargest = () => {
    const bySize = kept.toSorted((a, b) => b.size - a.size);
    const leaving = new Set<(typeof kept)[number]>();
    for (const each of bySize) {
      if (bytes <= mostBytesOfList * shareAfterDropping) break;
      leaving.add(each);
      bytes -= each.size;
      const problem = `the list takes more than ${mostBytesOfList / 1e6} MB of memory, and this object ${(each.size / 1e6).toFixed(1)} MB`;
      dropped.push({ kind, name: each.name, problem });
    }
    kept = kept.filter((each) => !leaving.has(each));
  };
  return {
    dropped,
    add: (name: string, value: T) => {
      const size = sizeOf(value);
      kept.push({ name, value, size });
      bytes += size;
      if (bytes > mostBytesOfList) dropLargest();
    },
    items: (): readonly T[] => kept.map(({ value }) => value),
  };
}

/** Estimates the memory of a value, in bytes. */
function sizeOf(value: unknown): number {
  if (typeof value === 'string') return bytesOfValue + value.length;
  if (typeof value !== 'object' || value === null) return bytesOfValue;
  let size = bytesOfValue;
  for (const [key, inner] of Object.entries(value)) size += key.length + sizeOf(inner);
  return size;
}

const bytesOfValue = 50;
