import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { type TarEntry, tar } from './archive.ts';
import { staticBusybox } from './prerequisites.ts';
import { run } from './shell.ts';

/** The image for pods of tests: busybox, which sleeps unless told otherwise. */
export const busyboxImage = 'test.local/busybox:1';

/** The image of the container that holds a pod's namespaces. */
export const pauseImage = 'test.local/pause:1';

const media = 'application/vnd.oci.image';

/** An archive that containerd imports, made from this machine's busybox: no registry is needed. */
export function buildImage(): Promise<Buffer> {
  return buildImageWith([busyboxImage, pauseImage], []);
}

/** The same with more files, by these names. */
export async function buildImageWith(
  names: readonly string[],
  files: readonly TarEntry[],
): Promise<Buffer> {
  const layer = tar([...(await rootFiles()), ...files]);
  const config = json({
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    os: 'linux',
    config: { Env: ['PATH=/bin'], Cmd: ['sleep', '2147483647'] },
    rootfs: { type: 'layers', diff_ids: [digest(layer)] },
  });
  const manifest = json({
    schemaVersion: 2,
    mediaType: `${media}.manifest.v1+json`,
    config: describe(`${media}.config.v1+json`, config),
    layers: [describe(`${media}.layer.v1.tar`, layer)],
  });
  const index = json({
    schemaVersion: 2,
    manifests: names.map((name) => ({
      ...describe(`${media}.manifest.v1+json`, manifest),
      annotations: { 'io.containerd.image.name': name },
    })),
  });
  return tar([
    file('oci-layout', json({ imageLayoutVersion: '1.0.0' })),
    file('index.json', index),
    ...[layer, config, manifest].map((blob) =>
      file(`blobs/${digest(blob).replace(':', '/')}`, blob),
    ),
  ]);
}

async function rootFiles(): Promise<readonly TarEntry[]> {
  const busybox = staticBusybox();
  if (!busybox) {
    throw new Error('no static busybox to make an image from');
  }
  const applets = (await run(busybox, ['--list'])).trim().split('\n');
  return [
    ...['bin', 'dev', 'etc', 'proc', 'root', 'sys', 'tmp', 'var'].map((name) => ({
      name,
      mode: 0o755,
    })),
    { ...file('bin/busybox', await readFile(busybox)), mode: 0o755 },
    ...applets
      .filter((name) => name !== 'busybox')
      .map((name) => ({ name: `bin/${name}`, mode: 0o777, target: 'busybox' })),
    file('etc/passwd', Buffer.from('root:x:0:0:root:/root:/bin/sh\n')),
  ];
}

function file(name: string, data: Buffer): TarEntry {
  return { name, mode: 0o644, data };
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

function describe(mediaType: string, data: Buffer) {
  return { mediaType, digest: digest(data), size: data.length };
}

function digest(data: Buffer): string {
  return `sha256:${createHash('sha256').update(data).digest('hex')}`;
}
