import { minorOf } from '../../../kubelet/authorization.ts';
import { type StreamingNode, takesWebSockets } from '../../../kubelet/stream-probes.ts';
import type { Facts, NodeFacts, StreamFacts } from '../facts.ts';
import { type FailedProbe, isFailed } from '../probe.ts';

/** Whether exec works on a node, judged by requests that run nothing. */
export type StreamState = 'ok' | 'broken' | 'unknown';

/** Returns whether kubectl exec works: it needs a WebSocket or SPDY to the kubelet, and then the container runtime. */
export function relayedState(
  { webSocket, spdy, runtime }: StreamFacts,
  node: StreamingNode,
): StreamState {
  if (isFailed(runtime) && !isOfPod(runtime)) return 'broken';
  if (spdy.result === 'ok') return 'ok';
  // An older kube-apiserver accepts a WebSocket, and then asks the kubelet for SPDY.
  const isForKubelet = takesWebSockets(node) || (isFailed(spdy) && spdy.hop !== undefined);
  if (webSocket.result === 'ok' && isForKubelet) return 'ok';
  return isFailed(webSocket) || isFailed(spdy) ? 'broken' : 'unknown';
}

/** Whether only the pod fails: it has just ended, or a restarted kubelet does not know it yet. */
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

/** Returns the worst state of all nodes on the path that decides the verdict; undefined without --streams. */
export function streamsOf({ nodes, path }: Facts): StreamState | undefined {
  const states = nodes.flatMap((node) => {
    const { streams } = node;
    if (!streams) return [];
    return path === 'direct' ? directState(streams) : relayedState(streams, streamingNode(node));
  });
  if (states.length === 0) return undefined;
  return (['broken', 'unknown'] as const).find((state) => states.includes(state)) ?? 'ok';
}
