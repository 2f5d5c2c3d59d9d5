/** Longest record in bytes: an event has at most some MiB, an export of a log store hundreds of events. */
const longestRecord = 64 * 1024 * 1024;

export interface LogRecord {
  readonly bytes: Buffer;
  /** Whether the log ends in this record, which may then be incomplete. */
  readonly isLast: boolean;
}

/** Cuts a log into records. Never keeps more of the log than the longest record. */
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
      // If this line is not part of a record, the lines before it were not JSON.
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

// Recognizes JSON over several lines, as kubectl and jq print it: all lines but the first and the last are indented.

function isOpening(line: Buffer): boolean {
  return line.length < 4 && /^[[{]\s*$/.test(line.toString('latin1'));
}

function isInside([first = 0x0d]: Buffer): boolean {
  return first === 0x20 || first === 0x09 || first === 0x0d;
}

function isClosing([first]: Buffer): boolean {
  return first === 0x7d || first === 0x5d;
}

/** Most buffers before they are joined. Many small buffers take more memory than one large one. */
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
      // An extra byte for each part, so that empty parts count, too.
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
    /** Returns all parts joined, and empties the gatherer; undefined if they were too long. */
    empty(): Buffer | undefined {
      const whole = length > longest ? undefined : Buffer.concat([...blocks, ...parts]);
      parts = [];
      blocks = [];
      length = 0;
      return whole;
    },
  };
}
