/** In bytes. A longer line is printed in parts. */
const longestLine = 1024 * 1024;

/** Turns the chunks of a log into texts of whole lines. With `latin1`, each character is a byte, and none is lost. */
export function wholeLines(encoding: 'utf8' | 'latin1' = 'utf8') {
  let rest = Buffer.alloc(0);
  const cut = (bytes: Buffer, at: number) => {
    // A copy: the rest may be little of much.
    rest = Buffer.from(bytes.subarray(at));
    return bytes.toString(encoding, 0, at);
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
