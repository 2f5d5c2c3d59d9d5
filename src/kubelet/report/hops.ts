import { formatSubresources } from '../authorization.ts';
import type { Facts, Probe } from './facts.ts';
import { isRefused } from './probe.ts';

/** One leg of a path: who shows whom which identity, and what comes of it. */
export interface Hop {
  readonly from: string;
  readonly to: string;
  readonly identity: string;
  readonly verdict: string;
}

export function hopsOf(facts: Facts): readonly Hop[] {
  const { nodes, caller, client, apiServerDown } = facts;
  const callerRefused = nodes.some(({ viaApiServer }) => isRefused(viaApiServer, 'api server'));
  const name = 'userName' in client ? client.userName : undefined;
  const unnamed = 'unknown' in client ? 'unknown' : '(never refused, so never named)';
  return [
    {
      from: 'caller',
      to: 'API server',
      identity: caller.user,
      verdict: apiServerDown ?? (callerRefused ? 'forbidden: get nodes/proxy' : 'ok'),
    },
    {
      from: 'API server',
      to: 'kubelets',
      identity: name ?? unnamed,
      verdict:
        callerRefused || apiServerDown !== undefined
          ? 'not asked'
          : summarize(nodes.map(({ viaApiServer }) => viaApiServer)),
    },
    {
      from: 'caller',
      to: 'kubelets',
      identity: caller.user,
      verdict: summarize(nodes.map(({ direct }) => direct)),
    },
  ];
}

/** One verdict for many nodes: ok, or the commonest trouble and how many nodes have any. */
function summarize(probes: readonly Probe[]): string {
  if (probes.length === 0) return 'no node to ask';
  const troubled = probes.filter(({ result }) => result !== 'ok');
  if (troubled.length === 0) return 'ok';
  const counts = new Map<string, number>();
  for (const probe of troubled)
    counts.set(describeProbe(probe), (counts.get(describeProbe(probe)) ?? 0) + 1);
  const [[worst = ''] = []] = [...counts].sort((a, b) => b[1] - a[1]);
  return troubled.length === probes.length
    ? worst
    : `${worst} (${troubled.length} of ${probes.length} nodes)`;
}

function describeProbe(probe: Probe): string {
  if (probe.result === 'ok') return 'ok';
  if (probe.result === 'not asked') return `not asked: ${probe.why}`;
  if (!probe.refusal || probe.cause !== 'forbidden') return probe.cause;
  const { verb, subresources } = probe.refusal;
  return `forbidden: ${verb} ${formatSubresources(subresources)}`;
}
