import type { BlackHole } from './black-hole.ts';
import type { Fault } from './faults.ts';
import { type KubeletOptions, kubeletServer, type SandboxKubelet } from './kubelet.ts';
import { type Listener, listen } from './listen.ts';
import { servingCertificate } from './serving-certificate.ts';

export interface FleetOptions {
  readonly nodes: number;
  /** How many of them give no answer to an attempt to connect; spread evenly. None unless told. */
  readonly blackHoles?: number;
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
}

/** Addresses in one certificate: with all of a fleet in it, to read it would cost more than what tests are about. */
const membersPerServer = 50;

/** Kubelets by the thousand, on loopback addresses of their own, a few servers for all of them. */
export async function startFleet(
  options: KubeletOptions,
  { nodes, blackHoles = 0 }: FleetOptions,
  blackHole: () => Promise<BlackHole>,
): Promise<Fleet> {
  const isDead = (number: number) =>
    Math.floor((number * blackHoles) / nodes) > Math.floor(((number - 1) * blackHoles) / nodes);
  const members = Array.from({ length: nodes }, (_, index): Member => {
    const number = index + 1;
    return {
      name: `node-${String(number).padStart(4, '0')}`,
      host: loopbackAddress(number),
      faults: new Set(isDead(number) ? ['black-hole'] : []),
      requests: [],
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
  // Beyond the loopback interface nobody gets past the request for a client certificate.
  return listen(
    kubeletServer(options, serving, (address) => byAddress.get(address)),
    '0.0.0.0',
  );
}

/** From 127.10.0.1 on. */
function loopbackAddress(number: number): string {
  return `127.10.${Math.floor((number - 1) / 250)}.${((number - 1) % 250) + 1}`;
}
