import { Failure } from '../../../errors.ts';
import type { Kubelet } from '../../../kube/kubelet-client/client.ts';
import type { Request } from '../../../kube/transport/transport.ts';
import {
  isReversed,
  type JournalEntry,
  journalSplitter,
  oldestFirst,
} from '../../shared/logs/journal-entries.ts';
import { formatLogTime, formatQuery } from '../../shared/logs/log-times.ts';
import { type FollowSettings, pollForever } from './poll.ts';
import { openQuery } from './read-query.ts';

/**
 * Yields the results of a node log query, and then new journal entries. Each request begins shortly before the newest entry. Entries that
 * were already printed are left out.
 */
export async function* followQuery(
  kubelet: Kubelet,
  request: Request,
  settings: FollowSettings,
): AsyncGenerator<Buffer, never> {
  const { signal } = settings;
  const window = journalWindow();
  const tail = tailOf(request.path);
  let isFirst = true;

  /** Yields the entries of an answer. Leaves out a last entry that may be cut off, because the next answer repeats it. */
  const ask = async function* (path: string): AsyncGenerator<JournalEntry, void> {
    const answer = await openQuery(kubelet, { ...request, path }, signal);
    const splitter = journalSplitter(answer.nowMs);
    for await (const lines of answer.lines) yield* splitter.take(lines);
    const { isCut, failure } = await answer.end();
    if (!isCut) yield* splitter.end();
    if (failure) throw failure;
  };

  const poll = async function* (): AsyncGenerator<Buffer, void> {
    do {
      const fromMs = window.begin();
      if (isFirst && tail !== undefined) yield* first(tail);
      else
        for await (const entry of ask(isFirst ? request.path : pathFrom(request.path, fromMs)))
          if (window.take(entry)) yield toBuffer(entry);
      isFirst = false;
    } while (window.end());
  };

  /** Yields the last `lines` entries. If `lines` is 0, requests one entry without yielding it, to learn where new entries begin. */
  const first = async function* (lines: number): AsyncGenerator<Buffer, void> {
    const path = lines > 0 ? request.path : request.path.replace(/([?&]tailLines=)[^&]*/, '$11');
    const entries = isReversed(path) ? inOrder(ask(path), kubelet.label) : ask(path);
    for await (const entry of entries) if (window.take(entry) && lines > 0) yield toBuffer(entry);
  };
  return yield* pollForever(kubelet, settings, poll);
}

/** Limit in characters for an answer that must be read to its end before its entries can be sorted. */
const longestAnswer = 32 * 1024 * 1024;

async function* inOrder(
  entries: AsyncIterable<JournalEntry>,
  label: string,
): AsyncGenerator<JournalEntry, void> {
  const all: JournalEntry[] = [];
  let length = 0;
  for await (const entry of entries) {
    all.push(entry);
    length += entry.text.length;
    if (length > longestAnswer)
      throw new Failure(`the ${label} sent more than 32 MiB of last lines that match --grep`, {
        hints: ['ask for less: --tail'],
      });
  }
  yield* oldestFirst(all);
}

function toBuffer({ text }: JournalEntry): Buffer {
  return Buffer.from(text, 'latin1');
}

function pathFrom(path: string, fromMs: number | undefined): string {
  const [start, query = ''] = path.split('?');
  const replaced = fromMs === undefined ? /^tailLines=/ : /^(?:tailLines|sinceTime)=/;
  const left = query.split('&').filter((part) => !replaced.test(part));
  const since = formatQuery([['sinceTime', formatLogTime(fromMs)]]);
  return `${start}?${[...left, since].filter(Boolean).join('&')}`;
}

function tailOf(path: string): number | undefined {
  const tail = new URLSearchParams(path.slice(path.indexOf('?'))).get('tailLines');
  return tail ? Number(tail) : undefined;
}

const secondUs = 1_000_000;

/** Each request starts this much before the newest entry: kubelets read times to the second, and the clock of a node may step back. */
const marginUs = 2 * secondUs;

/** journalctl selects entries by their arrival, but prints the time of the sender. The two times may differ by this much. */
const slackUs = 60 * secondUs;

/** journalctl reads times as local time, which differs from UTC by a multiple of 15 minutes. */
const quarterUs = 900 * secondUs;

/** Offset of the westernmost time zone from UTC. */
const farthestUs = 12 * 3600 * secondUs;

/** Limit in bytes of remembered entries. Entries that are older than the remembered entries are treated as already printed. */
const mostRemembered = 16 * 1024 * 1024;

/**
 * Counts printed entries by their text. Forgets the oldest entries above `most` bytes; `lostUs` is the time of the newest forgotten entry.
 */
function printedEntries(most: number) {
  let seen = new Map<string, { count: number; readonly atUs: number }>();
  let size = 0;
  return {
    lostUs: Number.NEGATIVE_INFINITY,
    counts: () => new Map([...seen].map(([text, { count }]) => [text, count])),
    add(text: string, atUs: number): void {
      const known = seen.get(text);
      if (known) known.count += 1;
      else {
        seen.set(text, { count: 1, atUs });
        size += sizeOf(text);
      }
      for (const [old, { atUs: oldUs }] of seen) {
        if (size <= most) break;
        seen.delete(old);
        size -= sizeOf(old);
        this.lostUs = Math.max(this.lostUs, oldUs);
      }
    },
    keepFrom(keptUs: number): void {
      seen = new Map([...seen].filter(([, { atUs }]) => atUs >= keptUs));
      size = [...seen.keys()].reduce((sum, text) => sum + sizeOf(text), 0);
    },
  };
}

/** State of the answer that is being read. `missing` counts printed entries that the answer has not repeated yet. */
interface Answer {
  readonly fromUs: number | undefined;
  readonly missing: Map<string, number>;
  isEmpty: boolean;
}

export function journalWindow(most = mostRemembered) {
  const printed = printedEntries(most);
  let answer: Answer = { fromUs: undefined, missing: new Map(), isEmpty: true };
  let newestUs: number | undefined;
  let prunedUs = 0;
  /** Time that is subtracted from each start time, because journalctl reads it in the node's time zone. */
  let leadUs = 0;

  const remember = ({ text, atUs = newestUs ?? 0 }: JournalEntry) => {
    printed.add(text, atUs);
    newestUs = Math.max(newestUs ?? 0, atUs);
    // Prunes while the answer arrives, because the first answer may cover years.
    if (newestUs > prunedUs + slackUs) prune();
  };
  const prune = () => {
    prunedUs = newestUs ?? 0;
    printed.keepFrom(nextUs(prunedUs) - slackUs);
  };

  /** Lowers `leadUs`: the first entry of an answer cannot be older than the start time, which the node reads in its own time zone. */
  const learnLead = (firstUs: number) => {
    const { fromUs } = answer;
    const latestUs = firstUs - (fromUs ?? firstUs) + leadUs;
    leadUs = Math.min(leadUs, Math.ceil(latestUs / quarterUs) * quarterUs);
    if (fromUs === undefined) printed.lostUs = firstUs;
  };
  const isTooOld = (atUs: number) =>
    answer.fromUs !== undefined && (atUs <= printed.lostUs || atUs < answer.fromUs - slackUs);

  return {
    /** Returns the time from which to request entries, in ms since 1970; undefined before the first entry. */
    begin(): number | undefined {
      const fromUs = newestUs === undefined ? undefined : nextUs(newestUs);
      answer = { fromUs, missing: printed.counts(), isEmpty: true };
      return fromUs === undefined ? undefined : (fromUs - leadUs) / 1000;
    },
    /**
     * Returns whether to print an entry. Refuses entries that were already printed. Also refuses entries older than the first answer,
     * because the user's options exclude these entries.
     */
    take(entry: JournalEntry): boolean {
      const { text, atUs } = entry;
      if (answer.isEmpty && atUs !== undefined) learnLead(atUs);
      answer.isEmpty = false;
      const left = answer.missing.get(text) ?? 0;
      if (left > 0) {
        answer.missing.set(text, left - 1);
        return false;
      }
      if (atUs !== undefined && isTooOld(atUs)) return false;
      remember(entry);
      return true;
    },
    /** Returns whether to repeat the request at once, because the answer is empty but should have repeated printed entries. */
    end(): boolean {
      const { fromUs, isEmpty } = answer;
      if (fromUs === undefined) return false;
      prune();
      const again = isEmpty && leadUs < farthestUs;
      if (isEmpty) leadUs = again ? farthestUs : 0;
      return again;
    },
  };
}

/** Estimates bytes: an entry of a map takes 100 bytes besides its text. */
function sizeOf(text: string): number {
  return text.length + 100;
}

function nextUs(atUs: number): number {
  return Math.floor(atUs / secondUs) * secondUs - marginUs;
}
