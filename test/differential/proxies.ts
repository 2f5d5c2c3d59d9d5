import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { Socket } from 'node:net';
import type { KeyPair } from '../kit/certificates.ts';
import { listen } from '../sandbox/listen.ts';
import type { Answer } from './case.ts';
import type { ServingName } from './materials.ts';
import type { Recording } from './recording.ts';
import { type RunningServer, shownInTls } from './servers.ts';
import { startSocksProxy } from './socks.ts';
import { type PortOf, tunnel } from './tunnel.ts';

/** Kinds of proxies. A proxy with `serving` uses TLS with this certificate. */
const proxyKinds: Readonly<Record<string, { readonly serving?: ServingName }>> = {
  proxy: {},
  secondProxy: {},
  httpsProxy: { serving: 'https' },
  otherCaProxy: { serving: 'otherCa' },
  otherNameProxy: { serving: 'otherName' },
};

export const proxyNames = [...Object.keys(proxyKinds), 'socks'];

export interface ProxySettings {
  readonly name: string;
  readonly recording: Recording;
  readonly serving: Readonly<Record<ServingName, KeyPair>>;
  readonly answers: readonly Answer[];
  readonly portOf: PortOf;
}

/** Starts a proxy that accepts CONNECT and plain requests, and that records each request. */
export async function startProxy(settings: ProxySettings): Promise<RunningServer> {
  const { name, recording, serving } = settings;
  if (name === 'socks') return startSocksProxy(name, recording, settings.portOf);
  const pair = proxyKinds[name]?.serving;
  const plain = (incoming: IncomingMessage, response: ServerResponse) =>
    forward(settings, incoming, response);
  const server = pair
    ? createSecureServer({ ...serving[pair], requestCert: true, rejectUnauthorized: false }, plain)
    : createServer(plain);
  const left = [...settings.answers];
  server.on('connect', (incoming, socket, head) => {
    note(settings, incoming);
    const status = left.shift();
    if (status !== undefined) {
      socket.end(`HTTP/1.1 ${status} Refused\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    const onward = tunnel(recording, name, settings.portOf(incoming.url ?? ''), socket);
    onward.once('connect', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      onward.write(head);
      socket.pipe(onward).pipe(socket);
    });
  });
  const { port, stop } = await listen(server, '127.0.0.1');
  return { name, url: `${pair ? 'https' : 'http'}://127.0.0.1:${port}`, port, stop };
}

function note({ name, recording }: ProxySettings, incoming: IncomingMessage): void {
  const authorization = incoming.headers['proxy-authorization'];
  recording.proxies.push({
    proxy: name,
    target: incoming.url ?? '',
    ...shownInTls(incoming.socket),
    ...(authorization === undefined ? {} : { authorization }),
  });
}

function forward(
  settings: ProxySettings,
  incoming: IncomingMessage,
  response: ServerResponse,
): void {
  note(settings, incoming);
  const { recording, name, portOf } = settings;
  const url = URL.canParse(incoming.url ?? '') ? new URL(incoming.url ?? '') : undefined;
  const onward = request(
    {
      host: '127.0.0.1',
      port: portOf(url?.host ?? ''),
      method: incoming.method,
      path: url ? url.pathname + url.search : incoming.url,
      headers: incoming.rawHeaders,
      agent: false,
    },
    (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    },
  );
  onward.on('socket', (socket: Socket) =>
    socket.once('connect', () => recording.proxyOfPort.set(socket.localPort ?? 0, name)),
  );
  onward.on('error', () => response.destroy());
  incoming.pipe(onward);
}
