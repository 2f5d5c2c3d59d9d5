import { UsageFailure } from '../../errors.ts';
import { onWindows } from '../../kube/credential-plugin/look-path.ts';
import { krewFolder, pathFolders, userFolder } from '../../kube/credential-plugin/path-folders.ts';
import type { Environment } from '../../kube/environment.ts';
import type { OwnFile } from '../../kube/files/installed-file.ts';
import { inFolder } from '../../kube/files/read-file.ts';
import { loadingShells, scriptFile } from './scripts.ts';
import { mark, type System, shims } from './shim.ts';

export type LoadingShell = (typeof loadingShells)[number];

interface Place {
  readonly env: Environment;
  readonly cwd: string;
}

export const thisSystem: System = onWindows ? 'windows' : 'unix';

/** A file of kubectl's completion. */
export interface ShimFile extends OwnFile {
  readonly isNameOnly: boolean;
}

/** The folder of --dir, or else one that kubectl searches. */
export function findShimFolder(dir: string, { env, cwd }: Place): string {
  const folder = dir === '' ? userFolder('kubectl-kubeletaccess', env) : inFolder(cwd, dir);
  if (folder === undefined)
    throw new UsageFailure('no folder of PATH can be written: use --dir', {
      hints: ['kubectl kubeletaccess completion install --dir ~/.local/bin'],
    });
  return folder;
}

/** Where shims may be that were installed: in the folder of --dir, or else in all that kubectl searches. */
export function findShims(dir: string, { env, cwd }: Place): readonly ShimFile[] {
  const folders =
    dir === '' ? [...pathFolders(env), krewFolder(env) ?? []].flat() : [inFolder(cwd, dir)];
  return [...new Set(folders)].flatMap((folder) => shimsIn(folder));
}

export function shimsIn(folder: string, system: System = thisSystem): readonly ShimFile[] {
  return shims[system].map(({ name, text, isNameOnly = false }) => {
    const path = `${folder}${system === 'windows' ? '\\' : '/'}${name}`;
    return { path, text, mark, isExecutable: true, isNameOnly };
  });
}

export function isOnPath(folder: string, { env }: Place): boolean {
  return pathFolders(env).includes(folder);
}

/** The script of a shell, where it loads it from when a user types `kubectl-kubeletaccess`. */
export function findScript(shell: LoadingShell, { env }: Place): OwnFile {
  const path = scriptPath(shell, env);
  if (path === undefined)
    throw new UsageFailure('--shell requires a home folder: HOME is not set', {
      hints: [`kubectl kubeletaccess completion ${shell}`],
    });
  return { path, text: scriptFile(shell), mark, isExecutable: false };
}

/** All of them; none without a home. */
export function findScripts(place: Place): readonly OwnFile[] {
  return place.env['HOME'] ? loadingShells.map((shell) => findScript(shell, place)) : [];
}

function scriptPath(shell: LoadingShell, env: Environment): string | undefined {
  const { HOME: home, XDG_DATA_HOME: xdgData, XDG_CONFIG_HOME: xdgConfig } = env;
  if (!home) return undefined;
  const data = xdgData || `${home}/.local/share`;
  const config = xdgConfig || `${home}/.config`;
  return {
    bash: `${data}/bash-completion/completions/kubectl-kubeletaccess`,
    zsh: `${data}/zsh/site-functions/_kubectl-kubeletaccess`,
    fish: `${config}/fish/completions/kubectl-kubeletaccess.fish`,
  }[shell];
}
