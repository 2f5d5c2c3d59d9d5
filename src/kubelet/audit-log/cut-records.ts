/** Longest record in bytes. An audit event has at most some MiB, and an export of a log store contains hundreds of events. */
const longestRecord = 64 * 1024 * 1024;

export interface LogRecord {
  readonly bytes: Buffer;
  /** The last record may be incomplete. */
  readonly isLast: boolean;
}

/** Cuts a log into records. Never keeps more bytes of the log in memory than `longest`. */
export function recordCutter(longest = longestRecord) {
  let tooLong = 0;
  const line = gatherer(longest);
  const lines = gatherer(longest);

  function* take(bytes: Buffer | undefined, isLast: boolean): Generator<LogRecord> {
    if (bytes === undefined) {
      tooLong += 1;
      return;
    }
    if (!lines.isEmpty) {
      const ends = isClosing(bytes);
      const isPart = ends || isInside(bytes);
      if (isPart) lines.add(bytes);
      // If this line does not continue the JSON, the lines before it were not JSON.
      if (ends || !isPart) yield* takeLines(false);
      if (isPart) return;
    }
    if (isOpening(bytes)) lines.add(bytes);
    else yield { bytes, isLast };
  }
  function* takeLines(isLast: boolean): Generator<LogRecord> {
    const bytes = lines.empty();
    if (bytes) yield { bytes, isLast };
    else tooLong += 1;
  }

  return {
    get tooLong() {
      return tooLong;
    },
    *cut(chunk: Buffer): Generator<LogRecord> {
      let start = 0;
      for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
        const rest = chunk.subarray(start, end);
        start = end + 1;
        if (line.isEmpty) yield* take(rest, false);
        else {
          line.add(rest);
          yield* take(line.empty(), false);
        }
      }
      if (start < chunk.length) line.add(chunk.subarray(start));
    },
    *end(): Generator<LogRecord> {
      if (!line.isEmpty) yield* take(line.empty(), true);
      if (!lines.isEmpty) yield* takeLines(true);
    },
  };
}

// These functions recognize JSON over several lines, as kubectl and jq print it: all lines but the first and the last are indented.

function isOpening(line: Buffer): boolean {
  return line.length < 4 && /^[[{]\s*$/.test(line.toString('latin1'));
}

function isInside([first = 0x0d]: Buffer): boolean {
  return first === 0x20 || first === 0x09 || first === 0x0d;
}

function isClosing([first]: Buffer): boolean {
  return first === 0x7d || first === 0x5d;
}

/** Number of buffers after which they are joined. Many small buffers take more memory than one large buffer. */
const mostParts = 4096;

function gatherer(longest: number) {
  let parts: Buffer[] = [];
  let blocks: Buffer[] = [];
  let length = 0;
  return {
    get isEmpty() {
      return length === 0;
    },
    add(part: Buffer): void {
      // Adds one byte for each part, so that many empty parts also reach the limit.
      length += part.length + 1;
      if (length > longest) {
        parts = [];
        blocks = [];
        return;
      }
      parts.push(part);
      if (parts.length < mostParts) return;
      blocks.push(Buffer.concat(parts));
      parts = [];
    },
    /** Returns all parts joined, and empties the gatherer. Undefined if they were longer than `longest` together. */
    empty(): Buffer | undefined {
      const whole = length > longest ? undefined : Buffer.concat([...blocks, ...parts]);
      parts = [];
      blocks = [];
      length = 0;
      return whole;
    },
  };
}
