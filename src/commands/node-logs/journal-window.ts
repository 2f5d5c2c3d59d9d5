import type { JournalEntry } from '../shared/logs/journal-entries.ts';

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
