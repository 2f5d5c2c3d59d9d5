import type { JournalEntry } from '../shared/logs/journal-entries.ts';

const secondUs = 1_000_000;

/** A kubelet reads times to the second; a bit more, for clocks that step back. */
const marginUs = 2 * secondUs;

/** An entry is shown with the time of its sender, and found by the time at which the journal received it. */
const slackUs = 60 * secondUs;

/** journalctl takes times for the node's local ones, which differ from UTC by whole quarters of an hour. */
const quarterUs = 900 * secondUs;

/** No zone is farther west. */
const farthestUs = 12 * 3600 * secondUs;

/** In characters, of entries that are remembered. Those before are then taken for printed. */
const mostRemembered = 16 * 1024 * 1024;

/** Entries printed in the last `lostUs`, how often, and when; older ones are forgotten. */
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

/** The answer that is being read: the start of the query, the printed entries that it has not repeated yet, and whether it is empty. */
interface Answer {
  readonly fromUs: number | undefined;
  readonly missing: Map<string, number>;
  isEmpty: boolean;
}

/** Which entries of a journal have been printed, and from when on to ask for more. */
export function journalWindow(most = mostRemembered) {
  const printed = printedEntries(most);
  let answer: Answer = { fromUs: undefined, missing: new Map(), isEmpty: true };
  let newestUs: number | undefined;
  let prunedUs = 0;
  /** How much earlier to ask, for the time zone of the node. */
  let leadUs = 0;

  const remember = ({ text, atUs = newestUs ?? 0 }: JournalEntry) => {
    printed.add(text, atUs);
    newestUs = Math.max(newestUs ?? 0, atUs);
    // A first answer may hold years.
    if (newestUs > prunedUs + slackUs) prune();
  };
  const prune = () => {
    prunedUs = newestUs ?? 0;
    printed.keepFrom(nextUs(prunedUs) - slackUs);
  };

  /** The answer begins where the node takes the question to begin, or later. */
  const learnLead = (firstUs: number) => {
    const { fromUs } = answer;
    const latestUs = firstUs - (fromUs ?? firstUs) + leadUs;
    leadUs = Math.min(leadUs, Math.ceil(latestUs / quarterUs) * quarterUs);
    if (fromUs === undefined) printed.lostUs = firstUs;
  };
  const isTooOld = (atUs: number) =>
    answer.fromUs !== undefined && (atUs <= printed.lostUs || atUs < answer.fromUs - slackUs);

  return {
    /** From when on to ask, in ms since 1970; undefined before the first entry. Begins an answer. */
    begin(): number | undefined {
      const fromUs = newestUs === undefined ? undefined : nextUs(newestUs);
      answer = { fromUs, missing: printed.counts(), isEmpty: true };
      return fromUs === undefined ? undefined : (fromUs - leadUs) / 1000;
    },
    /** Whether an entry is to be printed. Those before the first one of all were left out by the user's own options. */
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
    /** True if the answer had to repeat something but is empty, and the question is worth another try. */
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

/** In bytes; a short text takes 100 in a map. */
function sizeOf(text: string): number {
  return text.length + 100;
}

/** From when on to ask, when the newest entry is of `atUs`. */
function nextUs(atUs: number): number {
  return Math.floor(atUs / secondUs) * secondUs - marginUs;
}
