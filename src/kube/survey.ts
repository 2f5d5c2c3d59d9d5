import pMap from 'p-map';
import { Failure, Interrupted } from '../errors.ts';
import { kubeletAddress } from '../kubelet/address.ts';
import { causeOfAnswer, causeOfTransport } from '../kubelet/cause.ts';
import { parseKubeletRefusal } from '../kubelet/refusal.ts';
import type { Facts, NodeFacts, Probe } from '../kubelet/report.ts';
import type { Node, SubjectAccessReview } from '../objects.ts';
import {
  type ApiServer,
  ApiServerFailure,
  apiServerFailure,
  orUndefined,
  parseStatus,
} from './api-server.ts';
import { whoAmI } from './caller.ts';
import type { ApiConnection } from './config/connection.ts';
import { type Kubelet, longestRefusal, openDirect, openViaApiServer } from './kubelet.ts';
import type { KubeletAccess } from './kubelet-access.ts';
import { learnKubeletClient } from './kubelet-client.ts';
import { findPair } from './pair.ts';
import { TransportError } from './transport/error.ts';
import type { Limits } from './transport/limits.ts';

export interface ProbeSettings {
  readonly limits: Limits;
  /** How many nodes are asked at once. */
  readonly parallel: number;
  readonly types: readonly string[];
  readonly port: number | undefined;
}

/** Looks at everything that `status` tells about; asks nothing that changes anything. */
export async function gatherFacts(
  apiServer: ApiServer,
  connection: ApiConnection,
  openAccess: () => Promise<KubeletAccess>,
  settings: ProbeSettings,
  signal: AbortSignal,
): Promise<Facts> {
  const nodes = await apiServer.list<Node>('/api/v1/nodes');
  const [caller, pair, client] = await Promise.all([
    whoAmI(apiServer),
    findPair(apiServer),
    nameClient(apiServer, nodes, settings.limits),
  ]);
  const access = await orFailure(openAccess());
  const probed = await pMap(nodes, (node) => probeNode(apiServer, node, access, settings, signal), {
    concurrency: settings.parallel,
    signal,
  }).catch((error: unknown) => {
    throw signal.aborted ? new Interrupted() : error;
  });
  return {
    server: connection.server,
    caller: caller.user,
    client,
    pair,
    review:
      'userName' in client && client.userName !== undefined
        ? await review(apiServer, client.userName)
        : undefined,
    nodes: probed,
  };
}

async function nameClient(
  apiServer: ApiServer,
  nodes: readonly Node[],
  limits: Limits,
): Promise<Facts['client']> {
  try {
    const learned = await learnKubeletClient(apiServer, nodes, limits);
    return { userName: learned.known ? learned.userName : undefined };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    // That the caller may not ask shows in each probe.
    if (error.cause instanceof ApiServerFailure) return { unknown: '' };
    return { unknown: [error.message, ...error.details].join('; ') };
  }
}

async function review(apiServer: ApiServer, userName: string): Promise<boolean | undefined> {
  const body: SubjectAccessReview = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: {
      user: userName,
      resourceAttributes: { version: 'v1', resource: 'nodes', subresource: 'proxy', verb: 'get' },
    },
  };
  const path = '/apis/authorization.k8s.io/v1/subjectaccessreviews';
  return (await orUndefined(apiServer.write<SubjectAccessReview>('POST', path, body)))?.status
    ?.allowed;
}

async function orFailure<T>(made: Promise<T>): Promise<T | Failure> {
  try {
    return await made;
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}

async function probeNode(
  apiServer: ApiServer,
  node: Node,
  access: KubeletAccess | Failure,
  settings: ProbeSettings,
  signal: AbortSignal,
): Promise<NodeFacts> {
  const name = node.metadata?.name ?? '';
  const address = kubeletAddress(node, settings.types, settings.port);
  const direct = async (): Promise<Probe> => {
    if (access instanceof Failure) return { result: 'not asked', why: access.message };
    if (!address)
      return {
        result: 'failed',
        by: 'network',
        cause: 'no address',
        words: `node ${name} has no address of type ${settings.types.join(', ')}`,
      };
    return probe(openDirect(name, address, access, signal, settings.limits));
  };
  const [viaApiServer, straight] = await Promise.all([
    probe(openViaApiServer(name, apiServer, settings.limits)),
    direct(),
  ]);
  return { node, address, direct: straight, viaApiServer };
}

async function probe(kubelet: Kubelet): Promise<Probe> {
  try {
    const sent = await kubelet.send({ method: 'GET', path: '/healthz' });
    const answer = await kubelet.read(sent, longestRefusal);
    const { status, text } = answer;
    const cause = causeOfAnswer(status, text);
    if (cause === undefined) return { result: 'ok' };
    if (kubelet.via === 'apiserver' && parseStatus(text)) {
      const { words } = apiServerFailure(answer);
      const what = status === 403 ? cause : 'API server cannot reach node';
      return { result: 'failed', by: 'api server', cause: what, words };
    }
    const words = `the ${kubelet.label} answered ${status}: ${text.trim()}`;
    const refusal = status === 403 ? parseKubeletRefusal(text) : undefined;
    return { result: 'failed', by: 'kubelet', cause, words, refusal };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const cause = error.cause instanceof TransportError ? causeOfTransport(error.cause) : 'unknown';
    return { result: 'failed', by: 'network', cause, words: error.message };
  } finally {
    kubelet.close();
  }
}
