import { type Sink, writeOutput } from '../../../cli/write-output.ts';
import { Failure } from '../../../errors.ts';
import { wholeLines } from './whole-lines.ts';

/**
 * Prints each line with a prefix, also the last line of a log that breaks off. Writes lines that arrive together at once, so that no line
 * of another log comes between them. Changes no byte, but adds a missing last line end.
 */
export async function printLines(
  chunks: AsyncIterable<Buffer>,
  prefix: string,
  sink: Sink,
): Promise<void> {
  const start = Buffer.from(prefix).toString('latin1');
  const lines = wholeLines();
  const print = async (text: string) => {
    const each = text === '' ? [] : text.replace(/\n$/, '').split('\n');
    const whole = each.map((line) => `${start}${line}\n`).join('');
    if (whole !== '') await writeOutput(sink, Buffer.from(whole, 'latin1'));
  };
  try {
    for await (const chunk of chunks) await print(lines.take(chunk));
  } finally {
    await print(lines.end());
  }
}

export function binaryLog(label: string): Failure {
  return new Failure(`the log of the ${label} is not text, and would garble the terminal`, {
    kind: 'not-text',
    hints: ['redirect it to a file, or print it anyway: | cat'],
  });
}
