/**
 * A request for a stream that opens none and runs nothing: it ends at a hop of its own, and the words of the response tell at
 * which. Seen on v1.31.14 and v1.37.2.
 */
export interface StreamProbe {
  readonly method: 'GET' | 'POST';
  /** There is no command: whatever answers, there is nothing to run. */
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** A handshake needs a key of 16 bytes. For a stream that is not opened it may be the same each time. */
const key = Buffer.from('kubeletaccess...').toString('base64');

function webSocket(protocol: string): StreamProbe['headers'] {
  return {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': key,
    'sec-websocket-protocol': protocol,
  };
}

export const streamRequests = {
  /** As kubectl asks first: a GET. A kubelet that allows it misses the streams to attach. */
  webSocket: { method: 'GET', query: '', headers: webSocket('v4.channel.k8s.io') },
  /** As kubectl asks when that fails: a POST, and so another verb. */
  spdy: {
    method: 'POST',
    query: '',
    headers: {
      connection: 'Upgrade',
      upgrade: 'SPDY/3.1',
      'x-stream-protocol-version': 'v4.channel.k8s.io',
    },
  },
  /** The streaming server of the container runtime denies a subprotocol that nobody speaks, before it opens anything. */
  runtime: { method: 'GET', query: 'output=1&stdout=true', headers: webSocket('kubeletaccess') },
} as const satisfies Record<string, StreamProbe>;

export type StreamStep = keyof typeof streamRequests;

/** Whether a response shows that a request came as far as it can. */
export function hasArrived(step: StreamStep, status: number, body: string): boolean {
  return step === 'runtime'
    ? status === 403 && body === ''
    : status === 400 && body.startsWith('you must specify at least 1 of stdin, stdout, stderr');
}

/** Facts of a node that decide the protocol by which kube-apiserver calls its kubelet. */
export interface StreamingNode {
  /** `containerd://2.0.0` */
  readonly runtime: string;
  readonly minor: number;
  /** Undefined where the kubelet declares none. */
  readonly features: readonly string[] | undefined;
}

/**
 * Whether kube-apiserver passes a WebSocket on to the kubelet, which then calls the runtime itself (ExtendWebSocketsToKubelet).
 * Otherwise it turns every stream of kubectl into SPDY, whose verb is create.
 */
export function takesWebSockets({ minor, features }: StreamingNode): boolean {
  return features?.includes('ExtendWebSocketsToKubelet') ?? minor >= 36;
}

/** Whether exec may fail behind the last hop that a request without a stream reaches: cri-dockerd speaks no TLS there. */
export function mayLackTls(node: StreamingNode): boolean {
  return node.runtime.startsWith('docker://') && takesWebSockets(node);
}
