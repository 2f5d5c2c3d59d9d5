import type { KubeletAnswer } from './kubelet-answer.ts';

export interface StreamRequest {
  readonly method: string;
  /** `exec` or `attach`, then namespace, pod and container. */
  readonly segments: readonly string[];
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/** `containers` is undefined if the pod does not exist. `isReachable`: whether the kubelet reaches the streaming server of its runtime. */
export interface StreamNode {
  readonly containers: readonly string[] | undefined;
  readonly isReachable: boolean;
}

const known = /^(?:v[45]\.|base64\.)?channel\.k8s\.io$/;

/**
 * Returns the error response for a stream; undefined if the kubelet opens the stream. Checks are in the order of exec.go in 1.31.14 and
 * 1.37.2: the 400 comes before the lookup of the pod, and only the runtime checks the subprotocol.
 */
export function refuseStream(
  { method, segments, query, headers }: StreamRequest,
  { containers, isReachable }: StreamNode,
): KubeletAnswer | undefined {
  const [kind, namespace, name, container = ''] = segments;
  const text = { 'content-type': 'text/plain; charset=utf-8' };
  const fail = (status: number, body: string, more = {}): KubeletAnswer => ({
    status,
    headers: { ...text, ...more },
    body,
  });
  if (method !== 'GET' && method !== 'POST')
    return fail(405, '405: Method Not Allowed', { allow: 'GET, POST' });
  if (!['input', 'output', 'error', 'tty'].some((stream) => query.has(stream)))
    return fail(400, 'you must specify at least 1 of stdin, stdout, stderr');
  if (!containers) return fail(404, 'pod does not exist');
  if (!containers.includes(container))
    return kind === 'exec'
      ? fail(500, `container not found (${JSON.stringify(container)})`)
      : fail(500, `container ${container} not found in pod ${name}_${namespace}`);
  if (headers['upgrade'] === undefined) return fail(500, 'Upgrade request required\n');
  if (!isReachable)
    return fail(
      500,
      '{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"error dialing backend: dial tcp 127.0.0.1:41519: connect: connection refused","code":500}\n',
      { 'content-type': 'application/json' },
    );
  const offered = headers['sec-websocket-protocol'];
  if (offered !== undefined && !offered.split(/, ?/).some((each) => known.test(each)))
    return { status: 403, headers: { connection: 'close', 'content-length': '0' }, body: '' };
  return undefined;
}
