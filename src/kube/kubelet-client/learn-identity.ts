import { Failure, reworded } from '../../errors.ts';
import { causeOfResponse } from '../../kubelet/causes/causes.ts';
import { parseKubeletDenial } from '../../kubelet/denial.ts';
import { kubeletEndpoints } from '../../kubelet/endpoints.ts';
import { flavourOf, flavours } from '../../kubelet/flavours.ts';
import { readyState } from '../../kubelet/readiness.ts';
import type { Node } from '../../objects.ts';
import { authorizerBeside } from '../../rbac/api-server-denial.ts';
import { notKubeletClient } from '../../rbac/kubelet-client-name.ts';
import { commandLine } from '../../text/shell.ts';
import type { ApiServer } from '../api-server/api-server.ts';
import {
  ApiServerFailure,
  apiServerFailure,
  parseStatus,
} from '../api-server/api-server-failure.ts';
import { defaultLimits, type Limits } from '../transport/limits.ts';
import { longestErrorBody, openViaApiServer } from './client.ts';
import { noGrantHelps } from './response-failure.ts';

/** The identity that kube-apiserver presents to kubelets. */
export type KubeletClient =
  /** Named by the denials of kubelets. */
  | { readonly known: true; readonly userName: string }
  /** These nodes denied nothing, so none named it: it may do all that it was probed for. */
  | { readonly known: false; readonly nodes: readonly string[] };

/** What to run when the identity cannot be determined. */
export interface Advice {
  readonly ifKnown: string;
  /** For one of several users that kubelets name. */
  readonly forOne: (subject: string) => string;
}

const usualAdvice: Advice = {
  ifKnown: '--subject user:NAME',
  forOne: (subject) => commandLine([...grantWords, subject, '--allow-exec']),
};
const grantWords = ['kubectl', 'kubeletaccess', 'grant', '--subject'];

/** What the kubelet of one node says about it. */
interface ProbeResult {
  readonly words: string;
  /** That it denies. */
  readonly userName?: string;
  readonly deniesNothing?: true;
}

/**
 * Allowed neither by the pair nor by system:kubelet-api-admin, so that the denial names the identity even while the pair
 * exists.
 */
const namingPath = kubeletEndpoints.checkpoint.probe;

/** Names the identity at least while nothing is granted, where checkpoint is disabled. */
const fallbackPath = kubeletEndpoints.healthz.probe;

/** On a connection each, so that several API servers behind one address are likely to answer. */
const probeCount = 5;

/** The API server itself waits much longer for a node that does not answer; the other nodes will do. */
const probeLimits: Limits = { ...defaultLimits, connectMs: 5_000, responseMs: 10_000 };

/**
 * Determines the user that kube-apiserver is to kubelets. Several nodes are probed at once and must agree: a single one,
 * broken or hostile, must not choose who is granted access to all.
 */
export async function learnKubeletClient(
  apiServer: ApiServer,
  nodes: readonly Node[],
  limits: Limits = probeLimits,
  advice: Advice = usualAdvice,
): Promise<KubeletClient> {
  const hints = [`if you know it: ${advice.ifKnown}`];
  const title = 'cannot determine the kubelet client identity of kube-apiserver';
  if (nodes.length === 0) throw new Failure(`${title}: the cluster has no nodes`, { hints });
  const asked = nodes.filter((node) => beyondGrants(node) === undefined);
  const [reason] = nodes.flatMap((node) => beyondGrants(node) ?? []);
  if (asked.length === 0 && reason !== undefined) throw new Failure(`${title}: ${reason}`);
  const chosen = readyFirst(asked).slice(0, probeCount);
  const results = await Promise.all(
    Array.from({ length: probeCount }, async (_, index) => {
      const node = chosen[index % chosen.length]?.metadata.name ?? '';
      return { node, result: await askNode(apiServer, node, limits) };
    }),
  );
  const details = [...new Set(results.map(({ node, result }) => `${node}: ${result.words}`))];
  const users = new Set(results.flatMap(({ result }) => result.userName ?? []));
  const [userName] = users;
  if (users.size > 1)
    throw new Failure(`${title}: kubelets name different users`, {
      details: [
        ...details,
        'Either API servers use different client certificates, or a kubelet cannot be trusted.',
      ],
      hints: [...users]
        .filter((name) => notKubeletClient(name) === undefined)
        .map((name) => `if that is an API server: ${advice.forOne(`user:${name}`)}`),
    });
  if (userName !== undefined) return { known: true, userName };
  // A node that allows kube-apiserver everything says nothing about those that did not answer.
  if (results.every(({ result }) => result.deniesNothing))
    return { known: false, nodes: [...new Set(results.map(({ node }) => node))] };
  throw new Failure(`${title}: no kubelet named it`, { details, hints });
}

/** Why what a node answers says nothing about kube-apiserver; undefined where it does. */
function beyondGrants(node: Node): string | undefined {
  const flavour = flavourOf(node);
  return flavour && flavours[flavour].beyondGrants;
}

async function askNode(apiServer: ApiServer, node: string, limits: Limits): Promise<ProbeResult> {
  try {
    const result =
      (await askPath(apiServer, node, namingPath, limits)) ??
      (await askPath(apiServer, node, fallbackPath, limits));
    return result ?? { words: 'serves neither probe path' };
  } catch (error) {
    // A node that does not answer leaves the others; a denial by the API server concerns them all.
    if (!(error instanceof Failure) || error.cause instanceof ApiServerFailure) throw error;
    return { words: error.message };
  }
}

/** Undefined where the path is not served, and nobody was authorized. */
async function askPath(
  apiServer: ApiServer,
  node: string,
  path: string,
  limits: Limits,
): Promise<ProbeResult | undefined> {
  const kubelet = openViaApiServer(node, apiServer, limits);
  const response = await kubelet.read(
    await kubelet.send({ method: 'GET', path, isApart: true }),
    longestErrorBody,
  );
  const { status, text } = response;
  const apiStatus = parseStatus(text);
  if (apiStatus && status === 403) throw callerDenied(apiServerFailure(response));
  if (apiStatus) return { words: apiStatus.message ?? `HTTP ${status}` };
  const denial = status === 403 ? parseKubeletDenial(text) : undefined;
  // The whole text must be the kubelet's: with anything around it, it is somebody else's.
  if (denial && /^Forbidden \([^\n]*\)$/.test(text.trim()))
    return { words: `denies user "${denial.user}"`, userName: denial.user };
  if (status === 405 && path === namingPath)
    return { words: 'denies nothing', deniesNothing: true };
  if (status === 404 && text.startsWith('404 page not found')) return undefined;
  if (status === 401)
    return {
      words:
        'rejects the credentials of kube-apiserver (401): check its --kubelet-client-certificate and the clientCAFile of the kubelet',
    };
  if (causeOfResponse(status, text) === undefined && path === fallbackPath)
    return {
      words: 'allows kube-apiserver without naming it, because checkpoint is disabled there',
    };
  return { words: `answered ${status}: ${text.trim().slice(0, 200)}` };
}

function callerDenied(denied: ApiServerFailure): Failure {
  const beside = authorizerBeside(denied.words);
  if (beside !== undefined)
    return reworded(denied, { cause: denied, details: [noGrantHelps(beside)] });
  return reworded(denied, {
    cause: denied,
    details: [
      'The API server denied this request, not a kubelet: you need get on nodes/proxy to determine the kubelet client identity.',
    ],
    hints: ['if you know the user that kubelets deny: --subject user:NAME --allow-exec'],
  });
}

/** Rejects users that must never be granted access, or only by name. */
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

function readyFirst(nodes: readonly Node[]): readonly Node[] {
  const ready = (node: Node) => readyState(node) === 'True';
  return [...nodes.filter(ready), ...nodes.filter((node) => !ready(node))];
}
