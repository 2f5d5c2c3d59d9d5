/** Buffers that are free for reuse. A command for many nodes needs three buffers for each node that answers at the same time. */
const free: Buffer[] = [];
const mostFree = 150;

/** Size of a buffer in bytes. Most bodies are smaller. */
export const bufferSize: number = 128 * 1024;

export function takeBuffer(): Buffer {
  return free.pop() ?? Buffer.allocUnsafeSlow(bufferSize);
}

/** Adds memory to the free list. Memory of another size is released at once, because the garbage collector does not count it. */
export function returnBuffer(memory: Buffer | undefined): void {
  if (memory?.length === bufferSize) {
    if (free.length < mostFree) free.push(memory);
  } else if (memory?.buffer instanceof ArrayBuffer) memory.buffer.transfer(0);
}

/** Returns memory of `bytes` bytes that begins with the first `held` bytes of `memory`. The old memory may be reused. */
export function growBuffer(memory: Buffer, held: number, bytes: number): Buffer {
  const next = Buffer.allocUnsafeSlow(bytes);
  memory.copy(next, 0, 0, held);
  returnBuffer(memory);
  return next;
}

/** Bytes in memory that is reused when the next bytes arrive. Copy them to keep them. */
export class BorrowedBytes {
  /** The bytes without a copy. Do not keep them, because they change when the next piece is read. */
  readonly now: Buffer;

  constructor(bytes: Buffer) {
    this.now = bytes;
  }

  get length(): number {
    return this.now.length;
  }

  copy(): Buffer {
    return Buffer.from(this.now);
  }

  copyTo(memory: Buffer, offset: number): void {
    this.now.copy(memory, offset);
  }
}
