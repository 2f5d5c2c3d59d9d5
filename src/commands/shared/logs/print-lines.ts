import { type Sink, writeOutput } from '../../../cli/write-output.ts';
import { wholeLines } from './whole-lines.ts';

/**
 * Prints the lines of a log with a prefix, also if the log breaks off. Lines that arrive together are written at once, so that no lines of
 * another log come between them. No byte is changed, except that a missing last line end is added.
 * @param isShown test of whether a line is printed; undefined to print all lines
 */
export async function printLines(
  chunks: AsyncIterable<Buffer>,
  prefix: string,
  sink: Sink,
  isShown?: (line: string) => boolean,
): Promise<void> {
  const start = Buffer.from(prefix).toString('latin1');
  const lines = wholeLines();
  const print = async (text: string) => {
    const each = text === '' ? [] : text.replace(/\n$/, '').split('\n');
    const shown = each.filter((line) => isShown?.(Buffer.from(line, 'latin1').toString()) ?? true);
    const whole = shown.map((line) => `${start}${line}\n`).join('');
    if (whole !== '') await writeOutput(sink, Buffer.from(whole, 'latin1'));
  };
  try {
    for await (const chunk of chunks) await print(lines.take(chunk));
  } finally {
    await print(lines.end());
  }
}
