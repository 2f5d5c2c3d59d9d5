import type { RbacSubject } from '../../objects.ts';
import { sameSubject, subjectOf } from '../../rbac/subject.ts';
import { isFineGrained } from '../authorization.ts';
import type { AuditEntry, KubeletReview, ProxyRequest } from './entries.ts';
import { type ProxyVerdict, proxyJudge } from './judge-proxy.ts';
import { bitsOf, countEntry, newTally, type Use, type UseTally, useOf } from './tally.ts';

export interface KubeletUsage {
  readonly uses: readonly Use[];
  /** Number of reviews that kubelets sent, about any caller. */
  readonly reviews: number;
  /** Number of selected reviews to which the log contains no answer. */
  readonly unanswered: number;
  /** Number of reviews by nodes whose request body is not in the log, so that the caller is unknown. */
  readonly bodiless: number;
  /** Number of reviews by users who are not the kubelet that they name, by user. Contains only the first users seen. */
  readonly foreign: ReadonlyMap<string, number>;
  /** Number of events that could not be read, and what is wrong with the first one. */
  readonly unreadable: { readonly count: number; readonly problem: string };
  /** Whether callers, permissions or nodes were left out because of the limits. */
  readonly isLimited: boolean;
}

export interface UsageOptions {
  /** Caller whose entries are counted; a group selects all of its members. Undefined for all callers. */
  readonly subject?: RbacSubject | undefined;
  /** Time of the earliest entry to count, in ms since 1970. */
  readonly sinceMs?: number | undefined;
  readonly untilMs?: number | undefined;
  readonly limits?: Partial<typeof usualLimits>;
}

/** Limits that keep memory near 100 MB. */
const usualLimits = { uses: 10_000, nodes: 200_000, requests: 50_000, foreign: 20 };

export function usageCollector(options: UsageOptions = {}) {
  const limits = { ...usualLimits, ...options.limits };
  const { isWithin, isWanted } = selectionOf(options);
  const tallies = newTallies(limits);
  const fineNodes = new Set<string>();
  const isRepeated = recentlySeen(limits.requests);
  const foreign = new Map<string, number>();
  const unreadable = { count: 0, problem: '' };
  const counts = { reviews: 0, bodiless: 0, unanswered: 0 };
  const judge = proxyJudge((review, verdict) => {
    if (isWithin(review)) tallies.judge(review, verdict);
  });

  function addReview(review: KubeletReview): void {
    counts.reviews += 1;
    if (isFineGrained(review.subresource) && fineNodes.size < limits.nodes)
      fineNodes.add(review.node);
    if (!isWanted(review)) return;
    if (isWithin(review)) {
      if (review.answer === 'unknown') counts.unanswered += 1;
      tallies.count(review);
    }
    judge.add(review);
  }

  function addForeign(user: string): void {
    const count = foreign.get(user) ?? 0;
    if (count > 0 || foreign.size < limits.foreign) foreign.set(user, count + 1);
  }

  return {
    add(entry: AuditEntry): void {
      if ('atMs' in entry && entry.atMs !== undefined) judge.see(entry.atMs);
      // Counts a request once. The log may contain two events of it, one when its response begins and one when it ends.
      if ('request' in entry && entry.request !== undefined && isRepeated(entry.request)) return;
      switch (entry.kind) {
        case 'begin':
          return judge.begin(entry.atMs);
        case 'review':
          return addReview(entry);
        case 'request':
          if (isWanted(entry) && isWithin(entry)) tallies.count(entry);
          return;
        case 'no body':
          if (isWithin(entry)) counts.bodiless += 1;
          return;
        case 'foreign':
          if (isWithin(entry)) addForeign(entry.user);
          return;
        case 'unreadable':
          unreadable.count += 1;
          unreadable.problem ||= entry.problem;
      }
    },
    end(): KubeletUsage {
      judge.end();
      const uses = tallies.all().map((tally) => useOf(tally, fineNodes));
      return { uses, ...counts, foreign, unreadable, isLimited: tallies.areLimited };
    },
  };
}

function selectionOf({
  subject,
  sinceMs = Number.NEGATIVE_INFINITY,
  untilMs = Number.POSITIVE_INFINITY,
}: UsageOptions) {
  return {
    isWithin: ({ atMs }: { readonly atMs: number }) => atMs >= sinceMs && atMs <= untilMs,
    isWanted: ({ user, groups }: KubeletReview | ProxyRequest) => {
      if (!subject) return true;
      if (subject.kind === 'Group') return groups.includes(subject.name);
      return sameSubject(subjectOf(user), subject);
    },
  };
}

function newTallies(limits: { readonly uses: number; readonly nodes: number }) {
  const tallies = new Map<string, UseTally>();
  let pairs = 0;
  let areLimited = false;

  function tallyOf(entry: KubeletReview | ProxyRequest): UseTally | undefined {
    const via = entry.kind === 'review' ? 'direct' : 'apiserver';
    const subresource = entry.kind === 'review' ? entry.subresource : 'proxy';
    const key = JSON.stringify([entry.user, via, entry.verb, subresource]);
    const tally = tallies.get(key);
    if (tally) return tally;
    if (tallies.size >= limits.uses) {
      areLimited = true;
      return undefined;
    }
    const made = newTally(entry, via, subresource);
    tallies.set(key, made);
    return made;
  }

  function mark({ nodes }: UseTally, node: string, bits: number): void {
    const before = nodes.get(node);
    if (before === undefined && pairs >= limits.nodes) {
      areLimited = true;
      return;
    }
    if (before === undefined) pairs += 1;
    nodes.set(node, (before ?? 0) | bits);
  }

  return {
    count(entry: KubeletReview | ProxyRequest): void {
      const tally = tallyOf(entry);
      if (!tally) return;
      countEntry(tally, entry);
      if (entry.node !== undefined) mark(tally, entry.node, 0);
    },
    judge(review: KubeletReview, verdict: ProxyVerdict): void {
      const tally = tallyOf(review);
      if (!tally) return;
      if (typeof verdict === 'object') for (const each of verdict) tally.finer.add(each);
      mark(tally, review.node, bitsOf(review, verdict));
    },
    all: (): readonly UseTally[] => [...tallies.values()],
    get areLimited() {
      return areLimited;
    },
  };
}

/**
 * Returns a function that remembers at least the last `most` texts, and returns whether it remembers a text. It uses two Sets in turn,
 * because a Set takes long to drop its oldest item.
 */
function recentlySeen(most: number): (text: string) => boolean {
  let older = new Set<string>();
  let newer = new Set<string>();
  return (text) => {
    if (newer.has(text) || older.has(text)) return true;
    if (newer.size >= most) [older, newer] = [newer, new Set()];
    newer.add(text);
    return false;
  };
}
