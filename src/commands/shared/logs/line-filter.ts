import { RE2JS } from 're2js';
import { UsageFailure } from '../../../errors.ts';
import { wholeLines } from './whole-lines.ts';

export type LineFilter = (line: string) => boolean;

/** Uses RE2, whose time grows only with pattern length times line length. */
export function parseLineFilter(text: string): LineFilter {
  try {
    const pattern = RE2JS.compile(text);
    return (line) => pattern.matcher(line).find();
  } catch (cause) {
    const why = cause instanceof Error ? `: ${cause.message}` : '';
    throw new UsageFailure(`invalid --grep value "${text}"${why}`, { cause });
  }
}

/** Yields the lines that `isShown` accepts, also the last line of a log that breaks off. */
export async function* filterLines(
  chunks: AsyncIterable<Buffer>,
  isShown: LineFilter,
): AsyncGenerator<Buffer, void> {
  const lines = wholeLines();
  const filter = function* (text: string) {
    const shown = text
      .split(/(?<=\n)/)
      .filter((line) => isShown(Buffer.from(line.replace(/\n$/, ''), 'latin1').toString()))
      .join('');
    if (shown !== '') yield Buffer.from(shown, 'latin1');
  };
  try {
    for await (const chunk of chunks) yield* filter(lines.take(chunk));
  } catch (error) {
    yield* filter(lines.end());
    throw error;
  }
  yield* filter(lines.end());
}
