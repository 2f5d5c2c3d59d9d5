import { orThrow, reworded } from '../../errors.ts';
import { parseApiServerDenial } from '../../rbac/api-server-denial.ts';
import { createCommands } from '../../rbac/create-commands.ts';
import { command } from '../../text/command.ts';
import type { ApiServer } from './api-server.ts';
import { ApiServerFailure, isForbidden, isNotFound } from './api-server-failure.ts';
import { kinds } from './kinds.ts';

export interface ServiceAccountName {
  readonly namespace: string;
  readonly name: string;
}

export interface IssuedToken {
  readonly token: string;
  /** Lifetime in ms, from the time of the request. */
  readonly lifetimeMs: number;
}

/** Requested lifetime in seconds: the shortest that API servers accept. */
const shortest = 600;

/** Requests a token of a service account; its audience is the API server's default audience. */
export async function requestToken(
  apiServer: ApiServer,
  account: ServiceAccountName,
): Promise<IssuedToken> {
  const path = `/api/v1/namespaces/${account.namespace}/serviceaccounts/${account.name}/token`;
  const { apiVersion, kind } = kinds.TokenRequest;
  const body = { apiVersion, kind, spec: { expirationSeconds: shortest } };
  const written = apiServer.write('POST', path, body, kinds.TokenRequest);
  const { spec, status } = await orThrow(written, (error) => explain(error, account));
  return { token: status.token, lifetimeMs: (spec?.expirationSeconds ?? shortest) * 1000 };
}

function explain(error: unknown, { namespace, name }: ServiceAccountName): unknown {
  if (!(error instanceof ApiServerFailure)) return error;
  if (isNotFound(error))
    return reworded(error, {
      cause: error,
      hints: [command`kubectl get serviceaccounts -n ${namespace}`],
    });
  const denial = isForbidden(error) ? parseApiServerDenial(error.words) : undefined;
  if (!isForbidden(error) || denial?.resource !== 'serviceaccounts/token') return error;
  const { user, verb, resource } = denial;
  // The namespace limits the permission: a ClusterRole would also allow tokens of service accounts with the same name in other namespaces.
  const granted = { verbs: verb, resources: [resource], resourceName: name, namespace };
  return reworded(error, {
    cause: error,
    details: {
      missing: `${verb} on ${resource} of ${name} in namespace ${namespace} for user "${user}"`,
    },
    hints: [
      createCommands(user, `token-of-${name}`, granted),
      `warning: with that permission a user may do whatever ${namespace}/${name} may`,
    ],
  });
}
