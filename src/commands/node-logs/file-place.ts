/** Position up to which a file has been read. */
export interface FilePlace {
  /** Number of bytes before the position. */
  readonly offset: number;
  /** Last bytes before `offset`, at most `overlap`, by which the file is recognized. */
  readonly last: Buffer;
}

export const startOfFile: FilePlace = { offset: 0, last: Buffer.alloc(0) };

/** Number of bytes before the position that each request reads again. */
export const overlap = 512;

export function advance({ offset, last }: FilePlace, chunk: Buffer): FilePlace {
  const joined = chunk.length >= overlap ? chunk : Buffer.concat([last, chunk]);
  // Copies the bytes: a slice would keep the whole chunk, which may be much larger, in memory.
  return { offset: offset + chunk.length, last: Buffer.from(joined.subarray(-overlap)) };
}

/** Returns a filter for chunks that begin with `place.last`, which passes on only the bytes after the place. */
export function continuation(place: FilePlace) {
  const { length } = place.last;
  let head = Buffer.alloc(0);
  let isKnown = length === 0;
  return {
    /** Returns the new bytes of a chunk; undefined if the bytes before the place differ, so that this is another file. */
    next(chunk: Buffer): Buffer | undefined {
      if (isKnown) return chunk;
      head = Buffer.concat([head, chunk]);
      if (head.length < length) return head.subarray(head.length);
      isKnown = true;
      return head.subarray(0, length).equals(place.last) ? head.subarray(length) : undefined;
    },
    /** Whether all bytes of `place.last` have been compared. */
    get isKnown() {
      return isKnown;
    },
  };
}
