import { isTerminal } from '../../../cli/write-output.ts';
import { Failure } from '../../../errors.ts';
import { looksBinary } from '../../../text/escape.ts';

/** Yields the chunks unchanged. Throws a Failure of kind "not text" if the first chunk is binary and `output` is a terminal. */
export async function* checkText(
  chunks: AsyncIterable<Buffer>,
  output: object,
  label: string,
): AsyncGenerator<Buffer, void> {
  let isChecked = !isTerminal(output);
  for await (const chunk of chunks) {
    if (!isChecked && looksBinary(chunk))
      throw new Failure(`the log of the ${label} is not text, and would garble the terminal`, {
        kind: 'not text',
        hints: ['redirect it to a file, or print it anyway: | cat'],
      });
    isChecked = true;
    yield chunk;
  }
}
