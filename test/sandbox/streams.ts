import { type IncomingMessage, type Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';

/** Handles a stream, as a container does. */
export type StreamEnd = (socket: WebSocket, request: IncomingMessage) => void;

/** Result of a command. `code` is undefined if the program does not exist. */
export interface Ran {
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** The handlers of the streams of a kubelet. */
export interface Streams {
  /** Handles exec and attach. */
  end: StreamEnd;
  /** Handles port-forward. */
  port: StreamEnd;
  /** Runs a command of `/run`; by default a kubelet has a few commands. */
  run?: (command: readonly string[], path: string) => Promise<Ran>;
}

const paths = /^\/(?:exec|attach|portForward)\//;

export function isStream({ headers, url = '' }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket' && paths.test(url);
}

/** Whether a request asks for a stream with a subprotocol that kubelets support. Kubelets reject other requests. */
export function opensStream(request: IncomingMessage): boolean {
  const { headers, url = '' } = request;
  const query = new URL(url, 'https://kubelet').searchParams;
  const names = ['input', 'output', 'error', 'tty', 'stdin', 'stdout', 'stderr', 'port'];
  const isForward = /\/port[fF]orward/.test(url);
  return (
    headers.upgrade?.toLowerCase() === 'websocket' &&
    (isForward || names.some((name) => query.has(name))) &&
    /channel\.k8s\.io|portforward\.k8s\.io/.test(headers['sec-websocket-protocol'] ?? '')
  );
}

/** The subprotocols of kubelets: v5 since 1.36. */
export function protocolsOf(minor: number): readonly string[] {
  const old = ['v4.channel.k8s.io', 'channel.k8s.io'];
  return minor >= 36 ? ['v5.channel.k8s.io', ...old] : old;
}

/** Handles requests with Upgrade: `serve` sends a response, or calls `accept` to open a WebSocket. */
export function serveUpgrades(
  server: Server,
  serve: (
    request: IncomingMessage,
    response: ServerResponse,
    accept: (protocols: readonly string[], end: StreamEnd) => void,
  ) => void,
): void {
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => {});
    const response = new ServerResponse(request);
    response.assignSocket(socket as never);
    response.shouldKeepAlive = false;
    response.on('finish', () => socket.end());
    serve(request, response, (protocols, end) => {
      response.detachSocket(socket as never);
      upgrade(request, socket, head, protocols, end);
    });
  });
}

function upgrade(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  protocols: readonly string[],
  end: StreamEnd,
): void {
  const asked = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((p) => p.trim());
  const chosen = asked.find((protocol) => protocols.includes(protocol));
  if (chosen === undefined) {
    socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n');
    return;
  }
  const accepting = new WebSocketServer({ noServer: true, handleProtocols: () => chosen });
  accepting.handleUpgrade(request, socket, head, (connection) => {
    connection.on('error', () => {});
    end(connection, request);
  });
}

const channel = { stdin: 0, stdout: 1, stderr: 2, status: 3, resize: 4, close: 255 } as const;

export function send(socket: WebSocket, name: keyof typeof channel, data: string | Buffer): void {
  socket.send(Buffer.concat([Buffer.of(channel[name]), Buffer.from(data)]));
}

/** The status of a command that exited with this code. */
export function ended(code: number): object {
  if (code === 0) return { metadata: {}, status: 'Success' };
  return {
    metadata: {},
    status: 'Failure',
    message: `command terminated with non-zero exit code: exit status ${code}`,
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: String(code) }] },
  };
}

export function exit(socket: WebSocket, code: number): void {
  send(socket, 'status', JSON.stringify(ended(code)));
  socket.close(1000);
}

/** A container with a few commands. Its main process echoes its input. */
export const container: StreamEnd = (socket, request) => {
  const query = new URL(request.url ?? '/', 'https://kubelet').searchParams;
  const [name, ...words] = query.getAll('command');
  const [, code] = /^exit (\d+)$/.exec(words[1] ?? '') ?? [];
  if (code !== undefined) return exit(socket, Number(code));
  switch (name) {
    case 'echo':
      send(socket, 'stdout', `${words.join(' ')}\n`);
      return exit(socket, 0);
    case 'warn':
      send(socket, 'stderr', `${words.join(' ')}\n`);
      return exit(socket, 0);
    case 'exit':
      return exit(socket, Number(words[0]));
    case 'date':
      send(socket, 'stdout', 'Thu Jan  1 00:00:00 UTC 2026\n');
      return exit(socket, 0);
    case 'cat':
    case 'sh':
    case undefined:
      if (words[0]?.startsWith('/')) send(socket, 'stdout', '127.0.0.1 localhost\n');
      else if (query.has('input') || query.has('stdin')) return readInput(socket, name !== 'sh');
      return exit(socket, 0);
    default:
      send(socket, 'status', JSON.stringify(notFound(name)));
      socket.close(1000);
  }
};

function readInput(socket: WebSocket, echoes: boolean): void {
  socket.on('message', (data: Buffer) => {
    if (echoes && data[0] === channel.stdin) {
      send(socket, 'stdout', data.subarray(1));
      if (socket.bufferedAmount > 1024 * 1024) {
        socket.pause();
        const timer = setInterval(() => {
          if (socket.bufferedAmount > 0) return;
          clearInterval(timer);
          socket.resume();
        }, 5);
      }
    }
    if (data[0] === channel.close) exit(socket, 0);
  });
}

/** The status of a command that does not exist. Source: containerd 2, through a kubelet of 1.37. */
export function notFound(name: string): object {
  return {
    metadata: {},
    status: 'Failure',
    message: `Internal error occurred: Internal error occurred: error executing command in container: failed to exec in container: failed to start exec "324342af6d16": OCI runtime exec failed: exec failed: unable to start container process: exec: "${name}": executable file not found in $PATH`,
    reason: 'InternalError',
    details: { causes: [{ message: 'error executing command in container' }] },
    code: 500,
  };
}
