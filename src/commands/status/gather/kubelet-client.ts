import { Failure, Interrupted } from '../../../errors.ts';
import { ApiServerFailure } from '../../../kube/api-server/api-server.ts';
import { listNodes } from '../../../kube/api-server/nodes.ts';
import { learnKubeletClient } from '../../../kube/kubelet/learn-identity.ts';
import type { Node } from '../../../objects.ts';
import type { Facts, NodeFacts } from '../facts.ts';
import { hasAnswered } from '../report/probe.ts';
import { limitsAfterwards, type Survey } from './survey.ts';

const nobodyTold: Facts['client'] = { unknown: '', details: [] };

/** Who kube-apiserver is to kubelets, by several of them: not by those alone that the user chose, as one may lie. */
export async function nameClient(
  survey: Survey,
  probed: readonly NodeFacts[],
): Promise<Facts['client']> {
  const { apiServer, probing, signal } = survey;
  const answered = probed.filter(({ viaApiServer }) => hasAnswered(viaApiServer));
  // Why the others did not answer is told of each.
  if (answered.length === 0) return nobodyTold;
  try {
    const nodes = [...answered.map(({ node }) => node), ...(await othersThan(survey, probed))];
    const learned = await learnKubeletClient(apiServer, nodes, limitsAfterwards(probing));
    return { userName: learned.known ? learned.userName : undefined };
  } catch (error) {
    if (error instanceof Interrupted && signal.aborted) return nobodyTold;
    if (!(error instanceof Failure)) throw error;
    // That the caller may not ask shows in each probe.
    if (error.cause instanceof ApiServerFailure) return nobodyTold;
    return { unknown: error.message, details: [...error.hints, ...error.details] };
  }
}

/** Nodes that the user did not choose. Who may not list them goes without. */
async function othersThan(
  { apiServer, choice }: Survey,
  probed: readonly NodeFacts[],
): Promise<readonly Node[]> {
  if (choice.names.length === 0 && choice.selector === '') return [];
  const known = new Set(probed.map(({ node }) => node.metadata?.name));
  try {
    const all = await listNodes(apiServer);
    return all.filter(({ metadata }) => !known.has(metadata?.name));
  } catch (error) {
    if (error instanceof Failure) return [];
    throw error;
  }
}
