import { dayMs } from '../../../text/duration.ts';
import { splitLines } from './whole-lines.ts';

/** A line of a journal, with the indented lines that continue it. */
export interface JournalEntry {
  /** Bytes as latin1 characters, with the last line end. */
  readonly text: string;
  /** Time in µs since 1970; undefined for a line that journalctl adds. */
  readonly atUs: number | undefined;
}

/** Longer entries are passed on in parts of this many characters. */
const longestEntry = 4 * 1024 * 1024;

/** Lines that journalctl adds to describe its answer. */
const isAboutAnswer = /^-- (?:No entries|(?:Logs|Journal) begin)/;

/** Splits the output of `journalctl --output=short-precise` as it arrives. @param nowMs when the kubelet sent it */
export function journalSplitter(nowMs: number) {
  let rest = '';
  let entry = '';
  const ended = (): JournalEntry[] => {
    const text = entry;
    entry = '';
    if (text === '' || isAboutAnswer.test(text)) return [];
    return [{ text, atUs: parseTime(text, nowMs) }];
  };
  return {
    take(part: string): readonly JournalEntry[] {
      const [lines, more] = splitLines(rest + part);
      rest = more;
      const entries: JournalEntry[] = [];
      for (const line of lines) {
        if (!line.startsWith('  ') || entry.length > longestEntry) entries.push(...ended());
        entry += line;
      }
      if (rest.length > longestEntry) {
        entry += rest;
        rest = '';
      }
      return entries;
    },
    /** Returns the last entry. Drops a last line without a line end, because it was cut off. */
    end: ended,
  };
}

/** Returns whether journalctl prints the entries in reverse order. It does if both a number of last entries and a pattern are given. */
export function isReversed(path: string): boolean {
  const query = new URLSearchParams(path.slice(path.indexOf('?')));
  return Boolean(query.get('tailLines') && query.get('pattern'));
}

/** Returns entries with the oldest first, because the order in an answer depends on the version of systemd. */
export function oldestFirst(entries: readonly JournalEntry[]): readonly JournalEntry[] {
  const times = entries.flatMap(({ atUs }) => atUs ?? []);
  return (times[0] ?? 0) > (times.at(-1) ?? 0) ? entries.toReversed() : entries;
}

const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** Parses `Jan 02 15:04:05.123456`, in UTC, in the latest possible year. */
function parseTime(text: string, nowMs: number): number | undefined {
  const [, month = '', day, hour, minute, second, fraction] =
    /^([A-Z][a-z]{2}) ([ \d]\d) (\d\d):(\d\d):(\d\d)\.(\d{6}) /.exec(text) ?? [];
  const index = months.indexOf(month);
  if (index < 0) return undefined;
  const inYear = (year: number) =>
    Date.UTC(year, index, Number(day), Number(hour), Number(minute), Number(second));
  const year = new Date(nowMs).getUTCFullYear();
  // Entries have no year. Because clocks differ, an entry may be up to a day later than now. In January, an entry may be from last year.
  const ms =
    [year + 1, year, year - 1].map(inYear).find((each) => each <= nowMs + dayMs) ?? inYear(year);
  return ms * 1000 + Number(fraction);
}
