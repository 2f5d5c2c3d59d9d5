import type { JournalEntry } from './journal-entries.ts';

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

/** Which entries of a journal have been printed, and from when on to ask for more. */
export function journalWindow(most = mostRemembered) {
  /** What was printed lately, and how often. */
  let seen = new Map<string, { count: number; readonly atUs: number }>();
  let size = 0;
  let newestUs: number | undefined;
  let oldestUs = Number.NEGATIVE_INFINITY;
  /** How much earlier to ask, for the time zone of the node. */
  let leadUs = 0;
  /** Of the present answer: from when on its entries should be, what it has not repeated yet, and whether it has any. */
  let fromUs: number | undefined;
  let missing = new Map<string, number>();
  let isEmpty = true;
  let prunedUs = 0;

  const remember = ({ text, atUs }: JournalEntry) => {
    const at = atUs ?? newestUs ?? 0;
    const known = seen.get(text);
    if (known) known.count += 1;
    else {
      seen.set(text, { count: 1, atUs: at });
      size += sizeOf(text);
    }
    for (const [old, { atUs: oldUs }] of seen) {
      if (size <= most) break;
      seen.delete(old);
      size -= sizeOf(old);
      oldestUs = Math.max(oldestUs, oldUs);
    }
    newestUs = Math.max(newestUs ?? 0, at);
    // A first answer may hold years.
    if (newestUs > prunedUs + slackUs) forget();
  };
  const forget = () => {
    prunedUs = newestUs ?? 0;
    const keptUs = nextUs(prunedUs) - slackUs;
    seen = new Map([...seen].filter(([, { atUs }]) => atUs >= keptUs));
    size = [...seen.keys()].reduce((sum, text) => sum + sizeOf(text), 0);
  };

  return {
    /** From when on to ask, in ms since 1970; undefined before the first entry. Begins an answer. */
    begin(): number | undefined {
      fromUs = newestUs === undefined ? undefined : nextUs(newestUs);
      missing = new Map([...seen].map(([text, { count }]) => [text, count]));
      isEmpty = true;
      return fromUs === undefined ? undefined : (fromUs - leadUs) / 1000;
    },
    /** Whether an entry is to be printed. Those before the first one of all were left out by the user's own options. */
    take(entry: JournalEntry): boolean {
      const { text, atUs } = entry;
      if (isEmpty && atUs !== undefined) {
        // The answer begins where the node takes the question to begin, or later.
        const latestUs = atUs - (fromUs ?? atUs) + leadUs;
        leadUs = Math.min(leadUs, Math.ceil(latestUs / quarterUs) * quarterUs);
        if (fromUs === undefined) oldestUs = atUs;
      }
      isEmpty = false;
      const left = missing.get(text) ?? 0;
      if (left > 0) {
        missing.set(text, left - 1);
        return false;
      }
      if (fromUs !== undefined && atUs !== undefined)
        if (atUs <= oldestUs || atUs < fromUs - slackUs) return false;
      remember(entry);
      return true;
    },
    /** True if the answer had to repeat something but is empty, and the question is worth another try. */
    end(): boolean {
      if (fromUs === undefined) return false;
      forget();
      const again = isEmpty && leadUs < farthestUs;
      if (isEmpty) leadUs = again ? farthestUs : 0;
      return again;
    },
  };
}

/** With what a short text takes in a map. */
function sizeOf(text: string): number {
  return text.length + 100;
}

/** From when on to ask, when the newest entry is of `atUs`. */
function nextUs(atUs: number): number {
  return Math.floor(atUs / secondUs) * secondUs - marginUs;
}
