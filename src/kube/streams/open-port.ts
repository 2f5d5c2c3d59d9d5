import type { WebSocket } from 'ws';
import { orThrow } from '../../errors.ts';
import type { Kubelet } from '../kubelet-client/client.ts';
import { responseFailure } from '../kubelet-client/response-failure.ts';
import { type Upgrade, UpgradeDenied, upgradeTo } from './open-web-socket.ts';

export interface PodRef {
  readonly namespace: string;
  readonly pod: string;
}

type PortOpening = Pick<Upgrade, 'signal' | 'limits'>;

/**
 * The protocol that kubelets and API servers of all versions serve. It needs a WebSocket for each client. kubectl's protocol, SPDY in a
 * WebSocket, requires kubelet 1.36. SPDY can end one direction alone, but this has no use: a container runtime then closes the connection
 * after one second.
 */
const protocols = ['v4.channel.k8s.io'];

/** Opens a paused WebSocket to a port of a pod. Throws Interrupted, or a Failure if the response is not a WebSocket. */
export async function openPort(
  kubelet: Kubelet,
  pod: PodRef,
  port: number,
  opening: PortOpening,
): Promise<WebSocket> {
  const path = pathOf(kubelet, pod);
  const name = kubelet.via === 'direct' ? 'port' : 'ports';
  const opened = upgradeTo(kubelet, { path: `${path}?${name}=${port}`, protocols, ...opening });
  return orThrow(opened, (error) => explain(error, kubelet, path));
}

/**
 * Checks whether the API server and the kubelet allow port-forward, by a request without a port. If they do, the kubelet answers that the
 * port is missing, and connects to nothing in the pod. Throws a Failure for any other response.
 */
export async function checkPortForward(
  kubelet: Kubelet,
  pod: PodRef,
  opening: PortOpening,
): Promise<void> {
  const path = pathOf(kubelet, pod);
  try {
    const opened = await upgradeTo(kubelet, { path, protocols, ...opening });
    opened.terminate();
  } catch (error) {
    const { status = 0, text = '' } = error instanceof UpgradeDenied ? error.response : {};
    if (status !== 400 || !/"port" is required/.test(text)) throw explain(error, kubelet, path);
  }
}

function explain(error: unknown, kubelet: Kubelet, path: string): unknown {
  if (!(error instanceof UpgradeDenied)) return error;
  return responseFailure(kubelet, { method: 'GET', path }, error.response);
}

function pathOf({ via }: Kubelet, { namespace, pod }: PodRef): string {
  // For a request through the API server, the path is relative to the pod.
  return via === 'direct'
    ? `/portForward/${encodeURIComponent(namespace)}/${encodeURIComponent(pod)}`
    : '/portforward';
}
