import { Failure, orThrow } from '../../errors.ts';
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
import type { AskedRequest } from '../api-server/reviews.ts';
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

/** A request without a response throws a Failure whose cause is a TransportError. */
export interface Kubelet extends Disposable {
  readonly via: Via;
  /** Name of the kubelet in sentences: `kubelet of node-1 at 10.0.0.1:10250`. */
  readonly label: string;
  /** The connection to the kubelet, as explanations of failures describe it. */
  readonly where: Hop;
  /**
   * Failure of the direct request that was tried first. Undefined if no direct request failed before the kubelet was called through the API
   * server.
   */
  readonly left?: KubeletFailure | undefined;
  /** Credential that was sent to the kubelet directly; undefined before the first request, and through the API server. */
  readonly shown?: ShownCredential | undefined;
  send(request: Request): Promise<HttpResponse>;
  /** Opens a connection for a request that upgrades the protocol. The caller owns the connection. */
  dial(request: Request): Promise<Dialed>;
  /** Marks the answer to an upgrade if the kubelet sent it in the name of the API server. Absent for direct connections. */
  checkDenied?(response: TextResponse, path: string): Promise<TextResponse>;
  /** Reads the body of a response of `send`, cut at `maxBytes`. */
  read(response: HttpResponse, maxBytes: number): Promise<TextResponse>;
  /** Returns the failure for a response that ended too early; its message names the kubelet. */
  broken(error: unknown): unknown;
  close(): void;
}

/** Returns a kubelet that uses `send`. Each access to another member is passed on to the kubelet that `used` returns. */
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
    get shown() {
      return used().shown;
    },
    send,
    dial: (request) => used().dial(request),
    read: (response, maxBytes) => used().read(response, maxBytes),
    broken: (error) => used().broken(error),
    close: () => used().close(),
    [Symbol.dispose]: () => used().close(),
  };
}

/** Limit of the body of an error response, in bytes. Denials are shorter. */
export const longestErrorBody = 8 * 1024;

/** Returns the failure for a missing or incomplete response of a kubelet; returns any other error unchanged. */
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

/** Returns the label of a kubelet at `authority`. It contains the name of the node if the name is known. */
export function directLabel(name: string | undefined, authority: string, route?: Route): string {
  const title = name === undefined ? 'kubelet' : `kubelet of ${name}`;
  const by = route ? ` through the proxy ${formatProxy(route.proxy)}` : '';
  return `${title} at ${authority}${by}`;
}

/** Opens a kubelet that is called directly at an address. Connects only when the first request is sent. */
export function openDirect(
  name: string | undefined,
  target: HostPort,
  access: KubeletAccess,
  signal: AbortSignal,
  limits: Limits,
): Kubelet {
  const address = secureAddress(target);
  const { authority } = address;
  let identity: KubeletIdentity | undefined;
  const where: Hop = {
    hop: 'caller-to-kubelet',
    address: authority,
    node: name,
    // A getter, because parsing the credential is needed only to explain a failure.
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
      return orThrow(transport.send(whole, signal, limits), broken);
    },
    dial: async (request) => {
      const { transport, whole } = await authorized(request);
      return orThrow(transport.dial(whole, signal, limits), broken);
    },
    read: (response, maxBytes) => orThrow(readText(response, signal, limits, maxBytes), broken),
    broken,
    close: transports.close,
    [Symbol.dispose]: transports.close,
  };
}

/** Returns the address of a node's kubelet, of the first of `types` that the node has; throws a KubeletFailure if it has none. */
export function addressOfNode(
  node: Node,
  types: readonly string[],
  port: number | undefined,
): KubeletAddress {
  const name = node.metadata.name;
  const address = kubeletAddress(node, types, port);
  if (address) return address;
  const cause = 'no-address';
  throw new KubeletFailure(
    `node ${name} has no address of type ${types.join(', ')}${addressesOf(node)}`,
    {
      why: cause,
      ...explanationLines(describeCause({ cause }, { hop: 'caller-to-kubelet', node: name })),
    },
  );
}

function addressesOf({ status }: Node): string {
  const listed = status?.addresses?.map(({ type, address }) => `${type} ${address}`) ?? [];
  return listed.length === 0 ? '; its Node object has none' : `, only ${listed.join(', ')}`;
}

/**
 * Returns the name of a request header that may contain a secret and must not be sent to an unverified kubelet; undefined if there is no
 * such header.
 */
export function secretHeader({ headers = {} }: Pick<Request, 'headers'>): string | undefined {
  return Object.keys(headers).find((name) => !isHarmlessHeader(name));
}

/** A path of the API server that leads to a kubelet. */
export interface Relay {
  /** Converts a path of the kubelet into a path of the API server. */
  readonly toPath: (path: string) => string;
  /** The object that the API server authorizes the caller for. */
  readonly object: Omit<AskedRequest, 'verb'>;
  /** Whether the connection is a stream, whose loss is one of the API server. */
  readonly isStream?: true;
  /** Whether the API server answers from its own objects, so that an answer does not show that it reaches the kubelet. */
  readonly isOfApiServer?: true;
}

/** `close` leaves the connection to the API server open, because other requests use it too. @param relay by default, the node proxy */
export function openViaApiServer(
  name: string,
  apiServer: ApiServer,
  limits: Limits,
  left?: KubeletFailure,
  { toPath, object, isStream }: Relay = nodeProxy(name),
): Kubelet {
  const label = `kubelet of ${name} through the API server`;
  const where = { hop: 'apiserver-to-kubelet', node: name } as const;
  const broken = (error: unknown) => kubeletUnreachable({ label, where }, error, limits);
  const explain = (error: unknown) => {
    const cause = error instanceof Failure ? error.cause : undefined;
    // If the API server received the request, the kubelet is the server that did not respond.
    return cause instanceof TransportError && cause.isSent ? broken(cause) : error;
  };
  const methods = new WeakMap<HttpResponse, string>();
  return {
    via: 'apiserver',
    label,
    where,
    left,
    send: async (request) => {
      const path = toPath(request.path);
      const headers = { accept: '*/*', ...request.headers };
      const response = await orThrow(
        apiServer.send({ ...request, path, headers }, limits),
        explain,
      );
      methods.set(response, request.method);
      return response;
    },
    dial: (request) => apiServer.dial({ ...request, path: toPath(request.path) }, limits),
    read: async (response, maxBytes) => {
      const read = await orThrow(apiServer.read(response, maxBytes, limits), explain);
      return checked(read, { methods: [methods.get(response) ?? 'GET'], object }, apiServer);
    },
    ...(isStream && {
      checkDenied: (response: TextResponse, path: string) => {
        const asked = { ...object, subresource: /^\/(\w+)/.exec(path)?.[1] };
        return checked(response, { methods: ['GET', 'POST'], object: asked }, apiServer);
      },
    }),
    broken: isStream ? (error) => apiServer.unreachable(error, limits) : broken,
    close: () => {},
    [Symbol.dispose]: () => {},
  };
}

/** Marks an error that the kubelet sent in the name of the API server. */
async function checked(
  response: TextResponse,
  sent: { readonly methods: readonly string[]; readonly object: Relay['object'] },
  apiServer: ApiServer,
): Promise<TextResponse> {
  if (![401, 403, 404].includes(response.status)) return response;
  const { markForged } = await import('./mark-forged.ts');
  return markForged(response, sent, apiServer);
}

function nodeProxy(name: string): Relay {
  return {
    toPath: (path) => `/api/v1/nodes/${name}/proxy${path}`,
    object: { resource: 'nodes', subresource: 'proxy', name },
  };
}

interface PodPlace {
  readonly namespace: string;
  readonly name: string;
}

function pathOfPod({ namespace, name }: PodPlace): string {
  return `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}`;
}

/** The path for the log of a pod, as kubectl reads it. Requests must have the kubelet's path, /containerLogs. */
export function podLog({ namespace, name }: PodPlace): Relay {
  const log = `${pathOfPod({ namespace, name })}/log`;
  const own = `/containerLogs/${[namespace, name].map(encodeURIComponent).join('/')}/`;
  return {
    toPath: (path) => {
      const [container = '', query = ''] = path.slice(own.length).split('?');
      return `${log}?container=${container}${query && `&${query}`}`;
    },
    object: { resource: 'pods', subresource: 'log', namespace, name },
  };
}

/** Answers a kubelet's `GET /pods` with one pod, as the API server has it: that requires fewer permissions than the node proxy. */
export function podItself({ namespace, name }: PodPlace): Relay {
  const path = pathOfPod({ namespace, name });
  const object = { resource: 'pods', namespace, name };
  return { toPath: () => path, object, isOfApiServer: true };
}

/** The paths for streams of a pod, such as `exec`. They name the pod, not the node. Only requests for exec are sent without `dial`. */
export function podStreams({ namespace, name }: PodPlace): Relay {
  const pod = pathOfPod({ namespace, name });
  return {
    toPath: (path) => pod + path,
    object: { resource: 'pods', subresource: 'exec', namespace, name },
    isStream: true,
  };
}
