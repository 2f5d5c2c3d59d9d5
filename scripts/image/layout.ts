// An OCI image layout, which containerd, skopeo and podman read: blobs by their digests, and an index, in one tar archive.
import { createHash } from 'node:crypto';
import { tar } from './tar.ts';

const media = 'application/vnd.oci.image';

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

/** What a layout holds under its digest. */
export interface Blob {
  readonly descriptor: Descriptor;
  readonly data: Buffer;
}

type Annotations = Readonly<Record<string, string>>;

/** The content of an image's layer, as it is stored. */
export interface Layer {
  readonly data: Buffer;
  readonly isCompressed: boolean;
  /** The digest of what is not compressed. */
  readonly diffId: string;
}

/** An image for one platform. */
export interface Image {
  readonly manifest: Blob;
  /** The manifest, and what it refers to. */
  readonly blobs: readonly Blob[];
}

/** @param config all of the image's configuration but its root */
export function makeImage(config: object, layer: Layer, annotations?: Annotations): Image {
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

/** The list of an image's platforms. */
export function makeIndex(manifests: readonly object[], annotations: Annotations): Blob {
  return jsonBlob('index.v1', {
    schemaVersion: 2,
    mediaType: `${media}.index.v1+json`,
    manifests,
    annotations,
  });
}

/** @param entries the descriptors that the layout begins with */
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
  return `sha256:${createHash('sha256').update(data).digest('hex')}`;
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
