import { type Invocation, openConnection, openServer } from '../../cli/connection.ts';
import type { FleetChoice } from '../../cli/node-options.ts';
import { parseServiceAccount } from '../../cli/service-account.ts';
import { orFailure } from '../../errors.ts';
import { absentAccount } from '../../kube/api-server/absent-names.ts';
import type { ApiServer } from '../../kube/api-server/api-server.ts';
import { isForbidden } from '../../kube/api-server/api-server-failure.ts';
import { getNode } from '../../kube/api-server/nodes.ts';
import { reviewSelf, reviewSubject } from '../../kube/api-server/reviews.ts';
import type { ServiceAccountName } from '../../kube/api-server/token-request.ts';
import { minorOf } from '../../kubelet/authorization.ts';
import { accountUser, identityOf } from '../../rbac/subject.ts';
import {
  type Allowed,
  askedPermissions,
  type EndpointPermission,
  type ListedEndpoint,
  listServed,
} from './rows.ts';

/** Lists the endpoints of a node's kubelet, and whether the caller, or the service account `actingAs`, may use them. */
export async function gatherServed(
  name: string,
  via: FleetChoice['via'],
  actingAs: string,
  invocation: Invocation,
): Promise<{
  readonly server: string;
  readonly endpoints: readonly ListedEndpoint[];
  readonly notes: readonly string[];
}> {
  const account = actingAs === '' ? undefined : parseServiceAccount(actingAs);
  const connection = await openConnection(invocation);
  using apiServer = openServer(invocation, connection);
  const version = await versionOf(name, apiServer);
  const minor = minorOf(version);
  const isProxied = via === 'apiserver';
  // Through the node proxy, every path of a kubelet needs the permission nodes/proxy.
  const needed = (permission: EndpointPermission): EndpointPermission =>
    isProxied ? { ...permission, subresource: 'proxy' } : permission;
  const asked = askedPermissions(minor).map(needed);
  const isAllowed = await gatherAccess(apiServer, name, account, asked);
  const isUnknown = asked.some((permission) => isAllowed(permission) === undefined);
  return {
    server: connection.server,
    endpoints: listServed(minor, (each) => isAllowed(needed(each))),
    notes: [
      version === undefined ? `the version of ${name} is unknown; taken for the newest` : [],
      account ? await absentAccount(apiServer, account) : [],
      account && isUnknown
        ? `what ${account.namespace}/${account.name} is allowed is unknown: you may not create subjectaccessreviews`
        : [],
      isProxied
        ? 'ALLOWED is for nodes/proxy, which the node proxy needs; NEEDS is what the kubelet then asks of kube-apiserver: kubectl kubeletaccess status'
        : [],
    ].flat(),
  };
}

async function versionOf(name: string, apiServer: ApiServer): Promise<string | undefined> {
  const node = await orFailure(getNode(apiServer, name));
  if (!(node instanceof Error)) return node.status?.nodeInfo?.kubeletVersion;
  if (isForbidden(node)) return undefined;
  throw node;
}

async function gatherAccess(
  apiServer: ApiServer,
  node: string,
  account: ServiceAccountName | undefined,
  permissions: readonly EndpointPermission[],
): Promise<(permission: EndpointPermission) => Allowed> {
  const identity = account && identityOf(accountUser(account.namespace, account.name));
  const keyOf = ({ verb, subresource }: EndpointPermission) => `${verb} ${subresource}`;
  const asked = new Map(permissions.map((permission) => [keyOf(permission), permission]));
  const verdicts = await Promise.all(
    [...asked].map(async ([key, permission]) => {
      const attributes = { resource: 'nodes', ...permission, name: node };
      const reviewed = identity
        ? reviewSubject(apiServer, identity, attributes)
        : reviewSelf(apiServer, attributes);
      return [key, (await reviewed)?.allowed] as const;
    }),
  );
  const allowed = new Map(verdicts);
  return (permission) => allowed.get(keyOf(permission));
}
