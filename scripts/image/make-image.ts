// The image of a release: one archive for all platforms of Linux, made from their Debian packages without a daemon.
import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { about, product } from '../packages/about.ts';
import { root } from '../paths.ts';
import { gzip } from '../release/archive.ts';
import { kept } from '../release/kept.ts';
import type { Platform } from '../release/platforms.ts';
import type { DebianPackage } from './debian.ts';
import { digestOf, type Image, makeImage, makeIndex, makeLayout } from './layout.ts';
import { rootEntries, userId } from './root.ts';
import { tar } from './tar.ts';

export const imageArchiveName = `${product}_linux.oci.tar`;

export interface ImagePart {
  readonly platform: Platform;
  /** The path of our own package. */
  readonly deb: string;
  readonly libraries: readonly DebianPackage[];
}

/** Gives the archive of an image with a part for each platform. */
export async function makeImageArchive(parts: readonly ImagePart[], time: Date): Promise<Buffer> {
  const images: { readonly platform: Platform; readonly image: Image }[] = [];
  for (const part of parts)
    images.push({ platform: part.platform, image: await makePart(part, time) });
  const index = makeIndex(
    images.map(({ platform: { os, arch }, image }) => ({
      ...image.manifest.descriptor,
      platform: { os, architecture: arch },
    })),
    annotations(time),
  );
  const name = { 'org.opencontainers.image.ref.name': `v${about().version}` };
  return makeLayout(
    [{ ...index.descriptor, annotations: name }],
    [index, ...images.flatMap(({ image }) => image.blobs)],
    time,
  );
}

async function makePart({ platform, deb, libraries }: ImagePart, time: Date): Promise<Image> {
  const packages = [deb, ...libraries.map(({ file }) => file)];
  const name = `image/${platform.os}_${platform.arch}`;
  const folder = await kept(name, ingredients(packages, time), async (made, work) => {
    const layer = tar(await rootEntries(packages, work), time);
    await writeFile(join(made, 'diff-id'), digestOf(layer));
    await writeFile(join(made, 'layer.tar'), layer);
    await gzip(join(made, 'layer.tar'), '.gz');
  });
  const config = {
    created: time.toISOString(),
    os: platform.os,
    architecture: platform.arch,
    config: {
      User: `${userId}:${userId}`,
      Env: ['PATH=/usr/bin:/bin'],
      Entrypoint: [`/usr/bin/${product}`],
      Labels: annotations(time),
    },
  };
  const layer = {
    data: await readFile(join(folder, 'layer.tar.gz')),
    isCompressed: true,
    diffId: await readFile(join(folder, 'diff-id'), 'utf8'),
  };
  return makeImage(config, layer, annotations(time));
}

function annotations(time: Date): Readonly<Record<string, string>> {
  const { version, description, homepage, license } = about();
  const values = {
    created: time.toISOString(),
    title: product,
    description,
    version: `v${version}`,
    licenses: license,
    source: homepage,
  };
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [`org.opencontainers.image.${key}`, value]),
  );
}

function ingredients(packages: readonly string[], time: Date): string {
  const scripts = globSync('scripts/image/*', { cwd: root }).sort();
  const hash = createHash('sha256').update(time.toISOString());
  for (const file of [...packages, ...scripts.map((name) => join(root, name))])
    hash.update(readFileSync(file));
  return hash.digest('hex');
}
