import { orFailure } from '../../errors.ts';
import type { AnyBinding, RbacSubject } from '../../objects.ts';
import { formatSubject, hasSubject } from '../../rbac/subject.ts';
import type { ApiServer } from './api-server.ts';
import { kinds } from './kinds.ts';
import { listClusterRoleBindings } from './rbac-lists.ts';

/**
 * Returns why the name of a subject may be misspelt: the service account does not exist, or no binding names the user or group. Returns
 * nothing if the caller may not list service accounts or bindings.
 *
 * @param bindings the bindings to search; by default all ClusterRoleBindings are read
 */
export async function absenceOf(
  apiServer: ApiServer,
  subject: RbacSubject,
  bindings?: readonly AnyBinding[],
  title = 'ClusterRoleBinding',
): Promise<readonly string[]> {
  if (subject.kind === 'ServiceAccount') return absentAccount(apiServer, subject);
  const read = bindings ?? (await orFailure(listClusterRoleBindings(apiServer)));
  const isUnknown = read instanceof Error;
  return isUnknown || read.some((binding) => hasSubject(binding.subjects ?? [], subject))
    ? []
    : [`no ${title} names ${formatSubject(subject)}`];
}

/** Returns a note if a service account does not exist; nothing if it exists or the caller may not list it. */
export async function absentAccount(
  apiServer: ApiServer,
  { namespace = '', name }: Pick<RbacSubject, 'namespace' | 'name'>,
): Promise<readonly string[]> {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts?fieldSelector=metadata.name=${encodeURIComponent(name)}`;
  const found = await orFailure(apiServer.get(path, kinds.PartialObjectMetadataList));
  return !(found instanceof Error) && found.items?.length === 0
    ? [`namespace ${namespace} has no service account ${name}`]
    : [];
}
