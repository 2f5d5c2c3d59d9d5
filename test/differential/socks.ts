import { createServer, type Socket } from 'node:net';
import { listen } from '../sandbox/listen.ts';
import type { Recording } from './recording.ts';
import type { RunningServer } from './servers.ts';
import { type PortOf, tunnel } from './tunnel.ts';

const noAuthentication = 0;
const userAndPassword = 2;

/** Starts a SOCKS5 proxy (RFC 1928, RFC 1929) that supports only CONNECT. */
export async function startSocksProxy(
  name: string,
  recording: Recording,
  portOf: PortOf,
): Promise<RunningServer> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    serve(socket, name, recording, portOf).catch(() => socket.destroy());
  });
  const { port, stop } = await listen(server, '127.0.0.1');
  return { name, url: `socks5://127.0.0.1:${port}`, port, stop };
}

async function serve(
  socket: Socket,
  name: string,
  recording: Recording,
  portOf: PortOf,
): Promise<void> {
  const methods = await take(socket, (await take(socket, 2))[1] ?? 0);
  const method = methods.includes(userAndPassword) ? userAndPassword : noAuthentication;
  socket.write(Buffer.from([5, method]));
  const authorization = method === userAndPassword ? await credentials(socket) : undefined;
  const target = await requestedTarget(socket);
  recording.proxies.push({
    proxy: name,
    target,
    ...(authorization === undefined ? {} : { authorization }),
  });
  const onward = tunnel(recording, name, portOf(target), socket);
  onward.once('connect', () => {
    socket.write(Buffer.from([5, 0, 0, 1, 127, 0, 0, 1, 0, 0]));
    socket.pipe(onward).pipe(socket);
  });
}

async function credentials(socket: Socket): Promise<string> {
  const user = await take(socket, (await take(socket, 2))[1] ?? 0);
  const password = await take(socket, (await take(socket, 1))[0] ?? 0);
  socket.write(Buffer.from([1, 0]));
  return `${user}:${password}`;
}

async function requestedTarget(socket: Socket): Promise<string> {
  const type = (await take(socket, 4))[3];
  const host = await requestedHost(socket, type);
  return `${host}:${(await take(socket, 2)).readUInt16BE()}`;
}

async function requestedHost(socket: Socket, type: number | undefined): Promise<string> {
  if (type === 1) return (await take(socket, 4)).join('.');
  if (type === 3) return String(await take(socket, (await take(socket, 1))[0] ?? 0));
  const words = (await take(socket, 16)).toString('hex').match(/.{4}/g) ?? [];
  return new URL(`http://[${words.join(':')}]`).hostname;
}

/** Reads exactly `count` bytes. Later bytes stay in the socket. */
async function take(socket: Socket, count: number): Promise<Buffer> {
  if (count === 0) return Buffer.alloc(0);
  for (;;) {
    const bytes = socket.read(count) as Buffer | null;
    if (bytes?.length === count) return bytes;
    if (bytes || socket.readableEnded || socket.destroyed) throw new Error('the client went away');
    await new Promise<void>((resolve) => {
      socket.once('readable', resolve);
      socket.once('close', resolve);
    });
  }
}
