/** Free list of buffers. A fleet needs three buffers for each node that answers at the same time. */
const free: Buffer[] = [];
const mostFree = 150;

/** Size of a buffer in bytes: more than most bodies have. */
export const bufferSize: number = 128 * 1024;

export function takeBuffer(): Buffer {
  return free.pop() ?? Buffer.allocUnsafeSlow(bufferSize);
}

/** Frees memory for reuse. Memory of another size is released at once: the garbage collector does not see how large it is. */
export function returnBuffer(memory: Buffer | undefined): void {
  if (memory?.length === bufferSize) {
    if (free.length < mostFree) free.push(memory);
  } else if (memory?.buffer instanceof ArrayBuffer) memory.buffer.transfer(0);
}

/** Returns memory of `bytes` bytes with the first `held` bytes of `memory`, which is freed for reuse. */
export function growBuffer(memory: Buffer, held: number, bytes: number): Buffer {
  const next = Buffer.allocUnsafeSlow(bytes);
  memory.copy(next, 0, 0, held);
  returnBuffer(memory);
  return next;
}

/** Bytes in memory that is reused for the next bytes: copy them to keep them. */
export class BorrowedBytes {
  /** The bytes themselves, which change when the next piece is read: do not keep them. */
  readonly now: Buffer;

  constructor(bytes: Buffer) {
    this.now = bytes;
  }

  get length(): number {
    return this.now.length;
  }

  /** Returns a copy that may be kept. */
  copy(): Buffer {
    return Buffer.from(this.now);
  }

  copyTo(memory: Buffer, offset: number): void {
    this.now.copy(memory, offset);
  }
}
