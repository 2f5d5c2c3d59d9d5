// The software bill of materials of a release, as CycloneDX.
import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Enums, Models, Serialize, Spec } from '@cyclonedx/cyclonedx-library';
import { version } from '../../src/version.ts';
import type { DebianPackage } from '../image/debian.ts';
import type { ImagePart } from '../image/make-image.ts';
import { bundledPackages } from '../notices.ts';
import { root } from '../paths.ts';
import { pinned } from './get-node.ts';
import { type Platform, platformName } from './platforms.ts';

/**
 * Lists the bundled packages, the Node of each platform, and the Debian packages of the image. Each has its hash; for npm packages, this is
 * the hash in the lockfile.
 */
export function sbom(
  platforms: readonly Platform[],
  imageParts: readonly ImagePart[],
  time: Date,
): string {
  const product = new Models.Component(Enums.ComponentType.Application, 'kubectl-kubeletaccess', {
    bomRef: 'kubectl-kubeletaccess',
    version,
    licenses: new Models.LicenseRepository([new Models.LicenseExpression('Apache-2.0')]),
  });
  const parts = [
    ...bundledPackages().map((folder) => component(folder.slice(root.length + 1), {})),
    ...platforms.map((platform) =>
      component(`node_modules/${platform.node}`, { platform: platformName(platform) }),
    ),
    ...imageParts.flatMap(({ platform, libraries }) =>
      libraries.map((each) => debianComponent(each, platform)),
    ),
  ];
  for (const { bomRef } of parts) product.dependencies.add(bomRef);
  const bom = new Models.Bom({
    metadata: new Models.Metadata({ component: product, timestamp: time }),
    components: new Models.ComponentRepository(parts),
  });
  const factory = new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6);
  const text = new Serialize.JsonSerializer(factory).serialize(bom, { space: 2, sortLists: true });
  return `${text}\n`;
}

function component(path: string, properties: Readonly<Record<string, string>>): Models.Component {
  const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
  const { version, integrity, license } = pinned(path);
  const [group, rest] = name.startsWith('@') ? name.split('/') : [undefined, name];
  const sha512 = Buffer.from(integrity.replace(/^sha512-/, ''), 'base64').toString('hex');
  return new Models.Component(Enums.ComponentType.Library, rest ?? name, {
    ...(group === undefined ? {} : { group }),
    bomRef: `${name}@${version}`,
    version,
    purl: `pkg:npm/${name.replace('@', '%40')}@${version}`,
    hashes: new Models.HashDictionary([[Enums.HashAlgorithm['SHA-512'], sha512]]),
    licenses: new Models.LicenseRepository([new Models.LicenseExpression(license)]),
    properties: new Models.PropertyRepository(
      Object.entries(properties).map(([key, value]) => new Models.Property(key, value)),
    ),
  });
}

function debianComponent(
  { file, name, version, architecture }: DebianPackage,
  platform: Platform,
): Models.Component {
  const sha256 = hash('sha256', readFileSync(file));
  return new Models.Component(Enums.ComponentType.Library, name, {
    bomRef: `${name}@${version} ${platformName(platform)}`,
    version,
    purl: `pkg:deb/debian/${encodeURIComponent(name)}@${encodeURIComponent(version)}?arch=${architecture}`,
    hashes: new Models.HashDictionary([[Enums.HashAlgorithm['SHA-256'], sha256]]),
    properties: new Models.PropertyRepository([
      new Models.Property('platform', platformName(platform)),
      new Models.Property('part', 'image'),
    ]),
  });
}
