import { join } from 'node:path';

export const root = join(import.meta.dirname, '..');
export const dist = join(root, 'dist');

export const executable = join(
  dist,
  `kubectl-kubeletaccess${process.platform === 'win32' ? '.exe' : ''}`,
);

/** This platform in Go's names, as krew uses them. */
export const goPlatform = {
  os: process.platform === 'win32' ? 'windows' : process.platform,
  arch: process.arch === 'x64' ? 'amd64' : process.arch,
};

/** Output folder of `npm run release`. It is not `dist` itself, because `dist` may be in PATH. */
export const release = join(dist, 'release');
export const archive = join(
  release,
  `kubectl-kubeletaccess_${goPlatform.os}_${goPlatform.arch}.tar.gz`,
);
export const packedManifest = join(release, 'plugins.yaml');
