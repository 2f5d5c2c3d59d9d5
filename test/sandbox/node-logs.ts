import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ContainerLog } from './container-log.ts';

/** One entry of the journal. */
export interface JournalEntry {
  /** When journald received the entry, in µs since 1970. */
  readonly atUs: number;
  /** The name of the unit, without `.service`. */
  readonly unit: string;
  readonly message: string;
  /** The name of the host; by default `node`. */
  readonly hostname?: string;
}

export interface NodeLogs {
  /** The path of the node's /var/log. */
  readonly folder: string;
  /** Whether log queries are enabled, as on the real clusters of the tests. Kubelets disable them by default. */
  isQueryOn: boolean;
  /** The entries of the journal; empty for a node without journald. */
  journal: JournalEntry[];
  /** Whether the kubelet logs each request, as it does from log level 3 on. */
  hasRequests: boolean;
  /** Minutes by which the local time of the node is ahead of UTC. */
  zoneMinutes: number;
  /** The log of the container `web`. */
  readonly web: ContainerLog;
}

export function createNodeLogs(directory: string, node: string): NodeLogs {
  let made: string | undefined;
  return {
    // Created when it is read: most tests read no log files.
    get folder() {
      if (made === undefined) {
        made = join(directory, node, 'var/log');
        mkdirSync(join(made, 'pods'), { recursive: true });
      }
      return made;
    },
    isQueryOn: true,
    journal: [],
    hasRequests: false,
    zoneMinutes: 0,
    web: new ContainerLog('hello from web'),
  };
}
