/** Memory for bytes that arrive while those before are read: both halves are used again and again. */
export interface Room {
  /** In bytes, what `take` returns. */
  readonly held: number;
  /** Where the next bytes may go; never empty. */
  space(): Buffer;
  /** Bytes that are in `space()`, or elsewhere. */
  add(bytes: Buffer): void;
  /** What is held; valid until the next call. */
  take(): Buffer;
  /** Forgets what is held. Its memory may still be in use. */
  drop(): void;
  /** Gives the memory to others. */
  release(): void;
}

/** Of rooms that ended. A fleet needs two for each of the nodes that answer at once. */
const spare: Buffer[] = [];
const mostSpare = 100;

/** In bytes. A half is larger only if more than that arrives before anybody reads it. */
const halfSize = 128 * 1024;
/** In bytes. As much as one record of TLS has. */
const leastSpace = 16 * 1024;

export function newRoom(): Room {
  const newHalf = () => spare.pop() ?? Buffer.allocUnsafeSlow(halfSize);
  const isUsual = (half: Buffer | undefined): half is Buffer => half?.length === halfSize;
  const giveBack = (half: Buffer | undefined) => {
    if (isUsual(half) && spare.length < mostSpare) spare.push(half);
  };
  let filling: Buffer | undefined;
  let lent: Buffer | undefined;
  let held = 0;

  const halfFor = (bytes: number): Buffer => {
    filling ??= newHalf();
    if (filling.length - held >= bytes) return filling;
    const larger = Buffer.allocUnsafeSlow(2 * (held + bytes));
    filling.copy(larger, 0, 0, held);
    filling = larger;
    return larger;
  };
  return {
    get held() {
      return held;
    },
    space: () => halfFor(leastSpace).subarray(held),
    add: (bytes) => {
      const half = halfFor(bytes.length);
      const isThere = bytes.buffer === half.buffer && bytes.byteOffset === half.byteOffset + held;
      if (!isThere) bytes.copy(half, held);
      held += bytes.length;
    },
    take: () => {
      const full = halfFor(0);
      const piece = full.subarray(0, held);
      filling = isUsual(lent) ? lent : undefined;
      lent = full;
      held = 0;
      return piece;
    },
    drop: () => {
      filling = undefined;
      lent = undefined;
      held = 0;
    },
    release: () => {
      giveBack(filling);
      giveBack(lent);
      filling = undefined;
      lent = undefined;
    },
  };
}
