import { statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Environment } from '../environment.ts';
import { codeOf, type FileSource, inFolder, readIfThere, readInput } from '../files/read-file.ts';
import type { Kubeconfig } from './entries.ts';
import { parseKubeconfig } from './parse-kubeconfig.ts';

export interface KubeconfigSources extends FileSource {
  /** `--kubeconfig`: only this file, which must exist. */
  readonly explicit: string | undefined;
  /** Environment variables for the home directory, and `$KUBECONFIG`, a list of paths from which missing files are skipped. */
  readonly env: Environment;
}

/** Reads and merges the files. For a problem, throws a Failure that names the file but contains no value from it. */
export async function loadKubeconfig(sources: KubeconfigSources): Promise<Kubeconfig> {
  const { explicit, env, cwd } = sources;
  if (explicit) {
    const path = inFolder(cwd, explicit);
    return parseKubeconfig(path, await readInput('kubeconfig', path, sources));
  }
  // If $KUBECONFIG is set, ~/.kube/config is not read, even if none of the listed files exists.
  const paths = env['KUBECONFIG']
    ? [...new Set(env['KUBECONFIG'].split(delimiter))]
        .filter((path) => path !== '')
        .map((path) => inFolder(cwd, path))
    : homeKubeconfig(env);
  const read: Kubeconfig[] = [];
  for (const path of paths) {
    const bytes = await readIfThere('kubeconfig', path, sources);
    if (bytes) read.push(parseKubeconfig(path, bytes));
  }
  return mergeKubeconfigs(read);
}

/**
 * Returns `~/.kube/config`, or the legacy `~/.kube/.kubeconfig`, which kubectl moves there. Returns no path if $HOME is not set: kubectl
 * would then read a file in the working directory, which another user may have planted.
 */
function homeKubeconfig(env: KubeconfigSources['env']): readonly string[] {
  const { HOME, HOMEDRIVE, HOMEPATH, USERPROFILE } = env;
  const homes =
    process.platform === 'win32'
      ? [HOME, HOMEDRIVE && HOMEPATH && HOMEDRIVE + HOMEPATH, USERPROFILE]
      : [HOME];
  const candidates = homes.flatMap((home) =>
    home ? ['config', '.kubeconfig'].map((name) => join(home, '.kube', name)) : [],
  );
  return candidates.filter((path) => !isAbsent(path)).slice(0, 1);
}

/**
 * Whether a file does not exist. Returns false if this cannot be checked: the attempt to read the file then throws an error with the
 * reason.
 */
function isAbsent(path: string): boolean {
  try {
    statSync(path);
    return false;
  } catch (error) {
    return /^(?:ENOENT|ENOTDIR)$/.test(codeOf(error) ?? '');
  }
}

function mergeKubeconfigs(configs: readonly Kubeconfig[]): Kubeconfig {
  // Reversed, because a Map keeps the last entry of a name, but the entry of the first file must be used.
  const merge = <T>(pick: (config: Kubeconfig) => ReadonlyMap<string, T>) =>
    new Map([...configs].reverse().flatMap((config) => [...pick(config)]));
  return {
    clusters: merge((config) => config.clusters),
    users: merge((config) => config.users),
    contexts: merge((config) => config.contexts),
    currentContext: configs.find((config) => config.currentContext !== '')?.currentContext ?? '',
    files: configs.flatMap((config) => config.files),
  };
}
