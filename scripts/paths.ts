import { join } from 'node:path';

export const root = join(import.meta.dirname, '..');
export const dist = join(root, 'dist');

/** The executable of this platform, as `npm run build` makes it. */
export const executable = join(
  dist,
  `kubectl-kubeletaccess${process.platform === 'win32' ? '.exe' : ''}`,
);

/** This platform in Go's words, which krew uses. */
export const goPlatform = {
  os: process.platform === 'win32' ? 'windows' : process.platform,
  arch: process.arch === 'x64' ? 'amd64' : process.arch,
};

/** What `npm run pack` makes. Apart from the executable, which kubectl looks for in a folder of plugins alone. */
export const release = join(dist, 'release');
export const archive = join(
  release,
  `kubectl-kubeletaccess_${goPlatform.os}_${goPlatform.arch}.tar.gz`,
);
export const packedManifest = join(release, 'plugins.yaml');
