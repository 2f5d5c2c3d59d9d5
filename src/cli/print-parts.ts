/** In characters. */
const usualLength = 64 * 1024;

/** A stream. */
interface Output {
  write(text: string, done: () => void): unknown;
}

/** Writes a long text as it is made. */
export async function printParts(stdout: Output, parts: Iterable<string>): Promise<void> {
  let text = '';
  const flush = async () => {
    await new Promise<void>((resolve) => {
      stdout.write(text, () => resolve());
    });
    text = '';
  };
  for (const part of parts) {
    text += part;
    if (text.length >= usualLength) await flush();
  }
  if (text !== '') await flush();
}
