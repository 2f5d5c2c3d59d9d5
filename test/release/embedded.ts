// What a single executable of Node contains beside Node, on any platform.

/** The header that Node writes before the program; in `src/node_sea.cc`. */
const magic = Buffer.from([0x20, 0xda, 0x43, 0x01]);
const flag = { snapshot: 2, codeCache: 4, execArgv: 16 };

export interface Embedded {
  /** The name of the file it was made of. */
  readonly path: string;
  readonly isSnapshot: boolean;
  readonly hasCodeCache: boolean;
  /** JavaScript, unless it is a snapshot. */
  readonly program: Buffer;
}

export function readEmbedded(executable: Buffer): Embedded {
  for (let at = executable.indexOf(magic); at >= 0; at = executable.indexOf(magic, at + 1)) {
    const found = readAt(executable, at);
    if (found) return found;
  }
  throw new Error('no embedded program');
}

function readAt(executable: Buffer, start: number): Embedded | undefined {
  const flags = executable.readUInt32LE(start + magic.length);
  // Two bytes more: whether NODE_OPTIONS are read, and whether the program is a module.
  const path = readSized(executable, start + magic.length + 4 + 2);
  if (flags > 0xff || !path?.content.toString('latin1').endsWith('kubectl-kubeletaccess.js'))
    return;
  const program = readSized(executable, path.end);
  if (!program) return;
  return {
    path: path.content.toString('latin1'),
    isSnapshot: (flags & flag.snapshot) !== 0,
    hasCodeCache: (flags & flag.codeCache) !== 0,
    program: program.content,
  };
}

/** Content after its length in 8 bytes. */
function readSized(file: Buffer, at: number): { content: Buffer; end: number } | undefined {
  const length = Number(file.readBigUInt64LE(at));
  const end = at + 8 + length;
  return end > file.length ? undefined : { content: file.subarray(at + 8, end), end };
}
