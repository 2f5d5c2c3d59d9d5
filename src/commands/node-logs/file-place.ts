export interface FilePlace {
  readonly offset: number;
  /** The last bytes before `offset`. If a file has other bytes at this position, it is another file. */
  readonly last: Buffer;
}

export const startOfFile: FilePlace = { offset: 0, last: Buffer.alloc(0) };

/** Number of bytes that each request reads again, to recognize the file. */
export const overlap = 512;

export function placeAfter({ offset, last }: FilePlace, chunk: Buffer): FilePlace {
  const joined = chunk.length >= overlap ? chunk : Buffer.concat([last, chunk]);
  // Copies the bytes: a slice would keep the whole chunk, which may be much larger, in memory.
  return { offset: offset + chunk.length, last: Buffer.from(joined.subarray(-overlap)) };
}

/** Takes the bytes of a file from `place.last` on. Checks that they begin with `place.last`, and returns the bytes after it. */
export function continuation(place: FilePlace) {
  const { length } = place.last;
  let head = Buffer.alloc(0);
  let isKnown = length === 0;
  return {
    /** Returns undefined if the file has other bytes than `place.last`. */
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
