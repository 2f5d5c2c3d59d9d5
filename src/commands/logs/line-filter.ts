import { RE2JS } from 're2js';
import { UsageFailure } from '../../errors.ts';

/** Parses --grep: whether a line has a match. With RE2 no pattern takes longer than its length times that of the line. */
export function parseLineFilter(text: string): (line: string) => boolean {
  try {
    const pattern = RE2JS.compile(text);
    return (line) => pattern.matcher(line).find();
  } catch (cause) {
    const why = cause instanceof Error ? `: ${cause.message}` : '';
    throw new UsageFailure(`invalid --grep value "${text}"${why}`, { cause });
  }
}
