import { isFound } from '../../../known.ts';
import { formatSubresources } from '../../../kubelet/authorization.ts';
import type { Cause } from '../../../kubelet/causes/causes.ts';
import { detourOf, reasonForDetour } from '../../../kubelet/detours.ts';
import { largestGroups } from '../../../text/groups.ts';
import type { Facts, NodeFacts } from '../facts.ts';
import { interruptedProbe, isDenied, isFailedProbe, outcomeOf, type Probe } from '../probe.ts';

export interface HopReport {
  readonly from: 'caller' | 'apiserver';
  readonly to: 'apiserver' | 'kubelets';
  /** User name of `from`, as `to` sees it. If the name is unknown, this is empty or a text that begins with `unknown`. */
  readonly identity: string;
  /** Result of the hop; `unknown` if no node was asked. */
  readonly result: 'ok' | 'failed' | 'unknown';
  /** `ok`, or the failures and how many nodes have them. */
  readonly message: string;
}

export function hopsOf(facts: Facts): readonly HopReport[] {
  const { nodes, caller, client, apiServerDown, deniedNodes } = facts;
  const beyond = nodes.filter(({ viaApiServer }) => !isDenied(viaApiServer, 'apiserver'));
  const none = deniedNodes ? 'not asked' : 'no nodes';
  const denied = nodes.length - beyond.length;
  const isKnown = client !== undefined && isFound(client);
  const name = isKnown ? client.found : anonymousOf(beyond);
  const trouble =
    apiServerDown ??
    (denied > 0
      ? `forbidden: get nodes/proxy${onNodes(denied, nodes.length)}`
      : deniedNodes && `forbidden: ${deniedNodes}`);
  const unnamed = isKnown ? 'unknown (kubelets denied nothing)' : 'unknown';
  const leg = (
    from: HopReport['from'],
    identity: string,
    probes: readonly Probe[],
    ifNone: string,
  ): HopReport => ({
    ...{ from, to: 'kubelets', identity },
    ...{ result: resultOf(probes), message: summarizeProbes(probes, ifNone) },
  });
  return [
    {
      ...{ from: 'caller', to: 'apiserver', identity: caller.user },
      result: trouble === undefined ? 'ok' : 'failed',
      message: trouble ?? (caller.user === '' ? 'ok, but the caller is unknown' : 'ok'),
    },
    leg(
      'apiserver',
      name ?? unnamed,
      beyond.map(({ viaApiServer }) => viaApiServer),
      denied > 0 || apiServerDown !== undefined ? 'not asked' : none,
    ),
    leg(
      'caller',
      caller.user,
      nodes.map(({ direct }) => direct),
      none,
    ),
  ];
}

function resultOf(probes: readonly Probe[]): HopReport['result'] {
  const asked = probes.filter((probe) => !isInterrupted(probe));
  if (asked.some(isFailedProbe)) return 'failed';
  return asked.length > 0 && asked.every(({ result }) => result === 'ok') ? 'ok' : 'unknown';
}

function isInterrupted(probe: Probe): boolean {
  return probe === interruptedProbe;
}

function anonymousOf(nodes: readonly NodeFacts[]): string | undefined {
  return nodes
    .map(({ viaApiServer }) => viaApiServer)
    .filter(isFailedProbe)
    .find((probe) => probe.cause === 'no-credential-accepted' && probe.denial)?.denial?.user;
}

const mostCauses = 3;

function summarizeProbes(probes: readonly Probe[], none: string): string {
  if (probes.length === 0) return none;
  const unasked = probes.filter(isInterrupted);
  const asked = probes.filter((each) => !unasked.includes(each));
  if (asked.length === 0) return 'not asked: interrupted';
  const failing = asked.filter(({ result }) => result !== 'ok');
  const rest = unasked.length > 0 ? [`${unasked.length} not asked`] : [];
  if (failing.length === 0)
    return `ok${rest.length > 0 ? ` (${unasked.length} of ${probes.length} not asked)` : ''}`;
  const groups = largestGroups(failing, describeProbe);
  const named = groups.slice(0, mostCauses).map((group, index) => {
    const where = index === 0 ? onNodes(group.length, probes.length) : ` on ${group.length}`;
    return describeProbe(group[0]) + where;
  });
  const count = groups.slice(mostCauses).flat().length;
  return [...named, ...(count > 0 ? [`other failures on ${count}`] : []), ...rest].join(', ');
}

function onNodes(some: number, all: number): string {
  return some === all ? '' : ` on ${some} of ${all} nodes`;
}

function describeProbe(probe: Probe): string {
  if (probe.result === 'not-asked') return `not asked: ${probe.message}`;
  if (!isDenied(probe, 'kubelet') || !probe.denial) return outcomeOf(probe);
  const { verb, subresources } = probe.denial;
  return `forbidden: ${verb} ${formatSubresources(subresources)}`;
}

/** How commands that only read from kubelets reach them without --via. */
export interface ReadingReport {
  readonly via: 'direct' | 'apiserver';
  /** Why these commands do not connect to kubelets directly; absent if no direct request failed. */
  readonly cause?: Cause;
  /** Description of `via` and `why`, such as `through the API server (their certificates are self-signed), and fail there, too`. */
  readonly message: string;
}

/** Returns the choice that `kube/kubelet-client/path-choice.ts` makes. Returns undefined if no node was asked through the API server. */
export function readingOf(nodes: readonly NodeFacts[]): ReadingReport | undefined {
  if (nodes.every(({ viaApiServer }) => viaApiServer.result === 'not-asked')) return undefined;
  const probes = nodes.map(({ direct }) => direct);
  const fails = nodes.some(({ viaApiServer }) => viaApiServer.result === 'ok')
    ? ''
    : ', and fail there, too';
  if (probes.every(({ result }) => result === 'not-asked'))
    return { via: 'apiserver', message: `through the API server${fails}` };
  const reasons = probes.flatMap((probe) => reasonOf(probe) ?? []);
  if (probes.some(isReached)) {
    const relayed = reasons.filter((cause) => detourOf(cause)?.isSilence === false);
    const cause = commonest(relayed);
    return {
      via: 'direct',
      message:
        cause === undefined
          ? 'directly'
          : `directly, and to ${relayed.length} of ${nodes.length} nodes through the API server (${reasonForDetour(cause, relayed.length)})`,
    };
  }
  const why = commonest(reasons);
  return why === undefined
    ? { via: 'direct', message: 'directly' }
    : {
        via: 'apiserver',
        cause: why,
        message: `through the API server (${reasonForDetour(why, nodes.length)})${fails}`,
      };
}

function isReached(probe: Probe): boolean {
  return probe.result === 'ok' || (isFailedProbe(probe) && reasonOf(probe) === undefined);
}

/** Returns why reading commands use the API server for this kubelet. Returns undefined if they connect to it directly. */
function reasonOf(probe: Probe): Cause | undefined {
  return isFailedProbe(probe) && detourOf(probe.cause) ? probe.cause : undefined;
}

function commonest(causes: readonly Cause[]): Cause | undefined {
  return largestGroups(causes, (cause) => cause)[0]?.[0];
}
