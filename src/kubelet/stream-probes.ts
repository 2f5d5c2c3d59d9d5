/**
 * A request for exec or attach that opens no stream and runs no command. Each probe is meant to be rejected by a certain server;
 * the text of the response shows which server it reached. Observed on v1.31.14 and v1.37.2.
 */
export interface StreamProbe {
  readonly method: 'GET' | 'POST';
  /** Query without a command, so that no server can run one. */
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Key of 16 bytes, as the WebSocket handshake requires. It is constant, because no stream is opened. */
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
  /** The request that kubectl sends first: a GET. If the kubelet allows it, the response says that the request names no streams. */
  webSocket: { method: 'GET', query: '', headers: webSocket('v4.channel.k8s.io') },
  /** The request that kubectl sends if the GET fails: a POST, for which kubelets check verb create. */
  spdy: {
    method: 'POST',
    query: '',
    headers: {
      connection: 'Upgrade',
      upgrade: 'SPDY/3.1',
      'x-stream-protocol-version': 'v4.channel.k8s.io',
    },
  },
  /** A request with an unknown subprotocol. The streaming server of the container runtime rejects it before it opens a stream. */
  runtime: { method: 'GET', query: 'output=1&stdout=true', headers: webSocket('kubeletaccess') },
} as const satisfies Record<string, StreamProbe>;

export type StreamStep = keyof typeof streamRequests;

/** Whether a response shows that the probe reached the server that was meant to reject it. */
export function hasArrived(step: StreamStep, status: number, body: string): boolean {
  return step === 'runtime'
    ? status === 403 && body === ''
    : status === 400 && body.startsWith('you must specify at least 1 of stdin, stdout, stderr');
}

/** Facts about a node that decide by which protocol kube-apiserver calls its kubelet. */
export interface StreamingNode {
  /** Container runtime and version, such as `containerd://2.0.0`. */
  readonly runtime: string;
  readonly minor: number;
  /** Features that the kubelet declares on its Node object; undefined if it declares none. */
  readonly features: readonly string[] | undefined;
}

/**
 * Whether kube-apiserver forwards a WebSocket to the kubelet, which then calls the container runtime itself
 * (ExtendWebSocketsToKubelet). Otherwise, kube-apiserver converts every stream of kubectl to SPDY, for which kubelets check verb
 * create.
 */
export function takesWebSockets({ minor, features }: StreamingNode): boolean {
  return features?.includes('ExtendWebSocketsToKubelet') ?? minor >= 36;
}

/** Whether exec may fail even if all probes succeed. cri-dockerd does not support TLS on a connection that no probe reaches. */
export function mayLackTls(node: StreamingNode): boolean {
  return node.runtime.startsWith('docker://') && takesWebSockets(node);
}
