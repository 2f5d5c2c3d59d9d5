// Archives that users download for a platform. If files and time are the same, the archive has the same bytes.
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { create } from 'tar';
import { ZipFile } from 'yazl';
import { run } from '../tools/shell.ts';
import { modeOf } from './platforms.ts';
import { needCommand } from './tools.ts';

/** Writes files of a folder to an archive. An archive whose name ends in .zip becomes a zip file. */
export async function writeArchive(
  archive: string,
  folder: string,
  files: readonly string[],
  mtime: Date,
): Promise<void> {
  if (archive.endsWith('.zip')) return writeZip(archive, folder, files, mtime);
  const file = archive.replace(/\.gz$/, '');
  await create({ file, cwd: folder, portable: true, mtime }, [...files]);
  await gzip(file, '.gz');
}

/** Replaces a file by a compressed file with this suffix. The result is 5 % smaller than with zlib. */
export async function gzip(file: string, suffix: string): Promise<void> {
  await libdeflate('-10', `-S${suffix}`, file);
}

/** Compresses the .tgz of another program again, so that it becomes smaller. */
export async function gzipAgain(file: string): Promise<void> {
  await libdeflate('-d', '-S.tgz', file);
  await gzip(file.replace(/\.tgz$/, ''), '.tgz');
}

async function libdeflate(...args: readonly string[]): Promise<void> {
  const command = await needCommand('libdeflate-gzip', 'libdeflate-tools');
  await run(command, ['-f', ...args], { timeoutMs: 300_000 });
}

const writeZip: typeof writeArchive = async (archive, folder, files, mtime) => {
  const zip = new ZipFile();
  const regular = 0o100000;
  // A zip file contains local times. They are converted to UTC, so that the archive has the same bytes in every time zone.
  const utc = new Date(mtime.getTime() + mtime.getTimezoneOffset() * 60_000);
  for (const name of files)
    zip.addFile(join(folder, name), name, {
      mtime: utc,
      forceDosTimestamp: true,
      mode: regular | modeOf(name),
      compressionLevel: 9,
    });
  zip.end();
  await pipeline(zip.outputStream, createWriteStream(archive));
};
