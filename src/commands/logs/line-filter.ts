import { RE2JS } from 're2js';
import { UsageFailure } from '../../errors.ts';

/** Parses --grep into a test of a line. With RE2, its time grows at most with the length of the pattern times that of the line. */
export function parseLineFilter(text: string): (line: string) => boolean {
  try {
    const pattern = RE2JS.compile(text);
    return (line) => pattern.matcher(line).find();
  } catch (cause) {
    const why = cause instanceof Error ? `: ${cause.message}` : '';
    throw new UsageFailure(`invalid --grep value "${text}"${why}`, { cause });
  }
}
