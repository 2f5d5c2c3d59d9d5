/** Kinds of frames between this process and its workers, by their first byte. */
export const frameKinds = {
  // To a worker: JSON.
  settings: 1,
  request: 2,
  // Nothing more.
  cancel: 3,
  close: 4,
  /** So many bytes of a body were read. */
  read: 5,
  // From a worker: JSON.
  head: 6,
  failed: 7,
  /** In pieces of any size. */
  body: 8,
  /** JSON. */
  end: 9,
  /** It cannot send the request, or not as it should fail: this process is to do it. */
  unsent: 10,
} as const;

export type FrameKind = (typeof frameKinds)[keyof typeof frameKinds];

/** Content with the number of its request, of its server, or of settings. */
export interface WorkerFrame {
  readonly kind: FrameKind;
  readonly id: number;
  readonly content: Buffer;
}

const headBytes = 9;

export function encodeFrame(kind: FrameKind, id: number, content: Buffer | string = ''): Buffer {
  const length = Buffer.byteLength(content);
  const frame = Buffer.allocUnsafe(headBytes + length);
  frame.writeUInt32LE(length, 0);
  frame.writeUInt32LE(id, 4);
  frame[8] = kind;
  if (typeof content === 'string') frame.write(content, headBytes);
  else content.copy(frame, headBytes);
  return frame;
}

/**
 * Reads chunks of any size. Content of a body is passed on in pieces as it arrives; other content is passed on whole, without a
 * copy where possible.
 */
export function frameReader(take: (frame: WorkerFrame) => void): (chunk: Buffer) => void {
  const empty = Buffer.alloc(0);
  let frame: { readonly kind: FrameKind; readonly id: number } | undefined;
  /** Missing bytes of the head, or of the content. */
  let left = headBytes;
  let held = empty;
  const next = (bytes: Buffer) => {
    if (frame) {
      take({ ...frame, content: bytes });
      frame = undefined;
      left = headBytes;
      return;
    }
    frame = { kind: bytes[8] as FrameKind, id: bytes.readUInt32LE(4) };
    left = bytes.readUInt32LE(0);
    if (left === 0) next(empty);
  };
  return (chunk) => {
    let rest = chunk;
    while (rest.length > 0) {
      const part = rest.subarray(0, left);
      rest = rest.subarray(part.length);
      left -= part.length;
      if (left > 0 && frame?.kind === frameKinds.body) take({ ...frame, content: part });
      else if (left > 0) held = Buffer.concat([held, part]);
      else {
        const whole = held.length === 0 ? part : Buffer.concat([held, part]);
        held = empty;
        next(whole);
      }
    }
  };
}
