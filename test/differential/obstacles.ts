import { createServer } from 'node:net';
import { type Case, usesDefaultServer } from './case.ts';
import { listenWhenFree, serverKinds } from './servers.ts';

/** Undefined if the case can run on this machine. */
export type Obstacle = (testCase: Case) => string | undefined;

/** Checks whether this machine has root, IPv6 and a free default port. The returned function uses these results. */
export async function findObstacles(): Promise<Obstacle> {
  const root = process.platform === 'linux' && process.getuid?.() === 0;
  const ipv6 = await canListen('::1');
  const { port = 0 } = serverKinds['default'] ?? {};
  const free = await canListen('127.0.0.1', port);
  return (testCase) => {
    if (testCase.mount !== undefined && !root)
      return 'needs root, to mount what only this case sees';
    if (!ipv6 && JSON.stringify(testCase).includes('[::')) return 'needs IPv6';
    if (!ipv6 && /\{\{https?6/.test(JSON.stringify(testCase))) return 'needs IPv6';
    if (usesDefaultServer(testCase) && !free) return `port ${port} is in use`;
    return undefined;
  };
}

async function canListen(host: string, port?: number): Promise<boolean> {
  try {
    const { stop } = await listenWhenFree(createServer(), host, port);
    await stop();
    return true;
  } catch {
    return false;
  }
}
