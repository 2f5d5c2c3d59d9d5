// This file sends further requests to kubelets that have answered their probes.
import { orFailure } from '../../../errors.ts';
import { foundIn } from '../../../known.ts';
import {
  type Kubelet,
  longestErrorBody,
  openViaApiServer,
} from '../../../kube/kubelet-client/client.ts';
import { readCertificateMetrics } from '../../../kube/kubelet-client/read-certificate-metrics.ts';
import { readOrNote } from '../../../kube/read-or-note.ts';
import { type Limits, limitsWithin } from '../../../kube/transport/limits.ts';
import { minorOf } from '../../../kubelet/authorization.ts';
import { longestConfiguration, parseConfigz, securitySettings } from '../../../kubelet/configz.ts';
import type { NodeFacts } from '../facts.ts';
import { hasAnswered, isFailedProbe, type Probe } from '../probe.ts';
import type { Sources } from './probe-node.ts';

const usualFollowUpMs = 5_000;

/** Returns limits of 5 s, or more with a --timeout above 35 s. */
export function followUpLimits({ probing: { timeoutMs } }: Sources): Limits {
  return limitsWithin(Math.min(timeoutMs, Math.max(usualFollowUpMs, timeoutMs / 7)));
}

function openVia(sources: Sources, { node }: NodeFacts): Kubelet {
  return openViaApiServer(node.metadata.name, sources.apiServer, followUpLimits(sources));
}

/** Opens a direct connection to the kubelet. Returns undefined if the caller cannot connect to kubelets directly. */
function openStraight(sources: Sources, { node }: NodeFacts): Kubelet | undefined {
  return foundIn(sources.access)?.one({ name: node.metadata.name, node }, followUpLimits(sources));
}

export interface QuickestKubelet {
  readonly kubelet: Kubelet;
  readonly node: string;
  readonly minor: number;
}

/**
 * Opens the kubelet that answered its probe in the shortest time. Prefers kubelets that denied the probe, because their denial may show
 * that permissions are limited to other nodes.
 */
export function openQuickest(
  sources: Sources,
  probed: readonly NodeFacts[],
  path: 'direct' | 'viaApiServer',
): QuickestKubelet | undefined {
  const answered = probed.flatMap((facts) => {
    const probe = facts[path];
    return probe.result !== 'not-asked' && hasAnswered(probe) ? { facts, probe } : [];
  });
  const denied = answered.filter(({ probe }) => isFailedProbe(probe));
  const [quickest] = (denied.length > 0 ? denied : answered).toSorted(
    (a, b) => a.probe.ms - b.probe.ms,
  );
  if (!quickest) return undefined;
  const { facts } = quickest;
  const kubelet = path === 'direct' ? openStraight(sources, facts) : openVia(sources, facts);
  const { metadata, status } = facts.node;
  const minor = minorOf(status?.nodeInfo?.kubeletVersion);
  return kubelet && { kubelet, node: metadata.name, minor };
}

/**
 * Maximum number of kubelets that are asked for their authorization mode. A few are enough, because kubelets of a cluster are usually
 * configured alike.
 */
const mostModes = 5;

/** Adds `authorizationMode` to nodes whose kubelets allow a request although RBAC seems to deny it. */
export async function addAuthorizationModes(
  sources: Sources,
  probed: readonly NodeFacts[],
  unexplained: { readonly client: boolean; readonly caller: boolean },
): Promise<readonly NodeFacts[]> {
  if (sources.signal.aborted) return probed;
  const isAllowed = (probe: Probe, isUnexplained: boolean) =>
    isUnexplained && probe.result === 'ok';
  const allowing = probed.filter(
    ({ direct, viaApiServer }) =>
      isAllowed(viaApiServer, unexplained.client) || isAllowed(direct, unexplained.caller),
  );
  const modes = new Map(
    await Promise.all(
      allowing.slice(0, mostModes).map(async (facts) => {
        const isStraight = isAllowed(facts.direct, unexplained.caller);
        using kubelet =
          (isStraight ? openStraight(sources, facts) : undefined) ?? openVia(sources, facts);
        return [facts, foundIn(await readOrNote(() => readMode(kubelet)))] as const;
      }),
    ),
  );
  return probed.map((facts) =>
    modes.has(facts) ? { ...facts, authorizationMode: modes.get(facts) } : facts,
  );
}

/** Returns `authorization.mode` of the kubelet. Returns undefined if the caller may not read the configuration. */
async function readMode(kubelet: Kubelet): Promise<string | undefined> {
  const sent = await kubelet.send({ method: 'GET', path: '/configz' });
  const { status, text } = await kubelet.read(sent, longestConfiguration);
  const configuration = status === 200 ? parseConfigz(text).decoded : undefined;
  return configuration && securitySettings(configuration.value).authorizationMode;
}

/**
 * Whether kube-apiserver shows kubelets an expired client certificate. Compares /metrics of a kubelet before and after a request through
 * kube-apiserver, because kubelets count expired client certificates. Returns false if the caller may not read /metrics.
 */
export async function isClientExpired(
  sources: Sources,
  probed: readonly NodeFacts[],
): Promise<boolean> {
  const refusing = probed.find(
    ({ direct, viaApiServer: via }) =>
      direct.result === 'ok' &&
      isFailedProbe(via) &&
      via.component === 'kubelet' &&
      via.cause === 'no-credential-accepted',
  );
  if (!refusing || sources.signal.aborted) return false;
  const countExpired = async () => {
    using straight = openStraight(sources, refusing);
    const metrics = straight && (await orFailure(readCertificateMetrics(straight)));
    return metrics instanceof Error ? undefined : metrics?.expiredShown;
  };
  const before = await countExpired();
  if (before === undefined) return false;
  using relayed = openVia(sources, refusing);
  const answer = relayed.send({ method: 'GET', path: '/healthz' });
  await orFailure(answer.then((response) => relayed.read(response, longestErrorBody)));
  const after = await countExpired();
  return after !== undefined && after > before;
}
