import { Failure, reworded } from '../../errors.ts';
import {
  agreeOnClient,
  type ClientAnswer,
  clientNamesOf,
  type KubeletClient,
} from '../../kubelet/agree-on-client.ts';
import { causeOfResponse } from '../../kubelet/causes/causes.ts';
import { parseKubeletDenial } from '../../kubelet/denial.ts';
import { kubeletEndpoints } from '../../kubelet/endpoints.ts';
import { flavourOf, flavours } from '../../kubelet/flavours.ts';
import { readyState } from '../../kubelet/readiness.ts';
import type { Node } from '../../objects.ts';
import { authorizerBeside } from '../../rbac/api-server-denial.ts';
import { notKubeletClient } from '../../rbac/subject.ts';
import type { ApiServer } from '../api-server/api-server.ts';
import {
  ApiServerFailure,
  apiServerFailure,
  statusOfApiServer,
} from '../api-server/api-server-failure.ts';
import { defaultLimits, type Limits } from '../transport/limits.ts';
import { type Kubelet, longestErrorBody, openViaApiServer } from './client.ts';
import { noGrantHelps } from './response-failure.ts';

type Said = Omit<ClientAnswer, 'node'> & {
  /** Set if the API server denied the request of the caller. */
  readonly denied?: Failure;
};

export interface Asking {
  readonly limits?: Limits;
  /** Names of nodes that did not answer earlier. They are not asked again. */
  readonly silent?: ReadonlySet<string>;
  /** Command that grants access to the user NAME, for a hint. */
  readonly forNamed?: string;
}

/**
 * A path that neither system:kubelet-api-admin nor the ClusterRole of this program allows. Kubelets therefore deny it, and the denial names
 * the user, even if access is granted.
 */
const namingPath = kubeletEndpoints.checkpoint.probe;

/** A path for kubelets that do not serve checkpoint. They deny it, and name the user, only while no access is granted. */
const fallbackPath = kubeletEndpoints.healthz.probe;

/**
 * Minimum number of requests. Each request uses its own connection, because several API servers may share one address, and all should
 * answer.
 */
const fewestProbes = 5;

/**
 * Maximum number of nodes that are asked. They are chosen at random: if they were the first nodes in the list, a hostile node could make
 * sure that it is chosen.
 */
const mostProbed = 13;

/** The limits are short, because the API server would wait much longer for a silent node, and the answers of other nodes are enough. */
const probeLimits: Limits = { ...defaultLimits, connectMs: 5_000, responseMs: 10_000 };

/** Finds out by which user name kubelets know kube-apiserver. Compares the answers of several nodes (see `agreeOnClient`). */
export async function learnKubeletClient(
  apiServer: ApiServer,
  nodes: readonly Node[],
  {
    limits = probeLimits,
    silent = new Set(),
    forNamed = 'kubectl kubeletaccess grant --subject user:NAME --allow-exec',
  }: Asking = {},
): Promise<KubeletClient> {
  const title = 'cannot determine the kubelet client identity of kube-apiserver';
  const hints = [
    `if you know it, from the certificate of its --kubelet-client-certificate: ${forNamed}`,
  ];
  if (nodes.length === 0) throw new Failure(`${title}: the cluster has no nodes`, { hints });
  const asked = nodes.filter((node) => beyondGrants(node) === undefined);
  const [reason] = nodes.flatMap((node) => beyondGrants(node) ?? []);
  if (asked.length === 0 && reason !== undefined) throw new Failure(`${title}: ${reason}`);
  const answers = await askNodes(someOf(asked), silent, (node) =>
    askNode(openViaApiServer(node, apiServer, limits)),
  );
  const replies = answers.filter(({ says }) => says !== 'not-asked');
  const [denied] = replies.flatMap(({ denied: each }) => each ?? []);
  // The API server itself would deny access to every node. If only some answers are denials, kubelets may have forged them.
  if (denied && replies.every((each) => each.denied)) throw denied;
  const agreed = agreeOnClient(answers, clientNamesOf(nodes));
  if (agreed.known !== undefined) return agreed;
  const details = [...new Set(answers.map(({ node, words }) => `${node}: ${words}`))].sort();
  throw new Failure(`${title}: ${agreed.because}`, {
    details: [...details, ...(agreed.isNamed ? [whoMayName] : [])],
    hints,
  });
}

const whoMayName =
  'A kubelet, broken or hostile, must not choose who gets access to every node; API servers may also use different client certificates.';

function someOf(nodes: readonly Node[]): readonly Node[] {
  const rest = [...nodes];
  return Array.from({ length: Math.min(nodes.length, mostProbed) }, () =>
    rest.splice(Math.floor(Math.random() * rest.length), 1),
  ).flat();
}

/**
 * Asks the ready nodes, or all nodes if no node is ready. Never asks the nodes in `silent`. If fewer than `fewestProbes` nodes remain, asks
 * them repeatedly.
 */
async function askNodes(
  nodes: readonly Node[],
  silent: ReadonlySet<string>,
  ask: (node: string) => Promise<Said>,
): Promise<readonly (Said & { readonly node: string })[]> {
  const awake = nodes.filter(({ metadata }) => !silent.has(metadata.name));
  const ready = awake.filter((node) => readyState(node) === 'True');
  const chosen = ready.length > 0 ? ready : awake;
  const others = nodes
    .filter((node) => !chosen.includes(node))
    .map(({ metadata: { name } }) => ({
      node: name,
      words: silent.has(name) ? 'did not answer' : 'is not ready, and was not asked',
      says: 'not-asked' as const,
    }));
  const turns = chosen.length === 0 ? 0 : Math.max(chosen.length, fewestProbes);
  const answers = await Promise.all(
    Array.from({ length: turns }, async (_, index) => {
      const node = chosen[index % chosen.length]?.metadata.name ?? '';
      return { node, ...(await ask(node)) };
    }),
  );
  return [...answers, ...others];
}

/** Returns why a node's answer does not show the user name of kube-apiserver; undefined if the answer shows it. */
function beyondGrants(node: Node): string | undefined {
  const flavour = flavourOf(node);
  return flavour && flavours[flavour].beyondGrants;
}

async function askNode(kubelet: Kubelet): Promise<Said> {
  try {
    return (
      (await askPath(kubelet, namingPath)) ??
      (await askPath(kubelet, fallbackPath)) ?? {
        words: 'serves neither probe path',
        says: 'something else',
      }
    );
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const answer = { words: error.message, says: 'no-answer' } as const;
    return error.cause instanceof ApiServerFailure ? { ...answer, denied: error } : answer;
  }
}

/** Requests a path from a kubelet; returns undefined if the kubelet does not serve the path. */
async function askPath(kubelet: Kubelet, path: string): Promise<Said | undefined> {
  const sent = await kubelet.send({ method: 'GET', path, ownConnection: true });
  const response = await kubelet.read(sent, longestErrorBody);
  const { status, text } = response;
  const apiStatus = statusOfApiServer(response);
  if (apiStatus && status === 403) throw callerDenied(apiServerFailure(response));
  if (apiStatus) return { words: apiStatus.message ?? `HTTP ${status}`, says: 'no-answer' };
  const denial = status === 403 ? parseKubeletDenial(text) : undefined;
  // The response must consist of the denial only. If it has more text, another server sent it.
  if (denial && /^Forbidden \([^\n]*\)$/.test(text.trim()))
    return { words: `denies user "${denial.user}"`, says: { userName: denial.user } };
  if (status === 405 && path === namingPath)
    return { words: 'denies nothing', says: 'nothing denied' };
  if (status === 404 && text.startsWith('404 page not found')) return undefined;
  return { words: otherAnswer(status, text, path), says: 'something else' };
}

function otherAnswer(status: number, text: string, path: string): string {
  if (status === 401)
    return 'rejects the credentials of kube-apiserver (401): check its --kubelet-client-certificate and the clientCAFile of the kubelet';
  if (causeOfResponse(status, text) === undefined && path === fallbackPath)
    return 'allows kube-apiserver without naming it, because checkpoint is disabled there';
  return `answered ${status}: ${text.trim().slice(0, 200)}`;
}

function callerDenied(denied: ApiServerFailure): Failure {
  const beside = authorizerBeside(denied.words);
  const remedy =
    beside === undefined
      ? {
          details: [
            'The API server denied this request, not a kubelet: you need get on nodes/proxy to determine the kubelet client identity.',
          ],
          hints: ['if you know the user that kubelets deny: --subject user:NAME --allow-exec'],
        }
      : { details: noGrantHelps(beside) };
  return reworded(denied, { cause: denied, ...remedy });
}

/** Throws if kubelets deny a user name that this program does not accept as the user name of kube-apiserver. */
export function checkKubeletClient(userName: string): void {
  const reason = notKubeletClient(userName);
  if (reason === undefined) return;
  if (userName.startsWith('system:serviceaccount:'))
    throw new Failure(
      `kubelets authenticate kube-apiserver as the service account "${userName}", which cannot be a kubelet client identity`,
      { hints: ['check the kubelets before you trust this: kubectl kubeletaccess certificates'] },
    );
  throw new Failure(
    `kube-apiserver authenticates to kubelets as "${userName}", which is never granted access: ${reason}`,
  );
}
