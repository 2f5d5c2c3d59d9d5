import type { RbacSubject } from '../../objects.ts';
import type { ApiServer } from './api-server.ts';
import { kinds } from './kinds.ts';

/** What one request asks for. The names of 2,000 nodes are 300 kB as a table. */
const mostNames = 2000;
/** Objects are larger. */
const mostObjects = 500;

/** The names of the first objects of a list, in the form that is the shortest: as kubectl prints them. */
export async function listNames(apiServer: ApiServer, path: string): Promise<readonly string[]> {
  const query = `?limit=${mostNames}&includeObject=None`;
  const { rows = [] } = await apiServer.get(`${path}${query}`, kinds.Table);
  return rows.flatMap(({ cells: [name] }) => (typeof name === 'string' ? name : []));
}

/** The labels of the first nodes, each once, as `key=value`. */
export async function listNodeLabels(apiServer: ApiServer): Promise<readonly string[]> {
  const path = `/api/v1/nodes?limit=${mostObjects}`;
  const { items = [] } = await apiServer.get(path, kinds.PartialObjectMetadataList);
  const labels = items.flatMap(({ metadata }) => Object.entries(metadata.labels ?? {}));
  return [...new Set(labels.map(([key, value]) => `${key}=${value}`))].sort();
}

/** The users and groups of the first cluster-wide bindings, each once. */
export async function listSubjects(apiServer: ApiServer): Promise<readonly RbacSubject[]> {
  const path = `/apis/rbac.authorization.k8s.io/v1/clusterrolebindings?limit=${mostObjects}`;
  const { items = [] } = await apiServer.get(path, kinds.ClusterRoleBindingList);
  return items.flatMap(({ subjects = [] }) => subjects);
}
