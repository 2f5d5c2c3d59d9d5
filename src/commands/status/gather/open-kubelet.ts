import { isFound } from '../../../known.ts';
import {
  type Kubelet,
  openDirectTo,
  openViaApiServer,
} from '../../../kube/kubelet-client/client.ts';
import { minorOf } from '../../../kubelet/authorization.ts';
import type { NodeFacts } from '../facts.ts';
import { hasAnswered, type Probe } from '../probe.ts';
import { followUpLimits, type Sources } from './sources.ts';

/** A kubelet that answered its probe, its node and its minor version. */
export interface OpenKubelet {
  readonly kubelet: Kubelet;
  readonly node: string;
  readonly minor: number;
}

/** Opens the quickest node that answered kube-apiserver; a node that denied it something goes first. */
export function openQuickestVia(
  sources: Sources,
  probed: readonly NodeFacts[],
): OpenKubelet | undefined {
  const facts = quickest(probed, ({ viaApiServer }) => viaApiServer);
  return facts && { kubelet: openVia(sources, facts), ...describeNode(facts) };
}

/** The same straight from here. */
export function openQuickestDirect(
  sources: Sources,
  probed: readonly NodeFacts[],
): OpenKubelet | undefined {
  const facts = quickest(probed, ({ direct }) => direct);
  const kubelet = facts && openStraight(sources, facts);
  return facts && kubelet && { kubelet, ...describeNode(facts) };
}

export function openVia(sources: Sources, { node }: NodeFacts): Kubelet {
  return openViaApiServer(node.metadata.name, sources.apiServer, followUpLimits(sources));
}

/** Undefined where there is no such path. */
export function openStraight(sources: Sources, { node }: NodeFacts): Kubelet | undefined {
  const { access, probing, signal } = sources;
  if (!isFound(access)) return undefined;
  const { types, port } = probing;
  return openDirectTo(node, types, port, access.found, signal, followUpLimits(sources));
}

/** A permission on some nodes by name shows at those that it leaves out. */
function quickest(
  probed: readonly NodeFacts[],
  path: (facts: NodeFacts) => Probe,
): NodeFacts | undefined {
  const duration = (facts: NodeFacts) => {
    const probe = path(facts);
    return probe.result === 'not asked' ? Number.POSITIVE_INFINITY : probe.ms;
  };
  const answered = probed.filter((facts) => hasAnswered(path(facts)));
  const denied = answered.filter((facts) => path(facts).result === 'failed');
  return (denied.length > 0 ? denied : answered).reduce<NodeFacts | undefined>(
    (best, facts) => (best && duration(best) <= duration(facts) ? best : facts),
    undefined,
  );
}

function describeNode({ node }: NodeFacts) {
  return { node: node.metadata.name, minor: minorOf(node.status?.nodeInfo?.kubeletVersion) };
}
