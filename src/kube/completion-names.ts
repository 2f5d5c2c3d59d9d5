import { readdirSync, statSync } from 'node:fs';
import * as v from '@badrap/valita';
import type { RbacSubject } from '../objects.ts';
import type { ApiServer } from './api-server/api-server.ts';
import { kinds } from './api-server/kinds.ts';
import type { Environment } from './environment.ts';
import { createPrivateCache } from './files/private-cache.ts';
import { inFolder } from './files/read-file.ts';

/** Longest lifetime of cached names, in ms. */
const longestMs = 60_000;

export function createNameCache(env: Environment, now: () => number = Date.now) {
  const type = v.object({ lifetimeMs: v.number(), names: v.array(v.string()) });
  const cache = createPrivateCache(env, 'completion', longestMs, type, now);
  return {
    read: (key: string): readonly string[] | undefined => {
      const { value, ageMs = 0 } = cache.read(key) ?? {};
      return value && ageMs <= value.lifetimeMs ? value.names : undefined;
    },
    write: (key: string, names: readonly string[], lifetimeMs: number) =>
      cache.write(key, { lifetimeMs, names: [...names] }),
  };
}

/** Limit of names in one response. A Table with the names of 2,000 nodes has 300 kB. */
const mostNames = 2000;
/** Limit of objects in one response: objects are larger than names. */
const mostObjects = 500;

/** Lists the names of the first objects of a collection. Requests them as a Table, the shortest format that the API server offers. */
export async function listNames(apiServer: ApiServer, path: string): Promise<readonly string[]> {
  const query = `?limit=${mostNames}&includeObject=None`;
  const { rows = [] } = await apiServer.get(`${path}${query}`, kinds.Table);
  return rows.flatMap(({ cells: [name] }) => (typeof name === 'string' ? name : []));
}

/** Lists the labels of the first nodes as `key=value`, without duplicates. */
export async function listNodeLabels(apiServer: ApiServer): Promise<readonly string[]> {
  const path = `/api/v1/nodes?limit=${mostObjects}`;
  const { items = [] } = await apiServer.get(path, kinds.PartialObjectMetadataList);
  const labels = items.flatMap(({ metadata }) => Object.entries(metadata.labels ?? {}));
  return [...new Set(labels.map(([key, value]) => `${key}=${value}`))].sort();
}

/** Lists the subjects of the first ClusterRoleBindings; a subject may be repeated. */
export async function listSubjects(apiServer: ApiServer): Promise<readonly RbacSubject[]> {
  const path = `/apis/rbac.authorization.k8s.io/v1/clusterrolebindings?limit=${mostObjects}`;
  const { items = [] } = await apiServer.get(path, kinds.ClusterRoleBindingList);
  return items.flatMap(({ subjects = [] }) => subjects);
}

/** Limit of suggested paths: shells do not show more suggestions. */
const most = 2000;

/** Lists paths that begin with the typed text; folders end in a slash. Returns none if the folder cannot be read. */
export function listFiles(typed: string, cwd: string): readonly string[] {
  const head = typed.slice(0, typed.lastIndexOf('/') + 1);
  const start = typed.slice(head.length);
  try {
    return readdirSync(inFolder(cwd, head || '.'), { withFileTypes: true })
      .filter(
        ({ name }) => name.startsWith(start) && name.startsWith('.') === start.startsWith('.'),
      )
      .slice(0, most)
      .map((entry) => {
        const path = `${head}${entry.name}`;
        // A symbolic link to a folder gets a slash, too.
        const isFolder = entry.isSymbolicLink() ? leadsToFolder(path, cwd) : entry.isDirectory();
        return isFolder ? `${path}/` : path;
      })
      .sort();
  } catch {
    return [];
  }
}

function leadsToFolder(path: string, cwd: string): boolean {
  return statSync(inFolder(cwd, path), { throwIfNoEntry: false })?.isDirectory() ?? false;
}
