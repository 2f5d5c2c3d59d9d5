import type { Cause } from '../../../kubelet/causes/causes.ts';
import { detourOf, reasonForDetour } from '../../../kubelet/detours.ts';
import { largestGroups } from '../../../text/groups.ts';
import type { NodeFacts } from '../facts.ts';
import { isFailedProbe, type Probe } from '../probe.ts';

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
