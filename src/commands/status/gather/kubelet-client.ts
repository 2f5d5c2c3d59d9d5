import { Failure, formatDetail, Interrupted } from '../../../errors.ts';
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
import type { Sources } from './probe-node.ts';

/** Finds out the user name of kube-apiserver. Asks several kubelets because one may lie, and also nodes that the user did not select. */
export async function nameClient(
  sources: Sources,
  probed: readonly NodeFacts[],
): Promise<Facts['client']> {
  const answered = probed.filter(({ viaApiServer }) => hasAnswered(viaApiServer));
  if (answered.length === 0) return undefined;
  try {
    const nodes = [...probed.map(({ node }) => node), ...(await otherNodes(sources, probed))];
    const silent = probed.filter(({ viaApiServer }) => !hasAnswered(viaApiServer));
    const learned = await learnKubeletClient(sources.apiServer, nodes, {
      limits: followUpLimits(sources),
      silent: new Set(silent.map(({ node }) => node.metadata.name)),
    });
    return { found: learned.known ? learned.userName : undefined };
  } catch (error) {
    if (error instanceof Interrupted && sources.signal.aborted) return undefined;
    if (!(error instanceof Failure)) throw error;
    // The probes already show that the API server denied the caller.
    if (error.cause instanceof ApiServerFailure) return undefined;
    const { message, hints, details } = error;
    return { unknown: message, hints, details: details.map(formatDetail) };
  }
}

/** Lists nodes that the user did not select; empty if the caller may not list nodes. */
async function otherNodes(
  { apiServer, choice }: Sources,
  probed: readonly NodeFacts[],
): Promise<readonly Node[]> {
  if (choice.names.length === 0 && labelsOf(choice) === '') return [];
  const chosen = new Set(probed.map(({ node }) => node.metadata.name));
  const all = foundIn(await readOrNote(() => listNodes(apiServer))) ?? [];
  return all.filter(({ metadata }) => !chosen.has(metadata.name));
}
