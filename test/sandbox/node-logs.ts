import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ContainerLog } from './container-log.ts';

/** One entry of the journal. */
export interface JournalEntry {
  /** When journald received it, in µs since 1970. */
  readonly atUs: number;
  /** Without `.service`. */
  readonly unit: string;
  readonly message: string;
  /** By default `node`. */
  readonly hostname?: string;
}

/** What a kubelet serves as logs, for tests to change. */
export interface NodeLogs {
  /** Its /var/log. */
  readonly folder: string;
  /** Whether log queries are on, as on the real clusters of the tests; kubelets have them off by default. */
  isQueryOn: boolean;
  /** Empty for a node without journald. */
  journal: JournalEntry[];
  /** Whether the kubelet logs each request, as from level 3 on. */
  hasRequests: boolean;
  /** Minutes of the node's local time ahead of UTC. */
  zoneMinutes: number;
  /** The log of the container `web`. */
  readonly web: ContainerLog;
}

export function createNodeLogs(directory: string, node: string): NodeLogs {
  const folder = join(directory, node, 'var/log');
  mkdirSync(join(folder, 'pods'), { recursive: true });
  return {
    folder,
    isQueryOn: true,
    journal: [],
    hasRequests: false,
    zoneMinutes: 0,
    web: new ContainerLog('hello from web'),
  };
}
