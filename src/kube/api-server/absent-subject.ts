import { orFailure } from '../../errors.ts';
import type { AnyBinding, RbacSubject } from '../../objects.ts';
import { formatSubject, hasSubject } from '../../rbac/subject.ts';
import type { ApiServer } from './api-server.ts';
import { kinds } from './kinds.ts';
import { listClusterRoleBindings } from './rbac-lists.ts';

/**
 * Why a subject that was named may be misspelt: a service account that is not there, or a user or group in no binding. Nothing of what
 * may not be read.
 *
 * @param bindings those that were read, of these kinds; by default all ClusterRoleBindings
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

/** The same of a service account. */
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
