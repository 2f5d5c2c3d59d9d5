import { fallsBackToProxy } from '../authorization.ts';
import { denialTtlMs } from '../authorization-cache.ts';
import type { KubeletReview } from './entries.ts';

/** Why a kubelet asked for nodes/proxy. */
export type ProxyVerdict =
  /**
   * Subresources of nodes, such as `stats`, that the kubelet checks before nodes/proxy. Permission for any one of them would have been
   * enough, but the API server had denied them all within the time that kubelets cache denials.
   */
  | readonly string[]
  /** Only nodes/proxy was checked: the log is complete for the time before this review, and contains no denial of a finer permission. */
  | 'alone'
  /**
   * It is unknown whether a finer permission was denied before this review, because the log begins too late or contains too many reviews in
   * a short time.
   */
  | 'unseen';

/**
 * How long a kubelet may cache a denial, in ms, plus 1 s: the cache time begins with the API server's answer, which may take a
 * second.
 */
const windowMs = denialTtlMs + 1000;

/** Entries of the same log may be out of order by up to this time in ms. */
const horizonMs = 2 * windowMs;

const mostRecent = 200_000;
/** Maximum number of reviews that are kept per identity and node. A kubelet that caches its decisions sends a few a minute. */
const mostRelated = 256;

interface Recent {
  readonly review: KubeletReview;
  readonly key: string;
  /** Subresources of nodes for which permission was denied shortly before. Undefined if this review is not for nodes/proxy. */
  readonly denied: Set<string> | undefined;
  /** Whether this review was dropped early, so that later related reviews were not compared with it. */
  isLost: boolean;
}

/**
 * Judges each review of nodes/proxy once all related reviews have been seen. The log may be in ascending or descending order. A kubelet
 * checks a finer permission, such as nodes/stats, before nodes/proxy. While it caches a denial of the finer permission, for 30 s, it sends
 * only the review of nodes/proxy.
 */
export function proxyJudge(judged: (review: KubeletReview, verdict: ProxyVerdict) => void) {
  const recents = newQueue<Recent>();
  const byKey = new Map<string, Recent[]>();
  const run = newRun();
  const begins: number[] = [];

  function dropWhile(isOver: (oldest: Recent) => boolean): void {
    for (let oldest = recents.oldest(); oldest && isOver(oldest); oldest = recents.oldest()) {
      recents.drop();
      const same = byKey.get(oldest.key);
      if (same?.[0] === oldest) same.shift();
      if (same?.length === 0) byKey.delete(oldest.key);
      judgeOne(oldest);
    }
  }

  function judgeOne({ denied, review, isLost }: Recent): void {
    if (!denied) return;
    if (denied.size > 0) judged(review, [...denied]);
    else judged(review, !isLost && isCovered(review.atMs) ? 'alone' : 'unseen');
  }

  /** Whether the logs contain the whole time before `atMs` in which a denial could have been cached. */
  function isCovered(atMs: number): boolean {
    const sinceMs = atMs - windowMs;
    return run.beginMs <= sinceMs && !begins.some((begin) => begin > sinceMs && begin <= atMs);
  }

  const dropAll = () => dropWhile(() => true);

  return {
    begin: (atMs: number) => void begins.push(atMs),
    see(atMs: number): void {
      if (turns(run, atMs)) {
        dropAll();
        Object.assign(run, newRun());
      }
      run.startMs ??= atMs;
      run.lastMs = atMs;
      run.beginMs = Math.min(run.beginMs, atMs);
    },
    /** Adds a review of any subresource. The caller must call `see` with the time of the review first. */
    add(review: KubeletReview): void {
      const isProxy = review.subresource === 'proxy';
      if (!isProxy && !mayFallBack(review)) return;
      dropWhile(({ review: { atMs } }) => Math.abs(review.atMs - atMs) > horizonMs);
      dropWhile((oldest) => {
        const isFull = recents.length() >= mostRecent;
        if (isFull) lose(oldest);
        return isFull;
      });
      const key = JSON.stringify([review.node, review.verb, review.identity]);
      const same = byKey.get(key) ?? [];
      const recent: Recent = {
        review,
        key,
        denied: isProxy ? new Set() : undefined,
        isLost: false,
      };
      for (const other of same) relate(other, recent);
      same.push(recent);
      if (same.length > mostRelated) lose(same.shift());
      byKey.set(key, same);
      recents.add(recent);
    },
    end: dropAll,
  };
}

/** A queue that removes items in batches, because removing the first item of a large array takes long. */
function newQueue<T>() {
  const items: T[] = [];
  let first = 0;
  return {
    length: () => items.length - first,
    oldest: () => items[first],
    add: (item: T) => void items.push(item),
    drop(): void {
      first += 1;
      if (first <= 10_000) return;
      items.splice(0, first);
      first = 0;
    },
  };
}

/** A series of entries that are in ascending or descending order, from one log or several. */
interface Run {
  startMs: number | undefined;
  lastMs: number;
  beginMs: number;
}

function newRun(): Run {
  return { startMs: undefined, lastMs: 0, beginMs: Number.POSITIVE_INFINITY };
}

/**
 * Whether the next entry reverses the order by more than `horizonMs`: it begins another log, and events between the logs may be
 * missing.
 */
function turns({ startMs, lastMs }: Run, atMs: number): boolean {
  if (startMs === undefined || Math.abs(atMs - lastMs) <= horizonMs) return false;
  const before = Math.sign(lastMs - startMs);
  return before !== 0 && Math.sign(atMs - lastMs) !== before;
}

/** Whether a kubelet may send a review of nodes/proxy after this review. An unknown answer is treated as a denial. */
function mayFallBack({ subresource, minor, answer }: KubeletReview): boolean {
  return answer !== 'allowed' && fallsBackToProxy(subresource, minor);
}

function lose(recent: Recent | undefined): void {
  if (recent) recent.isLost = true;
}

/** If a review of a finer permission came shortly before a review of nodes/proxy, adds its subresource to `denied`. */
function relate(one: Recent, other: Recent): void {
  for (const [proxy, finer] of [
    [one, other],
    [other, one],
  ] as const) {
    if (!proxy.denied || finer.denied) continue;
    const sinceMs = proxy.review.atMs - finer.review.atMs;
    if (sinceMs >= 0 && sinceMs <= windowMs) proxy.denied.add(finer.review.subresource);
  }
}
