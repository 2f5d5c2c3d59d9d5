import { once } from 'node:events';
import { createServer, isIP, type Server, type Socket } from 'node:net';
import { Failure } from '../../errors.ts';
import { formatHostPort, type HostPort } from '../../kubelet/address.ts';
import { codeOf as systemCode } from '../files/read-file.ts';
import { tryAgain } from '../try-again.ts';

/** Whoever has connected to a port of this machine. */
export type Client = Socket;

export interface LocalAddress {
  readonly host: string;
  /** Whether a machine without such addresses does without it, as one without IPv6. */
  readonly isOptional: boolean;
}

/** `localhost` is 127.0.0.1 and ::1; anything else must be an IP address. Undefined if it is not. */
export function parseLocalAddress(text: string): readonly LocalAddress[] | undefined {
  if (text === 'localhost') return ['127.0.0.1', '::1'].map((host) => ({ host, isOptional: true }));
  return isIP(text) === 0 || isMapped(text) ? undefined : [{ host: text, isOptional: false }];
}

/** An IPv4 address in an IPv6 one, in any spelling: `::ffff:127.0.0.1`. It cannot be listened on. */
export function isMapped(text: string): boolean {
  return isIP(text) === 6 && /^\[::ffff:[\da-f]+:[\da-f]+\]$/.test(canonicalHost(text));
}

function canonicalHost(ipv6: string): string {
  return new URL(`http://[${ipv6.replace(/%.*$/s, '')}]`).hostname;
}

/** Whether only programs of this machine can connect to it. */
export function isLoopback(host: string): boolean {
  return host === '::1' || /^127\./.test(host);
}

/** The listeners of one port, on one or more addresses. */
export interface Listening {
  readonly hosts: readonly string[];
  readonly port: number;
  close(): void;
}

/** The port that the system chose may be in use on the next address. */
const mostAttempts = 10;

/**
 * Listens on all addresses at one port; 0 for a port that is free. Clients come paused, and may end their side alone. Throws a
 * Failure if a port cannot be had: a client that goes to the other address must not meet another program.
 */
export function listenLocally(
  addresses: readonly LocalAddress[],
  port: number,
  connected: (client: Client) => void,
): Promise<Listening> {
  return tryAgain(
    () => listenOnce(addresses, port, connected),
    ({ error }, count) => {
      const isTaken = error instanceof Failure && systemCode(error.cause) === 'EADDRINUSE';
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
    // A connection that cannot be accepted, as without free files, is lost alone.
    server.on('error', () => {});
    try {
      // An address of both families would take the port from programs that listen on one of them.
      server.listen({ host, port, ipv6Only: host.includes(':') });
      await once(server, 'listening');
    } catch (error) {
      absent = listenFailure(error as NodeJS.ErrnoException, { host, port });
      if (isOptional && hasNoAddress(systemCode(error))) continue;
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

/** Whether this machine has no such address, such as one of IPv6. */
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
