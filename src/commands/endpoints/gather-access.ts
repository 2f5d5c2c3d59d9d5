import { reviewSelf, reviewSubject } from '../../kube/api-server/access-review.ts';
import type { ApiServer } from '../../kube/api-server/api-server.ts';
import type { ServiceAccountName } from '../../kube/api-server/token-request.ts';
import type { Allowed, NodePermission } from './endpoint-table.ts';

/** What the API server says about one node and the caller, or a service account. Each permission is asked for once. */
export async function gatherAccess(
  apiServer: ApiServer,
  node: string,
  account: ServiceAccountName | undefined,
  permissions: readonly NodePermission[],
): Promise<(permission: NodePermission) => Allowed> {
  const keyOf = ({ verb, subresource }: NodePermission) => `${verb} ${subresource}`;
  const asked = new Map(permissions.map((permission) => [keyOf(permission), permission]));
  const verdicts = await Promise.all(
    [...asked].map(async ([key, { verb, subresource }]) => {
      const attributes = { resource: 'nodes', subresource, verb, name: node };
      const reviewed = account
        ? reviewSubject(apiServer, identityOf(account), attributes)
        : reviewSelf(apiServer, attributes);
      return [key, (await reviewed)?.allowed] as const;
    }),
  );
  const allowed = new Map(verdicts);
  return (permission) => allowed.get(keyOf(permission));
}

/** As the token of a service account is authenticated (apiserver/pkg/authentication/serviceaccount). */
function identityOf({ namespace, name }: ServiceAccountName) {
  const all = 'system:serviceaccounts';
  return {
    user: `system:serviceaccount:${namespace}:${name}`,
    groups: [all, `${all}:${namespace}`, 'system:authenticated'],
  };
}
