/** Of those that gave it back. A fleet needs three for each of the nodes that answer at once. */
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

/** Memory for so many bytes, with what `memory` holds, which others may use. */
export function growBuffer(memory: Buffer, held: number, bytes: number): Buffer {
  const next = Buffer.allocUnsafeSlow(bytes);
  memory.copy(next, 0, 0, held);
  returnBuffer(memory);
  return next;
}

/** Bytes in memory that is used again for what comes next: whoever wants them for longer copies them. */
export class BorrowedBytes {
  /** Not to be kept: it has other bytes as soon as the next piece is asked for. */
  readonly now: Buffer;

  constructor(bytes: Buffer) {
    this.now = bytes;
  }

  get length(): number {
    return this.now.length;
  }

  /** Of one's own. */
  copy(): Buffer {
    return Buffer.from(this.now);
  }

  copyTo(memory: Buffer, offset: number): void {
    this.now.copy(memory, offset);
  }
}
