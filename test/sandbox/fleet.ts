import type { BlackHole } from './black-hole.ts';
import type { Fault } from './faults.ts';
import { type KubeletOptions, kubeletServer, type SandboxKubelet } from './kubelet.ts';
import { type Listener, listen } from './listen.ts';
import type { NodeContents } from './node-contents.ts';
import { createNodeLogs, type NodeLogs } from './node-logs.ts';
import { servingCertificate } from './serving-certificate.ts';
import type { Streams } from './streams.ts';

export interface FleetOptions {
  readonly nodes: number;
  /** Number of nodes that drop connections, spread evenly; by default 0. */
  readonly blackHoles?: number;
  /** Digits in the names of nodes; by default 4: node-0001. */
  readonly digits?: number;
}

export interface Fleet {
  readonly kubelets: readonly SandboxKubelet[];
  stop(): Promise<void>;
}

interface Member {
  readonly name: string;
  readonly host: string;
  readonly faults: ReadonlySet<Fault>;
  readonly requests: string[];
  readonly logs: NodeLogs;
  readonly contents: NodeContents;
  readonly streams: Streams;
}

/**
 * Number of nodes that share one server and certificate. Parsing a certificate with thousands of addresses would take most of the time of
 * tests.
 */
const membersPerServer = 50;

/** Starts up to thousands of kubelets on loopback addresses of their own, with one server for 50 kubelets. */
export async function startFleet(
  options: KubeletOptions,
  { nodes, blackHoles = 0, digits = 4 }: FleetOptions,
  blackHole: () => Promise<BlackHole>,
): Promise<Fleet> {
  const isDead = (number: number) =>
    Math.floor((number * blackHoles) / nodes) > Math.floor(((number - 1) * blackHoles) / nodes);
  // All nodes share a folder of logs, because creating thousands of folders would take most of the time of tests.
  const logs = createNodeLogs(options.directory, 'fleet');
  const members = Array.from({ length: nodes }, (_, index): Member => {
    const number = index + 1;
    const name = `node-${String(number).padStart(digits, '0')}`;
    return {
      name,
      host: loopbackAddress(number),
      faults: new Set(isDead(number) ? ['black-hole'] : []),
      requests: [],
      logs,
      contents: options.contentsOf(name, logs),
      streams: { ...options.streams },
    };
  });
  const groups = Array.from({ length: Math.ceil(nodes / membersPerServer) }, (_, index) =>
    members.slice(index * membersPerServer, (index + 1) * membersPerServer),
  );
  const dead = blackHoles > 0 ? (await blackHole()).port : undefined;
  const started = await Promise.all(
    groups.map(async (group) => ({ group, ...(await serveGroup(options, group)) })),
  );
  const kubelets = started.flatMap(({ group, port }) =>
    group.map((member) => ({
      ...member,
      port: member.faults.has('black-hole') && dead !== undefined ? dead : port,
      stop: async () => {},
    })),
  );
  return {
    kubelets,
    stop: async () => {
      await Promise.all(started.map(({ stop }) => stop()));
    },
  };
}

async function serveGroup(options: KubeletOptions, group: readonly Member[]): Promise<Listener> {
  const byAddress = new Map(group.map((member) => [member.host, member]));
  const hosts = [...byAddress.keys()];
  const serving = await servingCertificate('fleet', hosts, options.authority, {});
  // The server is reachable from other machines, but only clients with a certificate of the CA get access.
  return listen(
    kubeletServer(options, serving, (address) => byAddress.get(address)),
    '0.0.0.0',
  );
}

/** The address of a node, from 127.10.0.1 on. */
export function loopbackAddress(number: number): string {
  return `127.10.${Math.floor((number - 1) / 250)}.${((number - 1) % 250) + 1}`;
}
