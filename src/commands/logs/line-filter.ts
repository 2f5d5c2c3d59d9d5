import { RE2JS } from 're2js';
import { UsageFailure } from '../../errors.ts';

/** Uses RE2, whose time grows only with pattern length times line length. */
export function parseLineFilter(text: string): (line: string) => boolean {
  try {
    const pattern = RE2JS.compile(text);
    return (line) => pattern.matcher(line).find();
  } catch (cause) {
    const why = cause instanceof Error ? `: ${cause.message}` : '';
    throw new UsageFailure(`invalid --grep value "${text}"${why}`, { cause });
  }
}
