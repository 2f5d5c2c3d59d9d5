import { Failure } from '../../errors.ts';
import { type HostPort, type KubeletAddress, kubeletAddress } from '../../kubelet/address.ts';
import {
  describeCause,
  describeTransport,
  explanationLines,
  findTransportCause,
} from '../../kubelet/causes/causes.ts';
import type { Hop } from '../../kubelet/causes/hop.ts';
import type { Node } from '../../objects.ts';
import { userAgent } from '../../version.ts';
import type { ApiServer } from '../api-server/api-server.ts';
import { TransportError } from '../transport/error.ts';
import type { Limits } from '../transport/limits.ts';
import { formatProxy } from '../transport/proxy.ts';
import { isHarmlessHeader } from '../transport/request-head.ts';
import { secureAddress } from '../transport/server-address.ts';
import {
  type Dialed,
  type HttpResponse,
  openTransport,
  type Request,
  readText,
  type TextResponse,
  transportsByCertificate,
} from '../transport/transport.ts';
import type { Route } from '../transport/tunnel.ts';
import { callerNameOf } from './caller-name.ts';
import {
  acceptorOf,
  headerUnverified,
  isVerified,
  type KubeletAccess,
  type KubeletIdentity,
} from './kubelet-access.ts';
import { KubeletFailure, type ShownCredential } from './kubelet-failure.ts';

export type Via = 'direct' | 'apiserver';

/** One kubelet by one path. Requests to a kubelet out of reach throw a Failure whose cause is a TransportError. */
export interface Kubelet extends Disposable {
  readonly via: Via;
  /** `kubelet of node-1 at 10.0.0.1:10250`, for sentences. */
  readonly label: string;
  /** For explanations of what goes wrong. */
  readonly where: Hop;
  /** If it is called through the API server because the direct path fails: that failure. */
  readonly left?: KubeletFailure | undefined;
  /** Credential that the kubelet is shown when called directly; undefined until it is called. */
  readonly shown?: ShownCredential | undefined;
  send(request: Request): Promise<HttpResponse>;
  /** The body of such a response; cut at `maxBytes`. */
  read(response: HttpResponse, maxBytes: number): Promise<TextResponse>;
  /** Why a response broke off, as a failure that names the kubelet. */
  broken(error: unknown): unknown;
  close(): void;
}

/** One that also takes a request that is to change the protocol. */
export interface DialedKubelet extends Kubelet {
  /** Connects for a request. The caller owns the connection. */
  dial(request: Request): Promise<Dialed>;
}

/** Sends by `send`, and passes everything else on to the kubelet that is used at that time. */
export function alternating(used: () => Kubelet, send: Kubelet['send']): Kubelet {
  return {
    get via() {
      return used().via;
    },
    get label() {
      return used().label;
    },
    get where() {
      return used().where;
    },
    get left() {
      return used().left;
    },
    send,
    read: (response, maxBytes) => used().read(response, maxBytes),
    broken: (error) => used().broken(error),
    close: () => used().close(),
    [Symbol.dispose]: () => used().close(),
  };
}

/** Bytes read of a response of 400 or more: no denial is longer. */
export const longestErrorBody = 8 * 1024;

/** That a kubelet gave no response, or half of one; any other error as it is. */
export function kubeletUnreachable(
  { label, where, shown }: Pick<Kubelet, 'label' | 'where' | 'shown'>,
  error: unknown,
  limits: Limits,
): unknown {
  if (!(error instanceof TransportError)) return error;
  const found = findTransportCause(error, where);
  return new KubeletFailure(
    `cannot reach the ${label}: ${describeTransport(error, limits, where)}`,
    { why: found.cause, shown, cause: error, ...explanationLines(describeCause(found, where)) },
  );
}

/** Label of a kubelet that is called at `authority`, with its name if that is known. */
export function directLabel(name: string | undefined, authority: string, route?: Route): string {
  const title = name === undefined ? 'kubelet' : `kubelet of ${name}`;
  const by = route ? ` through the proxy ${formatProxy(route.proxy)}` : '';
  return `${title} at ${authority}${by}`;
}

/** Caller → kubelet, at an address. Nothing is opened before the first request. */
export function openDirect(
  name: string | undefined,
  target: HostPort,
  access: KubeletAccess,
  signal: AbortSignal,
  limits: Limits,
): DialedKubelet {
  const address = secureAddress(target);
  const { authority } = address;
  let identity: KubeletIdentity | undefined;
  const where: Hop = {
    hop: 'caller -> kubelet',
    address: authority,
    node: name,
    // Read where a failure is explained.
    get caller() {
      return identity && (callerNameOf(identity) ?? null);
    },
  };
  let label = directLabel(name, authority);
  let shown: ShownCredential | undefined;
  let showsSecret = false;
  const transports = transportsByCertificate((clientCertificate) => {
    const route = access.routeTo(address);
    label = directLabel(name, authority, route);
    const accept = acceptorOf(access, { node: name, host: target.host, authority }, showsSecret);
    const tls = { ...access.trust, accept, clientCertificate };
    const { open = openTransport, log } = access;
    return open({ address, tls, route, log });
  });
  const broken = (error: unknown) => kubeletUnreachable({ label, where, shown }, error, limits);
  const orBroken = <T>(asked: Promise<T>) =>
    asked.catch((error: unknown): never => {
      throw broken(error);
    });
  const authorized = async (request: Request) => {
    const secret = secretHeader(request);
    if (secret !== undefined && !isVerified(access)) throw headerUnverified(secret);
    identity = await access.identity();
    const { authorization, clientCertificate } = identity;
    shown = authorization === undefined ? 'certificate' : 'token';
    showsSecret = authorization !== undefined || secret !== undefined;
    const transport = transports.transportWith(clientCertificate);
    const own = { 'user-agent': userAgent, accept: '*/*', ...(authorization && { authorization }) };
    const headers = { ...own, ...request.headers };
    return { transport, whole: { ...request, headers } };
  };
  return {
    via: 'direct',
    where,
    get label() {
      return label;
    },
    get shown() {
      return shown;
    },
    send: async (request) => {
      const { transport, whole } = await authorized(request);
      return orBroken(transport.send(whole, signal, limits));
    },
    dial: async (request) => {
      const { transport, whole } = await authorized(request);
      return orBroken(transport.dial(whole, signal, limits));
    },
    read: (response, maxBytes) => orBroken(readText(response, signal, limits, maxBytes)),
    broken,
    close: transports.close,
    [Symbol.dispose]: transports.close,
  };
}

/** Caller → kubelet, at the first address of its node that has a type of `types`. */
export function openDirectTo(
  node: Node,
  types: readonly string[],
  port: number | undefined,
  access: KubeletAccess,
  signal: AbortSignal,
  limits: Limits,
): DialedKubelet {
  const name = node.metadata.name;
  return openDirect(name, addressOfNode(node, types, port), access, signal, limits);
}

/** Throws a KubeletFailure if there is none of these types. */
export function addressOfNode(
  node: Node,
  types: readonly string[],
  port: number | undefined,
): KubeletAddress {
  const name = node.metadata.name;
  const address = kubeletAddress(node, types, port);
  if (address) return address;
  const cause = 'no address';
  throw new KubeletFailure(
    `node ${name} has no address of type ${types.join(', ')}${addressesOf(node)}`,
    {
      why: cause,
      ...explanationLines(describeCause({ cause }, { hop: 'caller -> kubelet', node: name })),
    },
  );
}

/** Addresses of the Node object, in words, where none can be used. */
function addressesOf({ status }: Node): string {
  const listed = status?.addresses?.map(({ type, address }) => `${type} ${address}`) ?? [];
  return listed.length === 0 ? '; its Node object has none' : `, only ${listed.join(', ')}`;
}

/** A header of the user's own that an unverified peer must not see either. */
export function secretHeader({ headers = {} }: Pick<Request, 'headers'>): string | undefined {
  return Object.keys(headers).find((name) => !isHarmlessHeader(name));
}

/** Caller → API server → kubelet. The connection to the API server is shared and stays open. */
export function openViaApiServer(
  name: string,
  apiServer: ApiServer,
  limits: Limits,
  left?: KubeletFailure,
): Kubelet {
  const toPath = (path: string) => `/api/v1/nodes/${name}/proxy${path}`;
  return openRelayed(name, apiServer, limits, left, toPath);
}

/** @param toPath the API server's for one of the kubelet */
function openRelayed(
  name: string,
  apiServer: ApiServer,
  limits: Limits,
  left: KubeletFailure | undefined,
  toPath: (path: string) => string,
): Kubelet {
  const label = `kubelet of ${name} through the API server`;
  const where = { hop: 'API server -> kubelet', node: name } as const;
  const broken = (error: unknown) => kubeletUnreachable({ label, where }, error, limits);
  const orRelayed = <T>(asked: Promise<T>) =>
    asked.catch((error: unknown): never => {
      const cause = error instanceof Failure ? error.cause : undefined;
      // The API server had been reached: it is the answer of the kubelet that did not come.
      throw cause instanceof TransportError && cause.isSent ? broken(cause) : error;
    });
  return {
    via: 'apiserver',
    label,
    where,
    left,
    send: (request) => {
      const path = toPath(request.path);
      const headers = { accept: '*/*', ...request.headers };
      return orRelayed(apiServer.send({ ...request, path, headers }, limits));
    },
    read: (response, maxBytes) => orRelayed(apiServer.read(response, maxBytes, limits)),
    broken,
    close: () => {},
    [Symbol.dispose]: () => {},
  };
}

/** The log of a pod as kubectl asks for it: takes a request for /containerLogs. */
export function openLogViaApiServer(
  { namespace, name }: { readonly namespace: string; readonly name: string },
  node: string,
  apiServer: ApiServer,
  limits: Limits,
  left?: KubeletFailure,
): Kubelet {
  const place = [namespace, name].map(encodeURIComponent);
  const log = `/api/v1/namespaces/${place[0]}/pods/${place[1]}/log`;
  const own = `/containerLogs/${place.join('/')}/`;
  return openRelayed(node, apiServer, limits, left, (path) => {
    const [container = '', query = ''] = path.slice(own.length).split('?');
    return `${log}?container=${container}${query && `&${query}`}`;
  });
}

/** Caller → API server → kubelet of a pod, by the pod's own paths, such as `exec`: these are told nothing of the kubelet. */
export function openPodViaApiServer(
  { namespace, name }: { readonly namespace: string; readonly name: string },
  node: string,
  apiServer: ApiServer,
  limits: Limits,
): DialedKubelet {
  const [inside, named] = [namespace, name].map(encodeURIComponent);
  const pod = `/api/v1/namespaces/${inside}/pods/${named}`;
  return {
    ...openViaApiServer(node, apiServer, limits),
    broken: (error) => apiServer.unreachable(error, limits),
    dial: (request) => apiServer.dial({ ...request, path: pod + request.path }, limits),
  };
}
