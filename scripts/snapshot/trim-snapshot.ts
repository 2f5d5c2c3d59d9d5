// Removes compiled code that is not needed from a snapshot. In addition to the heap, Node writes the compiled code of all its modules. The
// code of modules that are already in the heap, or that the program does not use, is two fifths of the snapshot. Each start would read it.

/** The first bytes of a snapshot (src/node_snapshot_builder.h of Node). */
const magic = Buffer.from([0x19, 0xda, 0x43, 0x01]);

interface CodeCache {
  readonly module: string;
  /** Name and code of the module in the form in which Node writes them. */
  readonly bytes: Buffer;
}

/**
 * Returns a blob whose snapshot contains the compiled code of only these modules. A blob consists of the length of the snapshot, the
 * snapshot, and the other parts of a single executable. At the end of a snapshot is the number of modules and, for each module, its name
 * and code. Lengths and numbers have 64 bits.
 *
 * @param blob output of `node --experimental-sea-config`
 * @param modules modules that keep their code; other modules are compiled when they are loaded
 */
export function withCodeOf(blob: Buffer, modules: ReadonlySet<string>): Buffer {
  const snapshot = snapshotIn(blob);
  const start = snapshot.byteOffset - blob.byteOffset;
  const { count, caches } = findCodeCaches(snapshot);
  const kept = caches.filter(({ module }) => modules.has(module));
  const trimmed = Buffer.concat([
    snapshot.subarray(0, count),
    uint64(kept.length),
    ...kept.map(({ bytes }) => bytes),
  ]);
  return Buffer.concat([
    blob.subarray(0, start - 8),
    uint64(trimmed.length),
    trimmed,
    blob.subarray(start + snapshot.length),
  ]);
}

/** Returns the part of a blob that is the snapshot, without copying it. */
export function snapshotIn(blob: Buffer): Buffer {
  const start = blob.indexOf(magic);
  if (start < 8) throw new Error('the blob holds no snapshot');
  return blob.subarray(start, start + Number(blob.readBigUInt64LE(start - 8)));
}

/**
 * Finds the compiled code of modules. `count` is the offset at which the number of modules is stored. It is the only offset from which all
 * bytes to the end can be parsed as modules.
 */
function findCodeCaches(snapshot: Buffer): {
  readonly count: number;
  readonly caches: readonly CodeCache[];
} {
  const firstName = /[\x01-\x7f]\0{7}[a-z]/g;
  const text = snapshot.toString('latin1');
  while (firstName.test(text)) {
    const count = firstName.lastIndex - 17;
    const caches = count < 0 ? undefined : readCodeCaches(snapshot, count);
    if (caches !== undefined) return { count, caches };
    firstName.lastIndex -= 8;
  }
  throw new Error('the snapshot of this Node is written differently: this script must be updated');
}

function readCodeCaches(snapshot: Buffer, count: number): readonly CodeCache[] | undefined {
  const caches: CodeCache[] = [];
  const length = (at: number) =>
    at + 8 > snapshot.length ? Number.POSITIVE_INFINITY : Number(snapshot.readBigUInt64LE(at));
  let at = count + 8;
  for (let left = length(count); left > 0; left--) {
    const name = at + 8;
    const code = name + length(at) + 8;
    const end = code + length(code - 8);
    if (!(end <= snapshot.length)) return undefined;
    const module = snapshot.toString('latin1', name, code - 8);
    caches.push({ module, bytes: snapshot.subarray(at, end) });
    at = end;
  }
  return at === snapshot.length ? caches : undefined;
}

function uint64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}
