/**
 * A request for a stream that opens no stream and runs nothing. Each probe ends at a certain hop, which the text of the response
 * shows. Observed on v1.31.14 and v1.37.2.
 */
export interface StreamProbe {
  readonly method: 'GET' | 'POST';
  /** Query without a command, so that no hop can run one. */
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Key of 16 bytes that a WebSocket handshake needs; it may be constant, because no stream is opened. */
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
  /** kubectl's first request, a GET. A kubelet that allows it answers that the request names no streams. */
  webSocket: { method: 'GET', query: '', headers: webSocket('v4.channel.k8s.io') },
  /** kubectl's request if the GET fails: a POST, for which another verb is checked. */
  spdy: {
    method: 'POST',
    query: '',
    headers: {
      connection: 'Upgrade',
      upgrade: 'SPDY/3.1',
      'x-stream-protocol-version': 'v4.channel.k8s.io',
    },
  },
  /** A request with an unknown subprotocol, which the container runtime's streaming server denies before it opens a stream. */
  runtime: { method: 'GET', query: 'output=1&stdout=true', headers: webSocket('kubeletaccess') },
} as const satisfies Record<string, StreamProbe>;

export type StreamStep = keyof typeof streamRequests;

/** Whether a response shows that a request reached the last hop that it can reach. */
export function hasArrived(step: StreamStep, status: number, body: string): boolean {
  return step === 'runtime'
    ? status === 403 && body === ''
    : status === 400 && body.startsWith('you must specify at least 1 of stdin, stdout, stderr');
}

/** Facts of a node that decide the protocol by which kube-apiserver calls its kubelet. */
export interface StreamingNode {
  /** Container runtime and version, such as `containerd://2.0.0`. */
  readonly runtime: string;
  readonly minor: number;
  /** Features that the kubelet declares; undefined if it declares none. */
  readonly features: readonly string[] | undefined;
}

/**
 * Whether kube-apiserver forwards a WebSocket to the kubelet, which then calls the runtime itself (ExtendWebSocketsToKubelet).
 * Otherwise, kube-apiserver converts every stream of kubectl to SPDY, for which kubelets check the verb create.
 */
export function takesWebSockets({ minor, features }: StreamingNode): boolean {
  return features?.includes('ExtendWebSocketsToKubelet') ?? minor >= 36;
}

/** Whether exec may fail after the last hop that these probes reach, because cri-dockerd does not support TLS there. */
export function mayLackTls(node: StreamingNode): boolean {
  return node.runtime.startsWith('docker://') && takesWebSockets(node);
}
