/** A file when it has data, a symbolic link when it has a target, else a folder. */
export interface TarEntry {
  readonly name: string;
  readonly mode: number;
  readonly data?: Buffer;
  readonly target?: string;
}

const block = 512;

/** Writes a POSIX ustar archive. Names and targets have at most 100 bytes. */
export function tar(entries: readonly TarEntry[]): Buffer {
  const parts = entries.flatMap((entry) => {
    const data = entry.data ?? Buffer.alloc(0);
    return [header(entry, data.length), data, Buffer.alloc(-data.length & (block - 1))];
  });
  return Buffer.concat([...parts, Buffer.alloc(2 * block)]);
}

function header({ name, mode, data, target }: TarEntry, size: number): Buffer {
  if (Buffer.byteLength(name) > 100 || Buffer.byteLength(target ?? '') > 100) {
    throw new Error(`a name too long for the archive: ${name}`);
  }
  const bytes = Buffer.alloc(block);
  bytes.write(name, 0);
  bytes.write(octal(mode, 8), 100);
  bytes.write(octal(0, 8), 108);
  bytes.write(octal(0, 8), 116);
  bytes.write(octal(size, 12), 124);
  bytes.write(octal(0, 12), 136);
  // The checksum counts its own field as spaces.
  bytes.write(' '.repeat(8), 148);
  bytes.write(data ? '0' : target ? '2' : '5', 156);
  bytes.write(target ?? '', 157);
  bytes.write('ustar\x0000', 257);
  bytes.write(
    octal(
      bytes.reduce((sum, byte) => sum + byte, 0),
      7,
    ),
    148,
  );
  return bytes;
}

function octal(value: number, width: number): string {
  return `${value.toString(8).padStart(width - 1, '0')}\0`;
}
