import { createHash } from 'node:crypto';
import type { Platform } from '../../scripts/release/platforms.ts';

export function platformOfBinary(file: Buffer): Pick<Platform, 'os' | 'arch'> | undefined {
  if (file.readUInt32BE(0) === 0x7f454c46)
    return known('linux', { 62: 'amd64', 183: 'arm64' }, file.readUInt16LE(18));
  if (file.readUInt32LE(0) === 0xfeedfacf)
    return known('darwin', { 16777223: 'amd64', 16777228: 'arm64' }, file.readUInt32LE(4));
  const header = file.readUInt32LE(0x3c);
  if (file.toString('latin1', header, header + 4) === 'PE\0\0')
    return known('windows', { 34404: 'amd64', 43620: 'arm64' }, file.readUInt16LE(header + 4));
  return;
}

function known(
  os: Platform['os'],
  machines: Readonly<Record<number, Platform['arch']>>,
  machine: number,
): Pick<Platform, 'os' | 'arch'> | undefined {
  const arch = machines[machine];
  return arch && { os, arch };
}

/** Returns the size of the signature that the headers of a Windows program give; 0 without a signature. */
export function authenticodeSize(file: Buffer): number {
  const optionalHeader = file.readUInt32LE(0x3c) + 24;
  const directories = optionalHeader + 112;
  const certificates = 4;
  return file.readUInt32LE(directories + certificates * 8 + 4);
}

const codeSignature = 0x1d;
const codeDirectory = 0xfade0c02;
const adHoc = 2;

/** Checks the ad-hoc signature of a macOS program as macOS does: compares the hash of every page before the signature. */
export function checkAdHocSignature(file: Buffer): string {
  const signature = loadCommand(file, codeSignature);
  if (!signature) return 'not signed';
  const superBlob = signature.readUInt32LE(8);
  const count = file.readUInt32BE(superBlob + 8);
  const offsets = Array.from({ length: count }, (_, index) =>
    file.readUInt32BE(superBlob + 12 + index * 8 + 4),
  );
  const directory = offsets
    .map((offset) => file.subarray(superBlob + offset))
    .find((blob) => blob.readUInt32BE(0) === codeDirectory);
  if (!directory) return 'no code directory';
  if ((directory.readUInt32BE(12) & adHoc) === 0) return 'not ad hoc';
  const hashes = directory.readUInt32BE(16);
  const pages = directory.readUInt32BE(28);
  const limit = directory.readUInt32BE(32);
  const size = directory.readUInt8(36);
  const pageSize = 2 ** directory.readUInt8(39);
  if (limit !== superBlob || pages !== Math.ceil(limit / pageSize))
    return 'does not cover the file';
  for (let page = 0; page < pages; page++) {
    const content = file.subarray(page * pageSize, Math.min((page + 1) * pageSize, limit));
    const expected = directory.subarray(hashes + page * size, hashes + (page + 1) * size);
    if (!createHash('sha256').update(content).digest().equals(expected))
      return `page ${page} was changed`;
  }
  return 'signed ad hoc';
}

function loadCommand(file: Buffer, wanted: number): Buffer | undefined {
  let at = 32;
  for (let left = file.readUInt32LE(16); left > 0; left--) {
    if (file.readUInt32LE(at) === wanted) return file.subarray(at);
    at += file.readUInt32LE(at + 4);
  }
  return;
}
