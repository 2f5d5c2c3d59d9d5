import { reviewSelf } from '../../kube/api-server/access-review.ts';
import type { ApiServer } from '../../kube/api-server/api-server.ts';
import type { Allowed, NodePermission } from './endpoint-table.ts';

/** What the API server says about the caller and one node. Each permission is asked for once. */
export async function gatherAccess(
  apiServer: ApiServer,
  node: string,
  permissions: readonly NodePermission[],
): Promise<(permission: NodePermission) => Allowed> {
  const keyOf = ({ verb, subresource }: NodePermission) => `${verb} ${subresource}`;
  const asked = new Map(permissions.map((permission) => [keyOf(permission), permission]));
  const verdicts = await Promise.all(
    [...asked].map(async ([key, { verb, subresource }]) => {
      const attributes = { resource: 'nodes', subresource, verb, name: node };
      return [key, (await reviewSelf(apiServer, attributes))?.allowed] as const;
    }),
  );
  const allowed = new Map(verdicts);
  return (permission) => allowed.get(keyOf(permission));
}
