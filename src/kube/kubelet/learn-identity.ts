import { Failure } from '../../errors.ts';
import { causeOfAnswer } from '../../kubelet/cause.ts';
import { kubeletEndpoints } from '../../kubelet/endpoints.ts';
import { parseKubeletRefusal } from '../../kubelet/refusal.ts';
import type { Node } from '../../objects.ts';
import { notKubeletClient } from '../../rbac/kubelet-client-name.ts';
import { commandLine } from '../../text/shell.ts';
import {
  type ApiServer,
  ApiServerFailure,
  apiServerFailure,
  parseStatus,
} from '../api-server/api-server.ts';
import type { Limits } from '../transport/limits.ts';
import { longestRefusal, openViaApiServer } from './kubelet.ts';

/** What kubelets say of the identity that kube-apiserver shows them. */
export type KubeletClient =
  /** Named by the refusals of kubelets. */
  | { readonly known: true; readonly userName: string }
  /** No kubelet refused anything, so none said a name: it may do all that these nodes were asked. */
  | { readonly known: false; readonly nodes: readonly string[] };

/** What a failure to find that out advises. */
export interface Advice {
  /** For who knows it without being told. */
  readonly ifKnown: string;
  /** A command for one of several that kubelets name. */
  readonly forOne: (subject: string) => string;
}

const usualAdvice: Advice = {
  ifKnown: '--subject user:NAME',
  forOne: (subject) => commandLine([...grantWords, subject, '--allow-exec']),
};
const grantWords = ['kubectl', 'kubeletaccess', 'grant', '--subject'];

/** What one node says of it. */
type Testimony =
  | { readonly says: 'refused'; readonly userName: string }
  | { readonly says: 'allowed' }
  | { readonly says: 'nothing'; readonly why: string };

/**
 * A request that changes nothing and that neither the pair nor system:kubelet-api-admin allows, so that a refusal names
 * the identity even while the pair is in force: GET is no checkpoint method, and whoever may do it gets a 405.
 */
const namingPath = kubeletEndpoints.checkpoint.probe;

/** Where checkpoint is not served (switched off), this one names the identity at least while nothing is granted. */
const fallbackPath = kubeletEndpoints.healthz.probe;

/** By connections of their own, so that several API servers behind one address are likely to answer. */
const questions = 5;

/** The API server itself waits much longer for a node that does not answer; others are there to be asked. */
const questionLimits: Limits = { connectMs: 5_000, answerMs: 10_000 };

/**
 * Finds out who kube-apiserver is to kubelets. Several nodes are asked at once and must agree: one of them alone, broken
 * or hostile, shall not choose who is granted access to all.
 */
export async function learnKubeletClient(
  apiServer: ApiServer,
  nodes: readonly Node[],
  limits: Limits = questionLimits,
  advice: Advice = usualAdvice,
): Promise<KubeletClient> {
  const hints = [`if you know it: ${advice.ifKnown}`];
  const title = 'cannot find out who kube-apiserver is to kubelets';
  if (nodes.length === 0) throw new Failure(`${title}: the cluster has no node to ask`, { hints });
  const asked = readyFirst(nodes).slice(0, questions);
  const said = await Promise.all(
    Array.from({ length: questions }, async (_, index) => {
      const name = asked[index % asked.length]?.metadata?.name ?? '';
      return { name, testimony: await askNode(apiServer, name, limits) };
    }),
  );
  const details = [...new Set(said.map(tell))];
  const users = new Set(
    said.flatMap(({ testimony }) => (testimony.says === 'refused' ? testimony.userName : [])),
  );
  const [userName] = users;
  if (users.size > 1)
    throw new Failure(`${title}: kubelets name different users`, {
      details: [
        ...details,
        'Either there are API servers with different client certificates, or a kubelet does not tell the truth.',
      ],
      hints: [...users]
        .filter((name) => notKubeletClient(name) === undefined)
        .map((name) => `if that is an API server: ${advice.forOne(`user:${name}`)}`),
    });
  if (userName !== undefined) return { known: true, userName };
  // One that lets kube-apiserver do anything says nothing of those that did not answer.
  if (said.every(({ testimony }) => testimony.says === 'allowed'))
    return { known: false, nodes: [...new Set(said.map(({ name }) => name))] };
  throw new Failure(`${title}: no node that was asked told it`, { details, hints });
}

function tell({
  name,
  testimony,
}: {
  readonly name: string;
  readonly testimony: Testimony;
}): string {
  if (testimony.says === 'refused') return `${name}: refuses user "${testimony.userName}"`;
  return `${name}: ${testimony.says === 'allowed' ? 'refuses nothing' : testimony.why}`;
}

async function askNode(apiServer: ApiServer, name: string, limits: Limits): Promise<Testimony> {
  try {
    const named = await askPath(apiServer, name, namingPath, limits);
    return (
      named ??
      (await askPath(apiServer, name, fallbackPath, limits)) ??
      nothing('it serves neither of the paths that tell')
    );
  } catch (error) {
    // One node that does not answer leaves the others to ask; a refusal of the caller concerns them all.
    if (!(error instanceof Failure) || error.cause instanceof ApiServerFailure) throw error;
    return nothing(error.message);
  }
}

/** Undefined where the path is not served, so that nothing was asked. */
async function askPath(
  apiServer: ApiServer,
  name: string,
  path: string,
  limits: Limits,
): Promise<Testimony | undefined> {
  const kubelet = openViaApiServer(name, apiServer, limits);
  const answer = await kubelet.read(await kubelet.send({ method: 'GET', path }), longestRefusal);
  const { status, text } = answer;
  const said = parseStatus(text);
  if (said && status === 403) throw callerRefused(apiServerFailure(answer));
  if (said) return nothing(said.message ?? `HTTP ${status}`);
  const refusal = status === 403 ? parseKubeletRefusal(text) : undefined;
  // Nothing may stand around a kubelet's own words: else they were somebody else's.
  if (refusal && /^Forbidden \([^\n]*\)$/.test(text.trim()))
    return { says: 'refused', userName: refusal.user };
  if (status === 405 && path === namingPath) return { says: 'allowed' };
  if (status === 404 && text.startsWith('404 page not found')) return undefined;
  if (status === 401)
    return nothing(
      'the kubelet accepts no credential of kube-apiserver (401): look at its --kubelet-client-certificate and the client CA of the kubelet',
    );
  if (causeOfAnswer(status, text) === undefined && path === fallbackPath)
    return nothing(
      'it lets kube-apiserver in without saying who that is, as checkpoint is switched off there',
    );
  return nothing(`it answered ${status}: ${text.trim().slice(0, 200)}`);
}

function nothing(why: string): Testimony {
  return { says: 'nothing', why };
}

function callerRefused(refused: ApiServerFailure): Failure {
  return new Failure(refused.message, {
    prefix: refused.prefix,
    cause: refused,
    details: [
      'That is the API server refusing you, not a kubelet: to find out who it is to kubelets, you need get on nodes/proxy.',
    ],
    hints: ['if you know the name that kubelets refuse: --subject user:NAME --allow-exec'],
  });
}

/** Refuses what must never be granted, or not without being named, with the true cause. */
export function checkKubeletClient(userName: string): void {
  const reason = notKubeletClient(userName);
  if (reason === undefined) return;
  if (userName.startsWith('system:serviceaccount:'))
    throw new Failure(
      `kubelets say that kube-apiserver is the service account "${userName}", which no kube-apiserver is`,
      {
        hints: [
          'look at the kubelets before you trust that; to grant it all the same: --subject and --allow-exec',
        ],
      },
    );
  throw new Failure(
    `kube-apiserver is "${userName}" to kubelets, and that is never granted anything: ${reason}`,
  );
}

function readyFirst(nodes: readonly Node[]): readonly Node[] {
  const ready = (node: Node) =>
    node.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True');
  return [...nodes.filter(ready), ...nodes.filter((node) => !ready(node))];
}
