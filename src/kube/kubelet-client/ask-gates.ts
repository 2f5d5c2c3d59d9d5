import { interrupted, isFound, type Known } from '../../known.ts';
import { minorOf } from '../../kubelet/authorization.ts';
import { longestConfiguration } from '../../kubelet/configz.ts';
import { type AskedGate, dependsOnGate, gateByAnswer } from '../../kubelet/finer-permissions.ts';
import type { Node } from '../../objects.ts';
import { parseApiServerDenial } from '../../rbac/api-server-denial.ts';
import type { ApiServer } from '../api-server/api-server.ts';
import { apiServerFailure, statusOfApiServer } from '../api-server/api-server-failure.ts';
import { forEachNode } from '../for-each-node.ts';
import { readOrNote } from '../read-or-note.ts';
import type { Limits } from '../transport/limits.ts';
import { openViaApiServer } from './client.ts';

/** Limit of kubelets that are asked at the same time, and the time limit for each kubelet in ms. */
const asking = { parallel: 32, timeoutMs: 10_000, progress: () => {} };

/**
 * Finds out whether kubelets check finer permissions than nodes/proxy. Asks kubelets through the API server if their version does not show
 * the answer. After the API server has denied a request, asks no more kubelets.
 */
export async function askGates(
  apiServer: ApiServer,
  nodes: readonly Node[],
  signal: AbortSignal,
): Promise<readonly AskedGate[]> {
  let denied: Known<boolean> | undefined;
  const visit = async (node: NodeMinor, limits: Limits) => {
    if (denied) return { ...node, gate: denied };
    const { gate, isDenied } = await askGate(apiServer, node, limits);
    if (isDenied) denied = gate;
    return { ...node, gate };
  };
  const unclear = nodes.map(minorOfNode).filter(({ minor }) => dependsOnGate(minor));
  const cutOff = (node: NodeMinor) => ({ ...node, gate: interrupted });
  return forEachNode(unclear, { ...asking, signal, visit, interrupted: cutOff });
}

type NodeMinor = Omit<AskedGate, 'gate'>;

function minorOfNode({ metadata, status }: Node): NodeMinor {
  return { node: metadata.name, minor: minorOf(status?.nodeInfo?.kubeletVersion) };
}

async function askGate(
  apiServer: ApiServer,
  { node, minor }: NodeMinor,
  limits: Limits,
): Promise<{ readonly gate: Known<boolean>; readonly isDenied: boolean }> {
  const kubelet = openViaApiServer(node, apiServer, limits);
  const read = await readOrNote(async () => {
    const sent = await kubelet.send({ method: 'GET', path: '/configz' });
    return kubelet.read(sent, longestConfiguration);
  });
  if (!isFound(read)) return { gate: read, isDenied: false };
  const response = read.found;
  if (response.status < 400 || statusOfApiServer(response) === undefined)
    return { gate: gateByAnswer(response, minor), isDenied: false };
  const { words } = apiServerFailure(response);
  const isDenied = response.status === 403 && parseApiServerDenial(words) !== undefined;
  return { gate: { unknown: words }, isDenied };
}
