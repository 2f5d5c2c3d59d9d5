import {
  request as httpRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type ServerResponse,
} from 'node:http';
import { allow, verbOf } from './allow.ts';
import type { Authorizer, Identity } from './authorizer.ts';
import { DialError, type KubeletAgent } from './dial.ts';
import { answeredInBetween, type InBetween } from './in-between.ts';
import { logStatus } from './log-status.ts';
import { hostAndPort, locationOf, lookupFailure, type NodeLocation } from './node-location.ts';
import { readBody, sendStatus } from './respond.ts';
import type { Store, StoredObject } from './store.ts';

/** Objects and functions that the API server needs to call kubelets. */
export interface NodeProxy {
  readonly store: Store;
  readonly authorizer: Authorizer;
  readonly agent: KubeletAgent;
  /** Returns where the API server calls a kubelet. Set only if callers reach kubelets at other addresses. */
  readonly placeOf: ((node: string) => NodeLocation | undefined) | undefined;
  /** Whether a listed node has been deleted. */
  readonly isDeleted: (node: string) => boolean;
  readonly inBetween: InBetween | undefined;
  /** Returns the error of a broken tunnel to the nodes; undefined while the tunnel works. */
  readonly tunnelFailure: () => string | undefined;
}

/** Serves `/api/v1/nodes/NAME/proxy/PATH`: passes the answer of the kubelet on. */
export function proxyToNode(
  proxy: NodeProxy,
  who: Identity,
  target: { readonly node: string; readonly path: string },
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const method = request.method ?? 'GET';
  const { node: name, path } = target;
  const attributes = { verb: verbOf(method), apiGroup: '', resource: 'nodes/proxy', name };
  if (!allow(proxy.authorizer, who, attributes, response)) return;
  if (answeredInBetween(proxy.inBetween, who, attributes, response)) return;
  const location = locationNamed(proxy, name, 'nodes', response);
  if (!location) return;
  const unresolved = lookupFailure(location.host);
  if (unresolved !== undefined) return sendStatus(response, 400, unresolved);
  const { authorization: _, host: __, connection: ___, ...headers } = request.headers;
  const kept = Object.fromEntries(
    Object.entries(headers).filter(([header]) => !header.startsWith('impersonate-')),
  );
  if (proxy.inBetween === 'no-upgrade') delete kept['upgrade'];
  // A request with Upgrade is sent without its query, because only its failure is passed on.
  const upgrades = kept['upgrade'] !== undefined;
  const asked = upgrades ? path.replace(/\?.*/, '') : path;
  ask(proxy, { ...location, method, path: asked, headers: kept }, request, response, {
    answered: (answer) =>
      upgrades && (answer.statusCode ?? 0) < 300
        ? sendStatus(response, 500, `invalid upgrade response: status code ${answer.statusCode}`)
        : passOn(answer, response),
    failed: (words) => sendStatus(response, 503, `error trying to reach service: ${words}`),
  });
}

const streamQuery = { stdin: 'input', stdout: 'output', stderr: 'error', tty: 'tty' } as const;

/** Answers exec and attach requests that open no stream, with the error of the kubelet. */
export function askForStream(
  proxy: NodeProxy,
  minor: number,
  who: Identity,
  target: { readonly namespace: string; readonly name: string; readonly kind: string },
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const { namespace, name, kind } = target;
  const method = request.method ?? 'GET';
  const may = (verb: string) => ({
    ...{ verb, apiGroup: '', resource: `pods/${kind}`, name, namespace },
  });
  const attributes = may(verbOf(method));
  if (!allow(proxy.authorizer, who, attributes, response)) return;
  // The feature gate AuthorizePodWebsocketUpgradeCreatePermission also requires the verb create for a WebSocket.
  const mayCreate = proxy.authorizer.authorize(who, may('create')).allowed;
  if (minor >= 35 && !mayCreate && request.headers.upgrade === 'websocket')
    return sendStatus(response, 403, `pods "${name}" is forbidden: `, {
      name,
      kind: 'pods',
    });
  if (answeredInBetween(proxy.inBetween, who, attributes, response)) return;
  const pod = podNamed(proxy.store, { namespace, name }, response);
  if (!pod) return;
  const { nodeName, containers } = pod['spec'] as {
    nodeName: string;
    containers: readonly { readonly name: string }[];
  };
  const { searchParams } = new URL(request.url ?? '/', 'https://apiserver');
  const container = searchParams.get('container') ?? containers[0]?.name ?? '';
  const bad = (message: string) => sendStatus(response, 400, message);
  if (containers.every((each) => each.name !== container))
    return bad(`container ${container} is not valid for pod ${name}`);
  const upgrade = proxy.inBetween === 'no-upgrade' ? undefined : request.headers.upgrade;
  if (upgrade === undefined) return bad('Upgrade request required');
  const location = locationNamed(proxy, nodeName, 'pods', response);
  if (!location) return;
  const query = new URLSearchParams(
    Object.entries(streamQuery).flatMap(([asked, sent]) =>
      searchParams.get(asked) === 'true' ? [[sent, '1']] : [],
    ),
  );
  const path = `/${kind}/${namespace}/${name}/${container}?${query}`;
  const protocol = request.headers['sec-websocket-protocol'];
  const headers = {
    upgrade,
    ...(protocol !== undefined && { 'sec-websocket-protocol': protocol }),
  };
  ask(proxy, { ...location, method, path, headers }, undefined, response, {
    answered: (answer) => passOn(answer, response),
    failed: (words) => sendStatus(response, 500, `error dialing backend: ${words}`),
  });
}

/** `query` has the container, and the log options of kubelets. */
export interface PodLog {
  readonly namespace: string;
  readonly name: string;
  readonly query: URLSearchParams;
}

/** Serves pods/log. Turns an error of the kubelet into a Status with `( pods/log POD)` after the message. */
export function serveLog(
  proxy: NodeProxy,
  who: Identity,
  { namespace, name, query }: PodLog,
  response: ServerResponse,
): void {
  const attributes = { verb: 'get', apiGroup: '', resource: 'pods/log', name, namespace };
  if (!allow(proxy.authorizer, who, attributes, response)) return;
  if (answeredInBetween(proxy.inBetween, who, attributes, response)) return;
  const pod = podNamed(proxy.store, { namespace, name }, response);
  if (!pod) return;
  // For a deleted node, the error of kube-apiserver names the resource pods.
  const { nodeName, containers = [] } = pod['spec'] as {
    nodeName: string;
    containers?: readonly { readonly name: string }[];
  };
  const location = locationNamed(proxy, nodeName, 'pods', response);
  if (!location) return;
  const { host, port } = location;
  const { container = containers[0]?.name, ...onward } = Object.fromEntries(query);
  const search = new URLSearchParams(onward).toString();
  const path = `/containerLogs/${namespace}/${name}/${container}${search && `?${search}`}`;
  const failed = (words: string) =>
    sendStatus(response, 500, `Get "https://${hostAndPort(host, port)}${path}": ${words}`);
  const unresolved = lookupFailure(host);
  if (unresolved !== undefined) return failed(`dial tcp: ${unresolved}`);
  ask(proxy, { host, port, method: 'GET', path, headers: {} }, undefined, response, {
    answered: (answer) => {
      const code = answer.statusCode ?? 500;
      if (code === 200) return passOn(answer, response);
      void readBody(answer).then((words) => {
        const { reason, message } = logStatus(code, words, name);
        sendStatus(response, code, message, { name, kind: 'pods/log' }, reason);
      });
    },
    failed,
  });
}

/** Returns a pod. Sends a 404 if it does not exist. */
function podNamed(
  store: Store,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  response: ServerResponse,
): StoredObject | undefined {
  const pod = store.get('pods', `${namespace}/${name}`);
  if (!pod) sendStatus(response, 404, `pods "${name}" not found`, { name, kind: 'pods' });
  return pod;
}

/** Returns the address of a node's kubelet. Sends kube-apiserver's error if the node does not exist or has no usable address. */
function locationNamed(
  { store, isDeleted, placeOf }: NodeProxy,
  name: string,
  kind: 'nodes' | 'pods',
  response: ServerResponse,
): Exclude<NodeLocation, { message: string }> | undefined {
  const node = isDeleted(name) ? undefined : store.get('nodes', name);
  if (!node) {
    sendStatus(response, 404, `${kind} "${name}" not found`, { name, kind });
    return undefined;
  }
  const location = placeOf?.(name) ?? locationOf(node);
  if (!('message' in location)) return location;
  sendStatus(response, 500, location.message);
  return undefined;
}

interface KubeletRequest {
  readonly host: string;
  readonly port: number;
  readonly method: string;
  readonly path: string;
  readonly headers: OutgoingHttpHeaders;
}

interface Outcome {
  answered(answer: IncomingMessage): void;
  /** Called with the error message of a Go program. */
  failed(words: string): void;
}

/** Sends a request to a kubelet as kube-apiserver, until the caller disconnects. */
function ask(
  proxy: NodeProxy,
  request: KubeletRequest,
  body: IncomingMessage | undefined,
  response: ServerResponse,
  outcome: Outcome,
): void {
  const broken = proxy.tunnelFailure();
  if (broken !== undefined) return outcome.failed(broken);
  const onward = httpRequest({ ...request, agent: proxy.agent }, outcome.answered);
  response.once('close', () => onward.destroy());
  onward.on('error', (error: NodeJS.ErrnoException) => {
    if (response.headersSent || response.destroyed) response.destroy();
    // The kubelet has closed an idle connection. Like Go, sends the request again over a new connection.
    else if (onward.reusedSocket && error.code === 'ECONNRESET' && request.method === 'GET')
      ask(proxy, request, body, response, outcome);
    else outcome.failed(error instanceof DialError ? error.message : brokenWords(error));
  });
  if (body) body.pipe(onward);
  else onward.end();
}

/** The error of Go for an invalid or missing response. */
function brokenWords({ code, rawPacket }: Error & { code?: string; rawPacket?: Buffer }): string {
  if (!code?.startsWith('HPE_')) return 'EOF';
  const [line = ''] = (rawPacket?.toString('latin1') ?? '').split('\r\n');
  return `net/http: HTTP/1.x transport connection broken: malformed HTTP response ${JSON.stringify(line)}`;
}

function passOn(answer: IncomingMessage, response: ServerResponse): void {
  const { connection: _, ...headers } = answer.headers;
  response.writeHead(answer.statusCode ?? 502, headers);
  answer.on('error', () => response.destroy()).pipe(response);
}
