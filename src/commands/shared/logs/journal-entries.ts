import { dayMs } from '../../../text/duration.ts';
import { splitLines } from './whole-lines.ts';

/** One entry of the journal as it is printed: a line, and its further lines, indented. */
export interface JournalEntry {
  /** Bytes as latin1 characters, with the last line end. */
  readonly text: string;
  /** In µs since 1970; undefined for a line of journalctl itself. */
  readonly atUs: number | undefined;
}

/** In characters. Longer entries are not held back. */
const longestEntry = 4 * 1024 * 1024;

/** Lines of journalctl about an answer, not of the journal. */
const isAboutAnswer = /^-- (?:No entries|(?:Logs|Journal) begin)/;

/** Splits an answer of `journalctl --output=short-precise` into entries as its parts arrive. `nowMs` is when the kubelet sent it. */
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
    /** The entries that are whole now. */
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
    /** The last one. A line without its end was cut off, and is not one. */
    end: ended,
  };
}

/** Whether an answer to this request may begin with the newest entry: journalctl's, of the last ones that match a pattern. */
export function isReversed(path: string): boolean {
  const query = new URLSearchParams(path.slice(path.indexOf('?')));
  return Boolean(query.get('tailLines') && query.get('pattern'));
}

/** The entries of an answer, the oldest first: which comes first depends on the version of systemd. */
export function oldestFirst(entries: readonly JournalEntry[]): readonly JournalEntry[] {
  const times = entries.flatMap(({ atUs }) => atUs ?? []);
  return (times[0] ?? 0) > (times.at(-1) ?? 0) ? entries.toReversed() : entries;
}

const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** `Jan 02 15:04:05.123456`, in UTC, which leaves out the year: the last one that is possible. */
function parseTime(text: string, nowMs: number): number | undefined {
  const [, month = '', day, hour, minute, second, fraction] =
    /^([A-Z][a-z]{2}) ([ \d]\d) (\d\d):(\d\d):(\d\d)\.(\d{6}) /.exec(text) ?? [];
  const index = months.indexOf(month);
  if (index < 0) return undefined;
  const inYear = (year: number) =>
    Date.UTC(year, index, Number(day), Number(hour), Number(minute), Number(second));
  const year = new Date(nowMs).getUTCFullYear();
  // Clocks differ, and a log may be from the last night of a year.
  const ms =
    [year + 1, year, year - 1].map(inYear).find((each) => each <= nowMs + dayMs) ?? inYear(year);
  return ms * 1000 + Number(fraction);
}
