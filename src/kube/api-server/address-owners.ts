import { lookup } from 'node:dns/promises';
import { Failure } from '../../errors.ts';
import { describeUnknown, isFound } from '../../known.ts';
import type { AddressOwners } from '../../kubelet/judge-request.ts';
import type { Node, Service } from '../../objects.ts';
import { describeUnread } from '../../unread.ts';
import type { ApiConnection } from '../config/api-connection.ts';
import { readOrNote } from '../read-or-note.ts';
import { parseIp } from '../transport/ip.ts';
import { within } from '../within.ts';
import type { ApiServer } from './api-server.ts';
import { kinds } from './kinds.ts';

export type ServerPlace = Pick<ApiConnection, 'address' | 'tls' | 'proxy'>;

interface FoundOwners extends AddressOwners {
  /** Which addresses of services and of the API server could not be read, and why. */
  readonly unread: readonly string[];
}

/** Reads who has which address, for the comparison with signing requests. */
export async function readAddressOwners(
  apiServer: ApiServer,
  nodes: readonly Node[],
  server: ServerPlace,
  signal: AbortSignal,
): Promise<FoundOwners> {
  const [services, hosts, endpoints] = await Promise.all([
    readServices(apiServer),
    readServerHosts(server, signal),
    readServerEndpoints(apiServer),
  ]);
  const nodesByAddress = Map.groupBy(
    nodes.flatMap(({ metadata: { name }, status }) =>
      [...new Set(status?.addresses?.map(({ address }) => keyOf(address)))].map((key) => ({
        key,
        name,
      })),
    ),
    ({ key }) => key,
  );
  const servicesByAddress = new Map(services.found.flatMap(addressesOf));
  const apiServerHosts = new Set([...hosts.found, ...endpoints].map(keyOf));
  return {
    nodesWith: (address) => (nodesByAddress.get(keyOf(address)) ?? []).map(({ name }) => name),
    isApiServer: (address) => apiServerHosts.has(keyOf(address)),
    serviceWith: (address) => servicesByAddress.get(keyOf(address)),
    unread: [...services.unread, ...hosts.unread],
  };
}

/** Addresses have several spellings. */
function keyOf(address: string): string {
  return parseIp(address) ?? address.toLowerCase().replace(/\.$/, '');
}

function addressesOf({ metadata, spec }: Service): readonly (readonly [string, string])[] {
  const { name, namespace = 'default' } = metadata;
  const ips = (spec.clusterIPs ?? []).filter((each) => each !== 'None');
  const service = `${namespace}/${name}`;
  return [`${name}.${namespace}`, ...ips].map((each) => [keyOf(each), service]);
}

/** Reads all services; if the caller may not, only the service `kubernetes`. */
async function readServices(apiServer: ApiServer) {
  const all = await readOrNote(
    () => apiServer.listReadable('/api/v1/services', kinds.Service),
    'list services',
  );
  if (isFound(all)) {
    const { items, unread } = all.found;
    return { found: items, unread: describeUnread(unread) };
  }
  const path = '/api/v1/namespaces/default/services/kubernetes';
  const own = await readOrNote(() => apiServer.get(path, kinds.Service));
  return {
    found: isFound(own) ? [own.found] : [],
    unread: [`${isFound(own) ? 'other ' : ''}services: ${describeUnknown(all)}`],
  };
}

/** Returns the endpoints of the service `kubernetes`; none if the caller may not list them. The host of the API server is known anyway. */
async function readServerEndpoints(apiServer: ApiServer): Promise<readonly string[]> {
  const path =
    '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices?labelSelector=kubernetes.io/service-name%3Dkubernetes';
  const slices = await readOrNote(() => apiServer.listReadable(path, kinds.EndpointSlice));
  if (!isFound(slices)) return [];
  return slices.found.items.flatMap(({ endpoints = [] }) =>
    endpoints.flatMap(({ addresses = [] }) => addresses),
  );
}

/** Time limit for the addresses of the API server's host name, in ms. */
const longestLookup = 5000;

/** Returns the host of the API server, its name in certificates, and its addresses. */
async function readServerHosts(
  { address: { host }, tls, proxy }: ServerPlace,
  signal: AbortSignal,
) {
  const named = [host, tls.serverName ?? host];
  if (parseIp(host) !== undefined) return { found: named, unread: [] };
  const late = () => new Failure('the lookup of its name took too long');
  const looked = proxy
    ? { unknown: 'only its proxy looks up its name' }
    : await readOrNote(() => within(signal, longestLookup, late, () => lookUp(host)));
  return isFound(looked)
    ? { found: [...named, ...looked.found], unread: [] }
    : { found: named, unread: [`addresses of the API server ${host}: ${looked.unknown}`] };
}

async function lookUp(host: string): Promise<readonly string[]> {
  try {
    return (await lookup(host, { all: true })).map(({ address }) => address);
  } catch {
    throw new Failure('its name has no address here');
  }
}
