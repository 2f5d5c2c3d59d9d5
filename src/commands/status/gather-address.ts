import { Failure, orFailure } from '../../errors.ts';
import type { ApiServer } from '../../kube/api-server/api-server.ts';
import { whoAmI } from '../../kube/api-server/who-am-i.ts';
import type { KubeletAccess } from '../../kube/kubelet/credentials.ts';
import { knownNames } from '../../rbac/pair.ts';
import type { Profile } from '../../rbac/profiles.ts';
import type { Facts } from './facts.ts';
import { type ProbeSettings, probeNode } from './gather/probe-node.ts';

export interface AddressSettings extends Omit<ProbeSettings, 'types' | 'port'> {
  readonly target: { readonly host: string; readonly port: number };
  readonly profile: Profile;
  readonly warnDays: number;
}

/** Looks at one kubelet straight from here, whether or not there is an API server to ask. */
export async function gatherFactsAt(
  server: string,
  apiServer: ApiServer,
  access: KubeletAccess | Failure,
  { target, profile, warnDays, timeoutMs }: AddressSettings,
  signal: AbortSignal,
): Promise<Facts> {
  const { host, port } = target;
  const node = {
    metadata: { name: host },
    status: { addresses: [{ type: 'InternalIP', address: host }] },
  };
  const settings = { timeoutMs, types: ['InternalIP'], port };
  const [caller, probed] = await Promise.all([
    orFailure(whoAmI(apiServer)),
    probeNode(node, undefined, access, settings, signal),
  ]);
  const down = caller instanceof Failure;
  return {
    server,
    path: 'direct',
    now: Date.now(),
    ...(down && { apiServerDown: caller.message }),
    caller: down ? { user: '', groups: [] } : caller,
    client: { unknown: '', details: [] },
    wanted: { profile, subject: undefined, names: knownNames },
    pair: undefined,
    clientRights: [],
    callerRights: [],
    nodes: [probed],
    selector: '',
    nearMisses: [],
    groups: [],
    unseen: [],
    interrupted: signal.aborted,
    warnDays,
  };
}
