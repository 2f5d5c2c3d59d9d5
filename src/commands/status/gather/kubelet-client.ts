import { Failure, Interrupted } from '../../../errors.ts';
import { foundIn } from '../../../known.ts';
import { ApiServerFailure } from '../../../kube/api-server/api-server-failure.ts';
import { labelsOf } from '../../../kube/api-server/choose-nodes.ts';
import { listNodes } from '../../../kube/api-server/nodes.ts';
import { learnKubeletClient } from '../../../kube/kubelet-client/learn-identity.ts';
import { readOrNote } from '../../../kube/read-or-note.ts';
import type { Node } from '../../../objects.ts';
import type { Facts, NodeFacts } from '../facts.ts';
import { hasAnswered } from '../probe.ts';
import { followUpLimits } from './follow-up.ts';
import type { Sources } from './sources.ts';

const unnamed: Facts['client'] = { unknown: '' };

/** Learns the user name of kube-apiserver from several kubelets, also on nodes that the user did not select, because a kubelet may lie. */
export async function nameClient(
  sources: Sources,
  probed: readonly NodeFacts[],
): Promise<Facts['client']> {
  const answered = probed.filter(({ viaApiServer }) => hasAnswered(viaApiServer));
  // If no kubelet answered, the probes report why.
  if (answered.length === 0) return unnamed;
  try {
    const nodes = [...probed.map(({ node }) => node), ...(await otherNodes(sources, probed))];
    const silent = probed.filter(({ viaApiServer }) => !hasAnswered(viaApiServer));
    const learned = await learnKubeletClient(sources.apiServer, nodes, {
      limits: followUpLimits(sources),
      silent: new Set(silent.map(({ node }) => node.metadata.name)),
    });
    return { found: learned.known ? learned.userName : undefined };
  } catch (error) {
    if (error instanceof Interrupted && sources.signal.aborted) return unnamed;
    if (!(error instanceof Failure)) throw error;
    // The probes already show that the API server denied the caller.
    if (error.cause instanceof ApiServerFailure) return unnamed;
    const { message, hints, details } = error;
    return { unknown: message, hints, details };
  }
}

/** Lists nodes that the user did not select; none if the caller may not list them. */
async function otherNodes(
  { apiServer, choice }: Sources,
  probed: readonly NodeFacts[],
): Promise<readonly Node[]> {
  if (choice.names.length === 0 && labelsOf(choice) === '') return [];
  const chosen = new Set(probed.map(({ node }) => node.metadata.name));
  const all = foundIn(await readOrNote(() => listNodes(apiServer))) ?? [];
  return all.filter(({ metadata }) => !chosen.has(metadata.name));
}
