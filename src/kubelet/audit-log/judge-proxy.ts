import { fallsBackToProxy } from '../authorization.ts';
import { denialTtlMs } from '../authorization-cache.ts';
import type { KubeletReview } from './entries.ts';

/** Why a kubelet asked for nodes/proxy. */
export type ProxyVerdict =
  /** The kubelet had denied these finer permissions, or still cached their denial. Each of them would have been enough. */
  | readonly string[]
  /** The request needs nodes/proxy, on a kubelet with KubeletFineGrainedAuthz. */
  | 'alone'
  /** Unknown: a denial may be missing, because the log begins too late or has too many reviews at once. */
  | 'unseen';

/** How long a kubelet may cache a denial, in ms. The time begins with the answer, which may take a second. */
const windowMs = denialTtlMs + 1000;

/** Longest time between neighbors in the same log, in ms; they may be out of order. */
const horizonMs = 2 * windowMs;

/** Most reviews that are kept. */
const mostRecent = 200_000;
/** Most reviews that are kept per identity and node. A kubelet that caches its decisions asks a few times a minute. */
const mostRelated = 256;

interface Recent {
  readonly review: KubeletReview;
  readonly key: string;
  /** The finer permissions that the kubelet denied before; undefined for reviews of other subresources than proxy. */
  readonly denied: Set<string> | undefined;
  /** Whether related reviews may have been dropped before they were compared with this one. */
  isLost: boolean;
}

/**
 * Judges each review of nodes/proxy once all related reviews have been seen, whether the log begins with its oldest or its newest event.
 * While a kubelet caches a denial of the finer permission, for 30 s, it asks for nodes/proxy alone.
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

  /** Whether the logs contain the whole time in which the kubelet could have cached a denial. */
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
    /** Adds a review of any subresource; `see` must have been called with its time. */
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

/** Makes a queue, because an array takes long to drop its first item. */
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

/** One or several logs whose entries follow one another in time, forwards or backwards. */
interface Run {
  startMs: number | undefined;
  lastMs: number;
  beginMs: number;
}

function newRun(): Run {
  return { startMs: undefined, lastMs: 0, beginMs: Number.POSITIVE_INFINITY };
}

/** Whether the next entry begins another log, so that events between the two logs may be missing. */
function turns({ startMs, lastMs }: Run, atMs: number): boolean {
  if (startMs === undefined || Math.abs(atMs - lastMs) <= horizonMs) return false;
  const before = Math.sign(lastMs - startMs);
  return before !== 0 && Math.sign(atMs - lastMs) !== before;
}

/** Whether a kubelet may ask for nodes/proxy after this review. An unknown answer may have been a denial. */
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
