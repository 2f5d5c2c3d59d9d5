import { RE2JS } from 're2js';
import { UsageFailure } from '../../errors.ts';

/** Parses --grep into a function that tests a line. RE2 never needs more time than the length of the pattern times that of the line. */
export function parseLineFilter(text: string): (line: string) => boolean {
  try {
    const pattern = RE2JS.compile(text);
    return (line) => pattern.matcher(line).find();
  } catch (cause) {
    const why = cause instanceof Error ? `: ${cause.message}` : '';
    throw new UsageFailure(`invalid --grep value "${text}"${why}`, { cause });
  }
}
