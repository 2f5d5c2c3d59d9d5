import { Failure } from '../../../errors.ts';
import { type Kubelet, openDirectTo, openViaApiServer } from '../../../kube/kubelet/kubelet.ts';
import { minorOf } from '../../../kubelet/authorization.ts';
import type { NodeFacts, Probe } from '../facts.ts';
import { hasAnswered } from '../report/probe.ts';
import { limitsAfterwards, type Survey } from './survey.ts';

/** A kubelet that has answered before, whose node that is, and the minor version that it has. */
export interface AskedKubelet {
  readonly kubelet: Kubelet;
  readonly node: string;
  readonly minor: number;
}

/** Of those that answered as kube-apiserver asked, one that refused, if any did, and the quickest of these. */
export function askedVia(survey: Survey, probed: readonly NodeFacts[]): AskedKubelet | undefined {
  const found = quickest(probed, ({ viaApiServer }) => viaApiServer);
  return found && { kubelet: openVia(survey, found), ...about(found) };
}

/** The same straight from here. */
export function askedDirectly(
  survey: Survey,
  probed: readonly NodeFacts[],
): AskedKubelet | undefined {
  const found = quickest(probed, ({ direct }) => direct);
  const kubelet = found && openStraight(survey, found);
  return found && kubelet && { kubelet, ...about(found) };
}

export function openVia({ apiServer, probing }: Survey, { node }: NodeFacts): Kubelet {
  return openViaApiServer(node.metadata?.name ?? '', apiServer, limitsAfterwards(probing));
}

/** Undefined where there is no such path. */
export function openStraight(
  { access, probing, signal }: Survey,
  { node }: NodeFacts,
): Kubelet | undefined {
  if (access instanceof Failure) return undefined;
  const { types, port } = probing;
  return openDirectTo(node, types, port, access, signal, limitsAfterwards(probing));
}

/** A right on some nodes by name shows at those that it leaves out. */
function quickest(
  probed: readonly NodeFacts[],
  path: (facts: NodeFacts) => Probe,
): NodeFacts | undefined {
  const took = (facts: NodeFacts) => {
    const probe = path(facts);
    return probe.result === 'not asked' ? Number.POSITIVE_INFINITY : probe.ms;
  };
  const answered = probed.filter((facts) => hasAnswered(path(facts)));
  const refused = answered.filter((facts) => path(facts).result === 'failed');
  return (refused.length > 0 ? refused : answered).reduce<NodeFacts | undefined>(
    (best, facts) => (best && took(best) <= took(facts) ? best : facts),
    undefined,
  );
}

function about({ node }: NodeFacts) {
  return {
    node: node.metadata?.name ?? '',
    minor: minorOf(node.status?.nodeInfo?.kubeletVersion),
  };
}
