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
