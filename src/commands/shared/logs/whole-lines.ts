/** Limit of a line in bytes. A longer line is printed in parts. */
const longestLine = 1024 * 1024;

/** Joins chunks to texts of whole lines, in which each character is a byte (latin1). */
export function wholeLines() {
  let rest = Buffer.alloc(0);
  const cut = (bytes: Buffer, at: number) => {
    // Copies the rest: a slice would keep the whole chunk in memory.
    rest = Buffer.from(bytes.subarray(at));
    return bytes.toString('latin1', 0, at);
  };
  return {
    /** Returns all lines that are complete after this chunk; may be empty. */
    take(chunk: Buffer): string {
      const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      const at = bytes.lastIndexOf(0x0a) + 1;
      return cut(bytes, bytes.length - at > longestLine ? bytes.length : at);
    },
    /** Returns the last line if it has no line end. */
    end: () => cut(rest, rest.length),
  };
}

/** Lines keep their line ends. */
export function splitLines(text: string): readonly [whole: readonly string[], rest: string] {
  const lines = text.split(/(?<=\n)/);
  return text.endsWith('\n') ? [lines, ''] : [lines.slice(0, -1), lines.at(-1) ?? ''];
}
