import type { ClientRequest, IncomingMessage } from 'node:http';
import { Agent, createServer, request as httpsRequest } from 'node:https';
import type { Server } from 'node:net';
import type { Duplex } from 'node:stream';
import type { KeyPair } from '../kit/certificates.ts';

export interface ProxyOptions {
  /** Serving certificate of the proxy. Another CA than the cluster's signed it. */
  readonly serving: KeyPair;
  /** URL of the API server. `admin` is a client certificate that may impersonate users. `ca` is the CA of the cluster. */
  readonly server: string;
  readonly admin: KeyPair;
  readonly ca: string;
  /** The user that the proxy impersonates for each token. */
  readonly callers: ReadonlyMap<
    string,
    { readonly user: string; readonly groups: readonly string[] }
  >;
}

/** Prefix of all URL paths, as Rancher's URLs of clusters have it. */
export const proxyPath = '/k8s/clusters/c-m-sandbox';

const unauthorized = JSON.stringify({
  kind: 'Status',
  apiVersion: 'v1',
  status: 'Failure',
  message: 'Unauthorized',
  reason: 'Unauthorized',
  code: 401,
});

/** Creates a proxy that accepts its own tokens and impersonates users at the API server, as Rancher, Teleport and Tailscale do. */
export function impersonatingProxy(options: ProxyOptions): Server {
  const agent = new Agent({ keepAlive: true });
  const onward = (request: IncomingMessage) => {
    const [, token = ''] = /^Bearer (.+)$/.exec(request.headers.authorization ?? '') ?? [];
    const caller = options.callers.get(token);
    if (!caller || !request.url?.startsWith(proxyPath)) return undefined;
    const { authorization: _, host: __, ...headers } = request.headers;
    const url = new URL(options.server + request.url.slice(proxyPath.length));
    return httpsRequest(url, {
      method: request.method ?? 'GET',
      headers: {
        ...headers,
        'impersonate-user': caller.user,
        'impersonate-group': [...caller.groups],
      },
      ...options.admin,
      ca: options.ca,
      agent,
    });
  };
  const server = createServer(options.serving, (request, response) => {
    const asked = onward(request);
    if (!asked) {
      response.writeHead(401, { 'content-type': 'application/json' }).end(unauthorized);
      return;
    }
    asked.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.on('error', () => response.destroy()).pipe(response);
    });
    asked.on('error', () => response.destroy());
    response.once('close', () => asked.destroy());
    request.pipe(asked);
  });
  server.on('upgrade', (request, socket, head) => passUpgrade(onward(request), socket, head));
  return server;
}

/** Passes the upgrade response of the API server on unchanged, and then all data in both directions. */
function passUpgrade(asked: ClientRequest | undefined, socket: Duplex, head: Buffer): void {
  if (!asked) {
    socket.end('HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n');
    return;
  }
  const statusLine = ({ statusCode, statusMessage, rawHeaders }: IncomingMessage) => {
    const lines = rawHeaders.flatMap((name, index) =>
      index % 2 === 0 ? [`${name}: ${rawHeaders[index + 1]}`] : [],
    );
    return `HTTP/1.1 ${statusCode} ${statusMessage}\r\n${lines.join('\r\n')}\r\n\r\n`;
  };
  asked.on('upgrade', (answer, other: Duplex, first: Buffer) => {
    socket.write(statusLine(answer));
    socket.write(first);
    other.write(head);
    other.on('error', () => socket.destroy()).pipe(socket);
    socket.on('error', () => other.destroy()).pipe(other);
  });
  asked.on('response', (answer) => {
    socket.write(statusLine(answer));
    answer.pipe(socket);
  });
  asked.on('error', () => socket.destroy());
  asked.end();
}
