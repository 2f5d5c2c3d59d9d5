/** Free list. A fleet needs three buffers for each node that answers at the same time. */
const free: Buffer[] = [];
const mostFree = 150;

/** In bytes: more than most bodies have. */
export const bufferSize: number = 128 * 1024;

/** Memory that was used before, or new one. */
export function takeBuffer(): Buffer {
  return free.pop() ?? Buffer.allocUnsafeSlow(bufferSize);
}

/** For others, who overwrite it. One of another size is given back at once: the collector does not see how large it is. */
export function returnBuffer(memory: Buffer | undefined): void {
  if (memory?.length === bufferSize) {
    if (free.length < mostFree) free.push(memory);
  } else if (memory?.buffer instanceof ArrayBuffer) memory.buffer.transfer(0);
}

/** Memory for so many bytes, with the contents of `memory`, which others may use. */
export function growBuffer(memory: Buffer, held: number, bytes: number): Buffer {
  const next = Buffer.allocUnsafeSlow(bytes);
  memory.copy(next, 0, 0, held);
  returnBuffer(memory);
  return next;
}

/** Bytes in memory that is reused for the next bytes: copy them to keep them. */
export class BorrowedBytes {
  /** Do not keep it: its bytes change when the next piece is read. */
  readonly now: Buffer;

  constructor(bytes: Buffer) {
    this.now = bytes;
  }

  get length(): number {
    return this.now.length;
  }

  /** A copy to keep. */
  copy(): Buffer {
    return Buffer.from(this.now);
  }

  copyTo(memory: Buffer, offset: number): void {
    this.now.copy(memory, offset);
  }
}
