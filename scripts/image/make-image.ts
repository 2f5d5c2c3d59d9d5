// The container image of a release: one archive for all Linux platforms. It is made from Debian packages, without a container daemon.
import { hash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { about, product } from '../packages/about.ts';
import { gzip } from '../release/archive.ts';
import { cachedFolder, ingredients } from '../release/cached-folder.ts';
import type { Platform } from '../release/platforms.ts';
import type { DebianPackage } from './debian.ts';
import { rootEntries, userId } from './root.ts';
import { tar } from './tar.ts';

export const imageArchiveName = `${product}_linux.oci.tar`;

export interface ImagePart {
  readonly platform: Platform;
  /** Path of this program's Debian package. */
  readonly deb: string;
  readonly libraries: readonly DebianPackage[];
}

export async function makeImageArchive(parts: readonly ImagePart[], time: Date): Promise<Buffer> {
  const manifests: object[] = [];
  const blobs: Blob[] = [];
  for (const part of parts) {
    const { os, arch } = part.platform;
    const image = await makePart(part, time);
    manifests.push({ ...image.manifest.descriptor, platform: { os, architecture: arch } });
    blobs.push(...image.blobs);
  }
  const index = jsonBlob('index.v1', {
    schemaVersion: 2,
    mediaType: `${media}.index.v1+json`,
    manifests,
    annotations: annotations(time),
  });
  const name = { 'org.opencontainers.image.ref.name': `v${about().version}` };
  return makeLayout([{ ...index.descriptor, annotations: name }], [index, ...blobs], time);
}

async function makePart({ platform, deb, libraries }: ImagePart, time: Date): Promise<Image> {
  const packages = [deb, ...libraries.map(({ file }) => file)];
  const name = `image/${platform.os}_${platform.arch}`;
  const folder = await cachedFolder(
    name,
    ingredients(packages, 'scripts/image/*', time),
    async (made, work) => {
      const layer = tar(await rootEntries(packages, work), time);
      await writeFile(join(made, 'diff-id'), digestOf(layer));
      await writeFile(join(made, 'layer.tar'), layer);
      await gzip(join(made, 'layer.tar'), '.gz');
    },
  );
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

const media = 'application/vnd.oci.image';

/** A blob in an image layout; its name is its digest. */
export interface Blob {
  readonly descriptor: {
    readonly mediaType: string;
    readonly digest: string;
    readonly size: number;
  };
  readonly data: Buffer;
}

export interface Layer {
  readonly data: Buffer;
  readonly isCompressed: boolean;
  /** The digest of the uncompressed layer. */
  readonly diffId: string;
}

export interface Image {
  readonly manifest: Blob;
  /** The manifest and the blobs that it refers to. */
  readonly blobs: readonly Blob[];
}

/** @param config configuration of the image without `rootfs` */
export function makeImage(config: object, layer: Layer, annotations?: object): Image {
  const configBlob = jsonBlob('config.v1', {
    ...config,
    rootfs: { type: 'layers', diff_ids: [layer.diffId] },
  });
  const layerBlob = blob(`${media}.layer.v1.tar${layer.isCompressed ? '+gzip' : ''}`, layer.data);
  const manifest = jsonBlob('manifest.v1', {
    schemaVersion: 2,
    mediaType: `${media}.manifest.v1+json`,
    config: configBlob.descriptor,
    layers: [layerBlob.descriptor],
    annotations,
  });
  return { manifest, blobs: [manifest, configBlob, layerBlob] };
}

/**
 * Returns an OCI image layout, which containerd, skopeo and podman can read. It is a tar archive with an index and blobs, whose names are
 * their digests.
 *
 * @param entries descriptors in the index
 */
export function makeLayout(
  entries: readonly object[],
  blobs: readonly Blob[],
  mtime?: Date,
): Buffer {
  const files = [
    { name: 'oci-layout', data: json({ imageLayoutVersion: '1.0.0' }) },
    { name: 'index.json', data: json({ schemaVersion: 2, manifests: entries }) },
    ...blobs.map(({ descriptor, data }) => ({
      name: `blobs/${descriptor.digest.replace(':', '/')}`,
      data,
    })),
  ];
  return tar(
    files.map((file) => ({ ...file, mode: 0o644 })),
    mtime,
  );
}

export function digestOf(data: Buffer): string {
  return `sha256:${hash('sha256', data)}`;
}

function jsonBlob(kind: string, value: object): Blob {
  return blob(`${media}.${kind}+json`, json(value));
}

function blob(mediaType: string, data: Buffer): Blob {
  return { descriptor: { mediaType, digest: digestOf(data), size: data.length }, data };
}

function json(value: object): Buffer {
  return Buffer.from(JSON.stringify(value));
}
