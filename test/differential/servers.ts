import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer, type Server as SecureServer } from 'node:https';
import type { Server as NetServer } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import type { KeyPair } from '../kit/certificates.ts';
import { type Listener, listen } from '../sandbox/listen.ts';
import type { Answer } from './case.ts';
import type { ServingName } from './materials.ts';
import { askedFor } from './programs.ts';
import type { RecordedRequest, Recording } from './recording.ts';

interface ServerKind {
  readonly host: string;
  /** The name of the serving certificate; undefined for plain http. */
  readonly serving?: ServingName;
  /** The fixed port of the default server. */
  readonly port?: number;
}

/** Kinds of servers by name: {{name}} is the URL of a server, {{name.port}} its port. */
export const serverKinds: Readonly<Record<string, ServerKind>> = {
  https: { host: '127.0.0.1', serving: 'https' },
  https6: { host: '::1', serving: 'https' },
  http: { host: '127.0.0.1' },
  http6: { host: '::1' },
  secondHttps: { host: '127.0.0.1', serving: 'https' },
  default: { host: '127.0.0.1', port: 8080 },
  otherCaHttps: { host: '127.0.0.1', serving: 'otherCa' },
  commonNameOnly: { host: '127.0.0.1', serving: 'commonNameOnly' },
  clientAuthOnly: { host: '127.0.0.1', serving: 'clientAuthOnly' },
  expired: { host: '127.0.0.1', serving: 'expired' },
  otherName: { host: '127.0.0.1', serving: 'otherName' },
  manyNames: { host: '127.0.0.1', serving: 'manyNames' },
  leafOfIntermediate: { host: '127.0.0.1', serving: 'leafOfIntermediate' },
  chainOfIntermediate: { host: '127.0.0.1', serving: 'chainOfIntermediate' },
};

export interface RunningServer extends Listener {
  readonly name: string;
  readonly url: string;
}

export async function startServer(
  name: string,
  recording: Recording,
  serving: Readonly<Record<ServingName, KeyPair>>,
  answers: readonly Answer[],
): Promise<RunningServer> {
  const kind = serverKinds[name];
  if (!kind) throw new Error(`no server is called ${name}`);
  const left = [...answers];
  const listener: RequestListener = (request, response) => {
    // Ignores requests of other programs, because they may call the fixed port, too.
    if (kind.port !== undefined && !request.url?.includes(askedFor)) {
      request.socket.destroy();
      return;
    }
    recording.requests.push(recorded(name, request, recording));
    const answer = left.shift() ?? 200;
    if (answer === 'never') return;
    response.writeHead(answer, { 'content-type': 'text/plain' });
    response.end(answer === 200 ? 'ok' : 'no');
  };
  const server: Server | SecureServer = kind.serving
    ? createSecureServer(
        { ...serving[kind.serving], requestCert: true, rejectUnauthorized: false },
        listener,
      )
    : createServer(listener);
  const { port, stop } = await listenWhenFree(server, kind.host, kind.port);
  const host = kind.host.includes(':') ? `[${kind.host}]` : kind.host;
  return {
    name,
    url: `${kind.serving ? 'https' : 'http'}://${host}:${port}`,
    ...{ port, stop },
  };
}

function recorded(name: string, request: IncomingMessage, recording: Recording): RecordedRequest {
  const by = recording.proxyOfPort.get(request.socket.remotePort ?? 0);
  const impersonate = impersonation(request.rawHeaders);
  const { authorization } = request.headers;
  return {
    server: name,
    ...(by === undefined ? {} : { by }),
    method: request.method ?? '',
    path: request.url ?? '',
    host: request.headers.host ?? '',
    ...shownInTls(request.socket),
    ...(authorization === undefined ? {} : { authorization }),
    ...(Object.keys(impersonate).length === 0 ? {} : { impersonate }),
  };
}

/** Returns the server name (SNI) that the client requested, and the common name of the client's certificate. */
export function shownInTls(socket: object): { serverName?: string; certificate?: string } {
  if (!('getPeerCertificate' in socket)) return {};
  const secure = socket as TLSSocket & { servername?: string | false };
  const shown = secure.getPeerCertificate();
  const name = Object.keys(shown).length === 0 ? undefined : String(shown.subject.CN);
  return {
    ...(secure.servername ? { serverName: secure.servername } : {}),
    ...(name === undefined ? {} : { certificate: name }),
  };
}

function impersonation(rawHeaders: readonly string[]): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const header = rawHeaders[at]?.toLowerCase() ?? '';
    const value = rawHeaders[at + 1] ?? '';
    if (header.startsWith('impersonate-')) found[header] = [...(found[header] ?? []), value];
  }
  return Object.fromEntries(Object.entries(found).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The time limit in ms for waiting until a port is free. Another run of these tests uses a port for a shorter time. */
const busyMs = 10_000;

/** Listens on a port, by default on any free port. Waits while the port is in use. */
export async function listenWhenFree(server: NetServer, host: string, port = 0): Promise<Listener> {
  for (const end = Date.now() + busyMs; ; )
    try {
      return await listen(server, host, port);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'EADDRINUSE' || Date.now() > end) throw error;
      await setTimeout(50);
    }
}
