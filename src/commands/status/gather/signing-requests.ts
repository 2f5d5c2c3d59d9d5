import { isFound, type Known } from '../../../known.ts';
import { readServingRequests } from '../../../kube/api-server/serving-requests.ts';
import { type ServingRequests, waitingRequest } from '../../../kubelet/serving-requests.ts';
import type { NodeFacts, PendingRequest, Probe } from '../facts.ts';
import type { Sources } from './sources.ts';

/** The requests for serving certificates; read only where a kubelet has no certificate yet. */
export async function readRequests(
  { apiServer, signal }: Sources,
  probed: readonly NodeFacts[],
): Promise<Known<ServingRequests>> {
  if (signal.aborted || !probed.some(isWaiting)) return { found: new Map() };
  return readServingRequests(apiServer);
}

export function withRequests(
  probed: readonly NodeFacts[],
  requests: Known<ServingRequests>,
): readonly NodeFacts[] {
  if (!isFound(requests)) return probed;
  return probed.map((facts) =>
    isWaiting(facts)
      ? { ...facts, pendingRequest: pendingOf(requests.found, facts.node.metadata.name) }
      : facts,
  );
}

function isWaiting({ direct, viaApiServer }: NodeFacts): boolean {
  const waits = (probe: Probe) =>
    probe.result === 'failed' && probe.cause === 'no serving certificate yet';
  return waits(direct) || waits(viaApiServer);
}

function pendingOf(requests: ServingRequests, node: string): PendingRequest | undefined {
  const request = waitingRequest(requests, node);
  return request && { name: request.name, approved: request.state === 'approved' };
}
