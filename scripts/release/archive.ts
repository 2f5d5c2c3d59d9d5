// What users download for a platform. The same files and time give the same bytes.
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { create } from 'tar';
import { ZipFile } from 'yazl';
import { modeOf } from './platforms.ts';

/** Writes the files of a folder to an archive, which is a zip if its name says so. */
export async function writeArchive(
  archive: string,
  folder: string,
  files: readonly string[],
  mtime: Date,
): Promise<void> {
  if (!archive.endsWith('.zip')) {
    await create({ file: archive, cwd: folder, gzip: { level: 9 }, portable: true, mtime }, [
      ...files,
    ]);
    return;
  }
  const zip = new ZipFile();
  const regular = 0o100000;
  for (const name of files)
    zip.addFile(join(folder, name), name, {
      mtime,
      mode: regular | modeOf(name),
      compressionLevel: 9,
    });
  zip.end();
  await pipeline(zip.outputStream, createWriteStream(archive));
}
