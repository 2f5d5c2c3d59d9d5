import { orFailure } from '../../errors.ts';
import type { AnyBinding, RbacSubject } from '../../objects.ts';
import { formatSubject, hasSubject } from '../../rbac/subject.ts';
import { escapeControlLine } from '../../text/escape.ts';
import { didYouMean, nearestNames } from '../../text/nearest.ts';
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
  if (read instanceof Error) return [];
  const named = read.flatMap(({ subjects }) => subjects ?? []);
  if (hasSubject(named, subject)) return [];
  const names = [...new Set(named.map((each) => each.name))];
  const near = nearestNames(subject.name, names).flatMap((name) =>
    named.filter((each) => each.name === name).map(formatSubject),
  );
  return [withNear(`no ${title} names ${formatSubject(subject)}`, [...new Set(near)])];
}

function withNear(absence: string, near: readonly string[]): string {
  return [absence, ...didYouMean(near.slice(0, 3))].join('; ');
}

type AccountName = Pick<RbacSubject, 'namespace' | 'name'>;

/** Returns a note, with similar names, if a service account does not exist; nothing if it exists or the caller may not list it. */
export async function absentAccount(
  apiServer: ApiServer,
  account: AccountName,
): Promise<readonly string[]> {
  const absence = await findAbsentAccount(apiServer, account);
  return absence ? [withNear(absence.message, absence.near)] : [];
}

export interface Absence {
  readonly message: string;
  /** Similar names that exist, as options take them. */
  readonly near: readonly string[];
}

/** Returns undefined if a service account exists, or the caller may not list it. */
export async function findAbsentAccount(
  apiServer: ApiServer,
  { namespace = '', name }: AccountName,
): Promise<Absence | undefined> {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts`;
  const near = await nearIfAbsent(apiServer, path, name);
  return (
    near && {
      message: `namespace ${namespace} has no service account ${name}`,
      near: near.map((each) => `serviceaccount:${namespace}:${each}`),
    }
  );
}

/** Returns undefined if a namespace exists, or the caller may not list namespaces. */
export async function findAbsentNamespace(
  apiServer: ApiServer,
  name: string,
): Promise<Absence | undefined> {
  const near = await nearIfAbsent(apiServer, '/api/v1/namespaces', name);
  return (
    near && {
      message: `namespace ${escapeControlLine(name)} does not exist`,
      near: near.map((each) => `-n ${each}`),
    }
  );
}

/** Returns similar names if no object of a list has the name; undefined if one has it, or the caller may not list them. */
async function nearIfAbsent(
  apiServer: ApiServer,
  path: string,
  name: string,
): Promise<readonly string[] | undefined> {
  const list = (query: string) =>
    orFailure(apiServer.get(`${path}?${query}`, kinds.PartialObjectMetadataList));
  const found = await list(`fieldSelector=metadata.name=${encodeURIComponent(name)}`);
  if (found instanceof Error || found.items?.length !== 0) return undefined;
  const others = await list('limit=500');
  const names =
    others instanceof Error
      ? []
      : (others.items ?? []).flatMap(({ metadata }) => metadata.name ?? []);
  return nearestNames(name, names);
}
