/** How far a file has been read. */
export interface FilePlace {
  /** In bytes from the start of the file. */
  readonly offset: number;
  /** The bytes before `offset`: only the same file has them there. */
  readonly last: Buffer;
}

export const startOfFile: FilePlace = { offset: 0, last: Buffer.alloc(0) };

/** In bytes. They are asked for again each time. */
export const overlap = 512;

export function advance({ offset, last }: FilePlace, chunk: Buffer): FilePlace {
  const joined = chunk.length >= overlap ? chunk : Buffer.concat([last, chunk]);
  // A copy: the chunk itself may be much larger.
  return { offset: offset + chunk.length, last: Buffer.from(joined.subarray(-overlap)) };
}

/** The bytes of a file that follow a place, from parts that begin `place.last.length` before it. */
export function continuation(place: FilePlace) {
  const { length } = place.last;
  let head = Buffer.alloc(0);
  let isKnown = length === 0;
  return {
    /** Undefined if this is another file. */
    next(chunk: Buffer): Buffer | undefined {
      if (isKnown) return chunk;
      head = Buffer.concat([head, chunk]);
      if (head.length < length) return head.subarray(head.length);
      isKnown = true;
      return head.subarray(0, length).equals(place.last) ? head.subarray(length) : undefined;
    },
    /** Whether all bytes before the place have come. */
    get isKnown() {
      return isKnown;
    },
  };
}
