/** Types of the frames that the main process and its workers exchange. */
export const frameKinds = {
  // Frames to a worker that contain JSON.
  settings: 1,
  request: 2,
  // Frames to a worker that are empty.
  cancel: 3,
  close: 4,
  /** Says that the main process has read `readAtOnce` bytes of a body. */
  read: 5,
  // Frames from a worker that contain JSON.
  head: 6,
  failed: 7,
  /** Bytes of a body, in pieces of any size. */
  body: 8,
  /** End of a body; contains JSON. */
  end: 9,
  /** The main process must send the request: the worker could not, or failed with an error other than a TransportError. */
  unsent: 10,
} as const;

export type FrameKind = (typeof frameKinds)[keyof typeof frameKinds];

/** Content of a frame, with the number of its request, server or settings. */
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
 * Returns a function that reads frames from chunks of any size. Content of a body is passed on in pieces as it arrives. Other content is
 * passed on as a whole, if possible without a copy.
 */
export function frameReader(take: (frame: WorkerFrame) => void): (chunk: Buffer) => void {
  const empty = Buffer.alloc(0);
  let frame: { readonly kind: FrameKind; readonly id: number } | undefined;
  /** Number of bytes of the head or content that have not arrived yet. */
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
