// Reads the program and the assets that Node's single executable applications contain, on any platform.

/** The header that Node writes before the program (`src/node_sea.cc`). */
const magic = Buffer.from([0x20, 0xda, 0x43, 0x01]);
const flag = { snapshot: 2, codeCache: 4, assets: 8, execArgv: 16 };

export interface Embedded {
  /** The path of the program's script, which stack traces show. */
  readonly path: string;
  readonly isSnapshot: boolean;
  readonly hasCodeCache: boolean;
  /** The text of the program, or its snapshot. */
  readonly program: Buffer;
  readonly assets: Readonly<Record<string, string>>;
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
  // Two more bytes precede the path. They say whether Node reads NODE_OPTIONS and whether the program is a module.
  const path = readSized(executable, start + magic.length + 4 + 2);
  if (flags > 0xff || !path?.content.toString('latin1').endsWith('kubectl-kubeletaccess.js'))
    return;
  const program = readSized(executable, path.end);
  if (!program) return;
  const hasCodeCache = (flags & flag.codeCache) !== 0;
  const hasAssets = (flags & flag.assets) !== 0 && !hasCodeCache;
  return {
    path: path.content.toString('latin1'),
    isSnapshot: (flags & flag.snapshot) !== 0,
    hasCodeCache,
    program: program.content,
    assets: hasAssets ? readAssets(executable, program.end) : {},
  };
}

function readSized(file: Buffer, at: number): { content: Buffer; end: number } | undefined {
  const length = Number(file.readBigUInt64LE(at));
  const end = at + 8 + length;
  return end > file.length ? undefined : { content: file.subarray(at + 8, end), end };
}

function readAssets(file: Buffer, start: number): Readonly<Record<string, string>> {
  const assets: Record<string, string> = {};
  let at = start + 8;
  for (let left = Number(file.readBigUInt64LE(start)); left > 0; left -= 1) {
    const name = readSized(file, at);
    const content = name && readSized(file, name.end);
    if (!content) throw new Error('the assets are cut');
    assets[name.content.toString('latin1')] = content.content.toString('latin1');
    at = content.end;
  }
  return assets;
}
