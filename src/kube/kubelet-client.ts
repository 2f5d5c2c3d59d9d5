import { Failure } from '../errors.ts';
import { causeOfAnswer } from '../kubelet/cause.ts';
import { parseKubeletRefusal } from '../kubelet/refusal.ts';
import type { Node } from '../objects.ts';
import { neverGranted, user } from '../rbac/subject.ts';
import { type ApiServer, apiServerFailure, parseStatus } from './api-server.ts';
import { openViaApiServer } from './kubelet.ts';
import { readText } from './transport.ts';

/** What kubelets say of the identity that kube-apiserver shows them. */
export type KubeletClient =
  /** Named by a kubelet's refusal. */
  | { readonly known: true; readonly userName: string }
  /** No kubelet refused anything, so none said a name: it may do all that was asked. */
  | { readonly known: false };

/**
 * A request that changes nothing and that neither the pair nor system:kubelet-api-admin allows, so that a refusal names
 * the identity even while the pair is in force: GET is no checkpoint method, and whoever may do it gets a 405.
 */
const namingPath = '/checkpoint/kubeletaccess/probe/probe';

/** Where checkpoint is not served (switched off), this one names the identity at least while nothing is granted. */
const fallbackPath = '/healthz';

const mostNodesAsked = 5;

/** Finds out who kube-apiserver is to kubelets, from the first node that answers. */
export async function learnKubeletClient(
  apiServer: ApiServer,
  nodes: readonly Node[],
  signal: AbortSignal,
): Promise<KubeletClient> {
  if (nodes.length === 0)
    throw new Failure(
      'cannot find out who kube-apiserver is to kubelets: the cluster has no node to ask',
      {
        hints: ['if you know it: --subject user:NAME'],
      },
    );
  const failures: string[] = [];
  for (const node of readyFirst(nodes).slice(0, mostNodesAsked)) {
    const name = node.metadata?.name ?? '';
    const answer = await askNode(apiServer, name, signal);
    if (typeof answer !== 'string') return answer;
    failures.push(`${name}: ${answer}`);
  }
  throw new Failure(
    'cannot find out who kube-apiserver is to kubelets: no node that was asked told it',
    {
      details: failures,
      hints: ['if you know it: --subject user:NAME'],
    },
  );
}

/** What one node says, or why it did not. */
async function askNode(
  apiServer: ApiServer,
  name: string,
  signal: AbortSignal,
): Promise<KubeletClient | string> {
  for (const path of [namingPath, fallbackPath]) {
    const answer = await openViaApiServer(name, apiServer).send({ method: 'GET', path });
    const text = await readText(answer, signal);
    const refusal = parseKubeletRefusal(text);
    if (refusal) return { known: true, userName: refusal.user };
    const status = parseStatus(text);
    if (status && answer.status === 403) throw callerRefused(answer.status, text);
    if (status) return status.message ?? `HTTP ${answer.status}`;
    if (answer.status === 401)
      return 'the kubelet accepts no credential of kube-apiserver (401): look at its --kubelet-client-certificate and the client CA of the kubelet';
    // The router's own 404 comes before authorization: checkpoint is switched off there, so nothing was asked.
    if (answer.status === 404 && text.startsWith('404 page not found')) continue;
    if (causeOfAnswer(answer.status, text) === 'kubelet cannot reach API server')
      return text.trim();
    return { known: false };
  }
  return 'it serves neither of the paths that tell';
}

function callerRefused(status: number, text: string): Failure {
  const refused = apiServerFailure(status, text);
  return new Failure(refused.message, {
    prefix: refused.prefix,
    cause: refused,
    details: [
      'That is the API server refusing you, not a kubelet: to find out who it is to kubelets, you need get on nodes/proxy.',
    ],
    hints: ['if you know the name that kubelets refuse: --subject user:NAME'],
  });
}

/** Refuses what must never be granted, with the true cause. */
export function checkKubeletClient(userName: string): void {
  const reason = userName === '' ? 'it is empty' : neverGranted(user(userName));
  if (reason !== undefined)
    throw new Failure(
      `kube-apiserver is "${userName}" to kubelets, and that is never granted anything: ${reason}`,
    );
}

function readyFirst(nodes: readonly Node[]): readonly Node[] {
  const ready = (node: Node) =>
    node.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True');
  return [...nodes.filter(ready), ...nodes.filter((node) => !ready(node))];
}
