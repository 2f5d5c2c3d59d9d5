/** In bytes. A longer line is printed in parts. */
const longestLine = 1024 * 1024;

/** Turns the chunks of a log into texts of whole lines, in which each character is a byte (latin1). */
export function wholeLines() {
  let rest = Buffer.alloc(0);
  const cut = (bytes: Buffer, at: number) => {
    // A copy: the rest may be little of much.
    rest = Buffer.from(bytes.subarray(at));
    return bytes.toString('latin1', 0, at);
  };
  return {
    /** Empty until a line is whole. */
    take(chunk: Buffer): string {
      const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      const at = bytes.lastIndexOf(0x0a) + 1;
      return cut(bytes, bytes.length - at > longestLine ? bytes.length : at);
    },
    /** The last line, if it has no end. */
    end: () => cut(rest, rest.length),
  };
}

/** The whole lines of a text, with their ends, and the rest. */
export function splitLines(text: string): readonly [whole: readonly string[], rest: string] {
  const lines = text.split(/(?<=\n)/);
  return text.endsWith('\n') ? [lines, ''] : [lines.slice(0, -1), lines.at(-1) ?? ''];
}
