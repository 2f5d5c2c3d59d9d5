import { once } from 'node:events';
import { createServer, isIP, type Server, type Socket } from 'node:net';
import { Failure } from '../../errors.ts';
import { formatHostPort, type HostPort } from '../../kubelet/address.ts';
import { codeOf } from '../files/read-file.ts';
import { tryAgain } from '../try-again.ts';

/** A connection of a program to a local port. */
export type Client = Socket;

export interface LocalAddress {
  readonly host: string;
  /** Whether the address is skipped if this machine does not have it, such as ::1 on a machine without IPv6. */
  readonly isOptional: boolean;
}

/** Parses `localhost` (127.0.0.1 and ::1) or an IP address; undefined for an IPv4 address mapped to IPv6, and for any other text. */
export function parseLocalAddress(text: string): readonly LocalAddress[] | undefined {
  if (text === 'localhost') return ['127.0.0.1', '::1'].map((host) => ({ host, isOptional: true }));
  return isIP(text) === 0 || isMapped(text) ? undefined : [{ host: text, isOptional: false }];
}

/**
 * Whether a text is an IPv4 address mapped to IPv6, such as `::ffff:127.0.0.1`, in any spelling. Programs cannot listen on such an address.
 */
export function isMapped(text: string): boolean {
  return isIP(text) === 6 && /^\[::ffff:[\da-f]+:[\da-f]+\]$/.test(canonicalHost(text));
}

function canonicalHost(ipv6: string): string {
  return new URL(`http://[${ipv6.replace(/%.*$/s, '')}]`).hostname;
}

export function isLoopback(host: string): boolean {
  return host === '::1' || /^127\./.test(host);
}

export interface Listening {
  readonly hosts: readonly string[];
  readonly port: number;
  close(): void;
}

/** Limit of attempts to find a free port. A port that the system chose for one address may be in use on the next address. */
const mostAttempts = 10;

/**
 * Listens on all addresses at `port`; 0 means any free port. Clients are paused when they connect, and may end their side first. Throws a
 * Failure if another program uses the port on one of the addresses, because clients could reach that program by mistake.
 */
export function listenLocally(
  addresses: readonly LocalAddress[],
  port: number,
  connected: (client: Client) => void,
): Promise<Listening> {
  return tryAgain(
    () => listenOnce(addresses, port, connected),
    ({ error }, count) => {
      const isTaken = error instanceof Failure && codeOf(error.cause) === 'EADDRINUSE';
      return port === 0 && isTaken && count < mostAttempts ? 0 : undefined;
    },
  );
}

async function listenOnce(
  addresses: readonly LocalAddress[],
  wanted: number,
  connected: (client: Client) => void,
): Promise<Listening> {
  const servers: Server[] = [];
  const hosts: string[] = [];
  const close = () => {
    for (const server of servers) server.close();
  };
  let port = wanted;
  let absent: Failure | undefined;
  for (const { host, isOptional } of addresses) {
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true });
    server.on('connection', connected);
    // If a connection cannot be accepted, for example because there are no free file descriptors, only that connection is lost.
    server.on('error', () => {});
    try {
      // Without ipv6Only, listening on an IPv6 address could also take the port on IPv4, which other programs may use.
      server.listen({ host, port, ipv6Only: host.includes(':') });
      await once(server, 'listening');
    } catch (error) {
      absent = listenFailure(error as NodeJS.ErrnoException, { host, port });
      if (isOptional && hasNoAddress(codeOf(error))) continue;
      close();
      throw absent;
    }
    servers.push(server);
    hosts.push(host);
    ({ port } = server.address() as { port: number });
  }
  if (hosts.length === 0 && absent) throw absent;
  return { hosts, port, close };
}

/** Whether the error means that this machine does not have the address, for example without IPv6. */
function hasNoAddress(code: string | undefined): boolean {
  return code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT';
}

function listenFailure(cause: NodeJS.ErrnoException, address: HostPort): Failure {
  const { code, message } = cause;
  const [problem, ...hints] = hasNoAddress(code)
    ? ['this machine has no such address']
    : code === 'EADDRINUSE'
      ? [
          'the port is in use',
          `let the system choose one: :REMOTE in place of ${address.port}:REMOTE`,
        ]
      : code === 'EACCES'
        ? ['permission denied', 'ports below 1024 may need more permission: choose a higher one']
        : [message];
  return new Failure(`cannot listen on ${formatHostPort(address)}: ${problem}`, { cause, hints });
}
