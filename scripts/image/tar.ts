import { Header } from 'tar';

/** An entry of an archive. It is a file if it has data, a symbolic link if it has a target, and otherwise a folder. */
export interface TarEntry {
  readonly name: string;
  readonly mode: number;
  readonly data?: Buffer;
  readonly target?: string;
}

const block = 512;

/** Returns a tar archive as bytes. All its files belong to root. */
export function tar(entries: readonly TarEntry[], mtime = new Date(0)): Buffer {
  const parts = entries.flatMap(({ name, mode, data, target }) => {
    const header = Buffer.alloc(block);
    const type = target !== undefined ? 'SymbolicLink' : data ? 'File' : 'Directory';
    const link = target === undefined ? {} : { linkpath: target };
    const isCut = new Header({
      path: name,
      mode,
      uid: 0,
      gid: 0,
      size: data?.length ?? 0,
      mtime,
      type,
      ...link,
    }).encode(header);
    if (isCut) throw new Error(`${name} does not fit into a header of tar`);
    return [header, data ?? Buffer.alloc(0), Buffer.alloc(-(data?.length ?? 0) & (block - 1))];
  });
  return Buffer.concat([...parts, Buffer.alloc(2 * block)]);
}
