import { dirname, isAbsolute, resolve, sep } from 'node:path';
import { Failure } from '../../errors.ts';
import { checkType } from '../../schema.ts';
import { readYaml, YamlFault } from '../yaml/read-yaml.ts';
import { type ClusterEntry, type Kubeconfig, kubeconfig, type UserEntry } from './entries.ts';

/** Parses one file. Throws a Failure that names the file if it has invalid YAML, a value of the wrong type or a duplicate name. */
export function parseKubeconfig(path: string, bytes: Buffer): Kubeconfig {
  const invalid = (problem: string) =>
    new Failure(`error loading config file "${path}": ${problem}`);
  const read = (): unknown => {
    try {
      return readYaml(bytes) ?? {};
    } catch (cause) {
      throw cause instanceof YamlFault ? invalid(cause.message) : cause;
    }
  };
  // Credential plugins get the `extension` of the cluster unchanged, including nulls.
  const { decoded, problem } = checkType(kubeconfig, read(), { asIs: 'extension' });
  if (!decoded) throw invalid(problem);
  const { clusters, users, contexts, 'current-context': currentContext } = decoded.value;
  const byName = <Entry extends { readonly name: string }, T>(
    key: string,
    entries: readonly Entry[],
    entryOf: (entry: Entry) => T,
  ): ReadonlyMap<string, T> => {
    const result = new Map<string, T>();
    for (const each of entries) {
      if (result.has(each.name)) throw invalid(`duplicate name "${each.name}" in ${key}`);
      result.set(each.name, entryOf(each));
    }
    return result;
  };
  return {
    clusters: byName('clusters', clusters, (each) => clusterAt(path, each.cluster)),
    users: byName('users', users, (each) => userAt(path, each.user)),
    contexts: byName('contexts', contexts, (each) => each.context),
    currentContext,
    files: [path],
  };
}

function clusterAt(path: string, cluster: ClusterEntry): ClusterEntry {
  return { ...cluster, 'certificate-authority': file(cluster['certificate-authority'], path) };
}

function userAt(path: string, user: UserEntry): UserEntry {
  const { exec } = user;
  return {
    ...user,
    'client-certificate': file(user['client-certificate'], path),
    'client-key': file(user['client-key'], path),
    tokenFile: file(user.tokenFile, path),
    // A command without a slash is kept: it is searched in the folders of PATH.
    ...(exec?.command.includes(sep) && { exec: { ...exec, command: file(exec.command, path) } }),
  };
}

/** Resolves a path relative to the kubeconfig that contains it. */
function file(value: string, path: string): string {
  return value === '' || isAbsolute(value) ? value : resolve(dirname(path), value);
}
