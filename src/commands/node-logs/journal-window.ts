import type { JournalEntry } from '../shared/logs/journal-entries.ts';

const secondUs = 1_000_000;

/** Margin before each start time: kubelets read times to the second, and the clock of a node may step back. */
const marginUs = 2 * secondUs;

/** Largest expected difference between the printed time of an entry, set by its sender, and its arrival, by which journalctl selects. */
const slackUs = 60 * secondUs;

/** Step of time zones: journalctl reads times as local time, which differs from UTC by a multiple of 15 minutes. */
const quarterUs = 900 * secondUs;

/** Offset of the westernmost time zone. */
const farthestUs = 12 * 3600 * secondUs;

/** Limit of the size of remembered entries. Entries that are as old as a forgotten entry count as printed. */
const mostRemembered = 16 * 1024 * 1024;

/** Counts printed entries by their text, up to a size of `most`. Entries up to the time `lostUs` may be forgotten. */
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

/** State of the current answer: the start time of its query, printed entries that it has not repeated yet, and whether it is empty. */
interface Answer {
  readonly fromUs: number | undefined;
  readonly missing: Map<string, number>;
  isEmpty: boolean;
}

/** Tracks which entries of a journal have been printed, and from which time to request more. */
export function journalWindow(most = mostRemembered) {
  const printed = printedEntries(most);
  let answer: Answer = { fromUs: undefined, missing: new Map(), isEmpty: true };
  let newestUs: number | undefined;
  let prunedUs = 0;
  /** Time subtracted from each start time to allow for the time zone of the node. */
  let leadUs = 0;

  const remember = ({ text, atUs = newestUs ?? 0 }: JournalEntry) => {
    printed.add(text, atUs);
    newestUs = Math.max(newestUs ?? 0, atUs);
    // Prunes before the end of the answer, because the first answer may cover years.
    if (newestUs > prunedUs + slackUs) prune();
  };
  const prune = () => {
    prunedUs = newestUs ?? 0;
    printed.keepFrom(nextUs(prunedUs) - slackUs);
  };

  /** Derives `leadUs` from the first entry, which is not older than the start time in the time zone of the node. */
  const learnLead = (firstUs: number) => {
    const { fromUs } = answer;
    const latestUs = firstUs - (fromUs ?? firstUs) + leadUs;
    leadUs = Math.min(leadUs, Math.ceil(latestUs / quarterUs) * quarterUs);
    if (fromUs === undefined) printed.lostUs = firstUs;
  };
  const isTooOld = (atUs: number) =>
    answer.fromUs !== undefined && (atUs <= printed.lostUs || atUs < answer.fromUs - slackUs);

  return {
    /** Begins an answer. Returns the time from which to request entries, in ms since 1970; undefined before the first entry. */
    begin(): number | undefined {
      const fromUs = newestUs === undefined ? undefined : nextUs(newestUs);
      answer = { fromUs, missing: printed.counts(), isEmpty: true };
      return fromUs === undefined ? undefined : (fromUs - leadUs) / 1000;
    },
    /** Returns whether to print an entry, and remembers it. Entries before the very first entry were excluded by the user's options. */
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
    /** True if the request is to be repeated at once: its answer is empty, although it should repeat printed entries. */
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

/** Returns an estimated size in bytes: an entry of a map takes 100 bytes besides its text. */
function sizeOf(text: string): number {
  return text.length + 100;
}

/** Returns the start time of the next request if the newest entry is from `atUs`. */
function nextUs(atUs: number): number {
  return Math.floor(atUs / secondUs) * secondUs - marginUs;
}
