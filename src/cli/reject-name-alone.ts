import { orFailure, type UsageFailure } from '../errors.ts';
import type { ApiServer } from '../kube/api-server/api-server.ts';
import { kinds } from '../kube/api-server/kinds.ts';
import { listClusterRoleBindings } from '../kube/api-server/rbac-lists.ts';
import { formatSubject } from '../rbac/subject.ts';
import { command } from '../text/command.ts';
import { type Invocation, openConnection, openServer } from './connection.ts';
import { invalidSubject, subjectHints } from './parse-options.ts';

/** Throws for a `--subject` without a kind: nobody is chosen, but told how such subjects are written. */
export async function rejectNameAlone(
  invocation: Invocation,
  name: string | undefined,
): Promise<void> {
  if (name === undefined || name === '' || name.includes(':')) return;
  const connection = await orFailure(openConnection(invocation));
  if (connection instanceof Error) throw invalidSubject(name, subjectHints(name));
  using apiServer = openServer(invocation, connection);
  throw await unknownSubject(apiServer, name);
}

/** A cluster has an account `default` in each namespace. */
const mostSpellings = 5;

/**
 * For a name without a kind: the service accounts of that name, and the users and groups that bindings name. Who is named so may
 * be somebody else than who is meant, so nothing is chosen.
 */
async function unknownSubject(apiServer: ApiServer, name: string): Promise<UsageFailure> {
  const accounts = await orFailure(
    apiServer.get(
      `/api/v1/serviceaccounts?limit=${mostSpellings + 1}&fieldSelector=metadata.name=${encodeURIComponent(name)}`,
      kinds.PartialObjectMetadataList,
    ),
  );
  const bindings = await orFailure(listClusterRoleBindings(apiServer));
  const spellings = new Set([
    ...(accounts instanceof Error ? [] : (accounts.items ?? []))
      .filter(({ metadata }) => metadata.name === name)
      .map(({ metadata: { namespace = '' } }) => `serviceaccount:${namespace}:${name}`),
    ...(bindings instanceof Error ? [] : bindings)
      .flatMap(({ subjects }) => subjects ?? [])
      .filter((subject) => subject.name === name && subject.kind !== 'ServiceAccount')
      .map(formatSubject),
  ]);
  if (spellings.size === 0) return invalidSubject(name, subjectHints(name));
  const words = [...spellings].slice(0, mostSpellings).map((each) => command`--subject ${each}`);
  return invalidSubject(name, [`did you mean: ${words.join(' or ')}`]);
}
