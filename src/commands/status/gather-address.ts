import { isFound } from '../../known.ts';
import { whoAmI } from '../../kube/api-server/who-am-i.ts';
import { limitsWithin } from '../../kube/for-each-node.ts';
import { readOrNote } from '../../kube/read-or-note.ts';
import { knownNames } from '../../rbac/pair.ts';
import type { Profile } from '../../rbac/profiles.ts';
import type { Facts } from './facts.ts';
import { probeNode } from './gather/probe-node.ts';
import type { Cluster } from './gather/sources.ts';

export interface AddressSettings {
  readonly target: { readonly host: string; readonly port: number };
  /** In ms, for all requests to the kubelet. */
  readonly timeoutMs: number;
  readonly profile: Profile;
  readonly warnDays: number;
  readonly streams: boolean;
}

/** Probes one kubelet straight from here, whether or not the API server answers. */
export async function gatherFactsAt(
  { server, apiServer, access }: Cluster,
  { target, profile, warnDays, timeoutMs, streams }: AddressSettings,
  signal: AbortSignal,
): Promise<Facts> {
  const { host, port } = target;
  const node = {
    metadata: { name: host },
    status: { addresses: [{ type: 'InternalIP', address: host }] },
  };
  const settings = { types: ['InternalIP'], port, streams };
  const limits = limitsWithin(timeoutMs);
  const [caller, probed] = await Promise.all([
    readOrNote(() => whoAmI(apiServer)),
    probeNode(node, undefined, access, settings, limits, signal),
  ]);
  return {
    server,
    path: 'direct',
    now: Date.now(),
    ...(!isFound(caller) && { apiServerDown: caller.unknown }),
    caller: isFound(caller) ? caller.found : { user: '', groups: [] },
    client: { unknown: '', details: [] },
    wanted: { profile, subject: undefined, names: knownNames, nodes: [] },
    pair: undefined,
    clientRights: [],
    callerRights: [],
    nodes: [probed],
    selector: '',
    nearMisses: [],
    limits: [],
    groups: [],
    unchecked: [],
    interrupted: signal.aborted,
    warnDays,
  };
}
