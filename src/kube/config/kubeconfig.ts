import { statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Environment } from '../environment.ts';
import { inFolder, readIfThere, readInput } from '../files.ts';
import type { Kubeconfig } from './entries.ts';
import { parseKubeconfig } from './parse-kubeconfig.ts';

/** Where kubeconfig files are looked for. */
export interface KubeconfigSources {
  /** `--kubeconfig`: this file alone, and it must exist. */
  readonly explicit: string | undefined;
  /** For `$KUBECONFIG`, a list of which missing files are skipped, and for where home is. */
  readonly env: Environment;
  readonly cwd: string;
}

/** Reads and merges; throws a Failure that names the file, without ever repeating a value from it. */
export function loadKubeconfig(sources: KubeconfigSources): Kubeconfig {
  const { paths, required } = kubeconfigPaths(sources);
  const read: Kubeconfig[] = [];
  for (const path of paths) {
    const bytes = (required ? readInput : readIfThere)('kubeconfig', path, sources.cwd);
    if (bytes) read.push(parseKubeconfig(path, bytes));
  }
  return mergeKubeconfigs(read);
}

function kubeconfigPaths(sources: KubeconfigSources): {
  paths: readonly string[];
  required: boolean;
} {
  const { explicit, env, cwd } = sources;
  if (explicit) return { paths: [inFolder(cwd, explicit)], required: true };
  // Set, it is all there is, even if nothing that it names exists.
  const paths = env['KUBECONFIG']
    ? [...new Set(env['KUBECONFIG'].split(delimiter))]
        .filter((path) => path !== '')
        .map((path) => inFolder(cwd, path))
    : homeKubeconfig(env);
  return { paths, required: false };
}

/**
 * `~/.kube/config`, or what an old kubectl left in its place and a new one would copy there. Without $HOME kubectl takes
 * a file of the working directory, which anyone could have put there: we take none.
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

/** What cannot be looked at is not absent: reading it will tell why. */
function isAbsent(path: string): boolean {
  try {
    statSync(path);
    return false;
  } catch (error) {
    return /^(?:ENOENT|ENOTDIR)$/.test((error as NodeJS.ErrnoException).code ?? '');
  }
}

export function mergeKubeconfigs(configs: readonly Kubeconfig[]): Kubeconfig {
  // Reversed, so that of several entries with one name the first file's is set last and stays.
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
