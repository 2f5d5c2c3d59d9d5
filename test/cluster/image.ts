import { readFile } from 'node:fs/promises';
import { digestOf, makeImage, makeLayout } from '../../scripts/image/make-image.ts';
import { type TarEntry, tar } from '../../scripts/image/tar.ts';
import { goPlatform } from '../../scripts/paths.ts';
import { run } from '../../scripts/tools/shell.ts';
import { staticBusybox } from './prerequisites.ts';

/** Image of test pods: busybox, which sleeps by default. */
export const busyboxImage = 'test.local/busybox:1';

/** Image of the container that holds the namespaces of a pod. */
export const pauseImage = 'test.local/pause:1';

/** Makes an archive for containerd of the busybox of this machine, so that no registry is needed. */
export async function buildImage(): Promise<Buffer> {
  const layer = tar(await rootFiles());
  const { manifest, blobs } = makeImage(
    {
      architecture: goPlatform.arch,
      os: 'linux',
      config: { Env: ['PATH=/bin'], Cmd: ['sleep', '2147483647'] },
    },
    { data: layer, isCompressed: false, diffId: digestOf(layer) },
  );
  const entries = [busyboxImage, pauseImage].map((name) => ({
    ...manifest.descriptor,
    annotations: { 'io.containerd.image.name': name },
  }));
  return makeLayout(entries, blobs);
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
    { name: 'bin/busybox', mode: 0o755, data: await readFile(busybox) },
    ...applets
      .filter((name) => name !== 'busybox')
      .map((name) => ({ name: `bin/${name}`, mode: 0o777, target: 'busybox' })),
    { name: 'etc/passwd', mode: 0o644, data: Buffer.from('root:x:0:0:root:/root:/bin/sh\n') },
  ];
}
