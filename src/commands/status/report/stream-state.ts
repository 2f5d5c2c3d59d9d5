import { minorOf } from '../../../kubelet/authorization.ts';
import { type StreamingNode, takesWebSockets } from '../../../kubelet/stream-probes.ts';
import type { Facts, NodeFacts, StreamFacts } from '../facts.ts';
import { type FailedProbe, isFailed } from '../probe.ts';

/** Whether exec works on a node, as far as requests that run nothing show. */
export type StreamState = 'ok' | 'broken' | 'unknown';

/** kubectl needs one of its two ways to the kubelet, and the runtime behind it. */
export function relayedState(
  { webSocket, spdy, runtime }: StreamFacts,
  node: StreamingNode,
): StreamState {
  if (isFailed(runtime) && !isOfPod(runtime)) return 'broken';
  if (spdy.result === 'ok') return 'ok';
  // An older kube-apiserver turns a WebSocket that it accepts into SPDY.
  const isForKubelet = takesWebSockets(node) || (isFailed(spdy) && spdy.hop !== undefined);
  if (webSocket.result === 'ok' && isForKubelet) return 'ok';
  return isFailed(webSocket) || isFailed(spdy) ? 'broken' : 'unknown';
}

/** Whether the failure concerns only the pod, which has just ended, or which a kubelet does not know yet after its restart. */
export function isOfPod({ cause }: FailedProbe): boolean {
  return cause === 'not found' || cause === 'container not found';
}

export function streamingNode({ node: { status } }: NodeFacts): StreamingNode {
  return {
    runtime: status?.nodeInfo?.containerRuntimeVersion ?? '',
    minor: minorOf(status?.nodeInfo?.kubeletVersion),
    features: status?.declaredFeatures,
  };
}

function directState({ direct }: StreamFacts): StreamState {
  if (direct.result === 'ok') return 'ok';
  return isFailed(direct) ? 'broken' : 'unknown';
}

/** The streams of all nodes, on the path that counts; undefined without --streams. */
export function streamsOf({ nodes, path }: Facts): StreamState | undefined {
  const states = nodes.flatMap((node) => {
    const { streams } = node;
    if (!streams) return [];
    return path === 'direct' ? directState(streams) : relayedState(streams, streamingNode(node));
  });
  if (states.length === 0) return undefined;
  return (['broken', 'unknown'] as const).find((state) => states.includes(state)) ?? 'ok';
}
