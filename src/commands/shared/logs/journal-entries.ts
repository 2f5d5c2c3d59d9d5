import { dayMs } from '../../../text/duration.ts';
import { splitLines } from './whole-lines.ts';

/** A journal entry as printed: a line, and indented lines that continue it. */
export interface JournalEntry {
  /** Bytes as latin1 characters, with the last line end. */
  readonly text: string;
  /** Time in µs since 1970; undefined for a line that journalctl adds. */
  readonly atUs: number | undefined;
}

/** Limit in characters; longer entries are passed on in parts. */
const longestEntry = 4 * 1024 * 1024;

/** Lines in which journalctl describes its answer; they are not entries. */
const isAboutAnswer = /^-- (?:No entries|(?:Logs|Journal) begin)/;

/** Splits an answer of `journalctl --output=short-precise` into entries as it arrives. `nowMs` is when the kubelet sent it. */
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
    /** Returns the entries that a part of the answer completes. */
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
    /** Returns the last entry. A line without its end was cut off, and is dropped. */
    end: ended,
  };
}

/** Whether the answer to a request may begin with the newest entry: journalctl reverses the last entries that match a pattern. */
export function isReversed(path: string): boolean {
  const query = new URLSearchParams(path.slice(path.indexOf('?')));
  return Boolean(query.get('tailLines') && query.get('pattern'));
}

/** Returns entries with the oldest first. Their order in an answer depends on the version of systemd. */
export function oldestFirst(entries: readonly JournalEntry[]): readonly JournalEntry[] {
  const times = entries.flatMap(({ atUs }) => atUs ?? []);
  return (times[0] ?? 0) > (times.at(-1) ?? 0) ? entries.toReversed() : entries;
}

const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** Parses `Jan 02 15:04:05.123456`, in UTC. Since the year is missing, the latest possible year counts. */
function parseTime(text: string, nowMs: number): number | undefined {
  const [, month = '', day, hour, minute, second, fraction] =
    /^([A-Z][a-z]{2}) ([ \d]\d) (\d\d):(\d\d):(\d\d)\.(\d{6}) /.exec(text) ?? [];
  const index = months.indexOf(month);
  if (index < 0) return undefined;
  const inYear = (year: number) =>
    Date.UTC(year, index, Number(day), Number(hour), Number(minute), Number(second));
  const year = new Date(nowMs).getUTCFullYear();
  // A day later than now is possible, because clocks differ. In January, an entry may be from the year before.
  const ms =
    [year + 1, year, year - 1].map(inYear).find((each) => each <= nowMs + dayMs) ?? inYear(year);
  return ms * 1000 + Number(fraction);
}
