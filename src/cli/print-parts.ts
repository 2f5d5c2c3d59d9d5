import { type Sink, writeOutput } from './write-output.ts';

/** In characters. */
const usualLength = 64 * 1024;

/** Writes a long text as it is made. */
export async function printParts(sink: Sink, parts: Iterable<string>): Promise<void> {
  let text = '';
  const flush = async () => {
    await writeOutput(sink, text);
    text = '';
  };
  for (const part of parts) {
    text += part;
    if (text.length >= usualLength) await flush();
  }
  if (text !== '') await flush();
}
