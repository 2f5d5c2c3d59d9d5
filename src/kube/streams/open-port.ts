import type { WebSocket } from 'ws';
import type { DialedKubelet } from '../kubelet-client/client.ts';
import { responseFailure } from '../kubelet-client/response-failure.ts';
import type { Limits } from '../transport/limits.ts';
import { UpgradeDenied, upgradeTo } from './open-web-socket.ts';

/** A pod, by its parts of a path. */
export interface PodRef {
  readonly namespace: string;
  readonly pod: string;
}

interface Opening {
  readonly signal: AbortSignal;
  readonly limits?: Limits | undefined;
}

/**
 * What kubelets and API servers of all versions serve, one connection for each of a client. SPDY in a WebSocket, as of kubectl, is
 * not served by kubelets before 1.36, and gains nothing: a container runtime closes a second after either direction has ended.
 */
const protocols = ['v4.channel.k8s.io'];

/** Connects to a port of a pod. The WebSocket is paused. Throws a Failure for any other answer, or Interrupted. */
export async function openPort(
  kubelet: DialedKubelet,
  pod: PodRef,
  port: number,
  opening: Opening,
): Promise<WebSocket> {
  const path = pathOf(kubelet, pod);
  const name = kubelet.via === 'direct' ? 'port' : 'ports';
  try {
    return await upgradeTo(kubelet, { path: `${path}?${name}=${port}`, protocols, ...opening });
  } catch (error) {
    if (!(error instanceof UpgradeDenied)) throw error;
    throw responseFailure(kubelet, { method: 'GET', path }, error.response);
  }
}

/**
 * Asks for no port, which every hop but the last allows or denies as it would a port. The kubelet then says that one is missing, and
 * nothing in the pod is connected to. Throws a Failure for any other response.
 */
export async function checkPortForward(
  kubelet: DialedKubelet,
  pod: PodRef,
  opening: Opening,
): Promise<void> {
  const path = pathOf(kubelet, pod);
  try {
    const opened = await upgradeTo(kubelet, { path, protocols, ...opening });
    opened.terminate();
  } catch (error) {
    if (!(error instanceof UpgradeDenied)) throw error;
    const { response } = error;
    if (response.status === 400 && /"port" is required/.test(response.text)) return;
    throw responseFailure(kubelet, { method: 'GET', path }, response);
  }
}

function pathOf({ via }: DialedKubelet, { namespace, pod }: PodRef): string {
  // Through the API server, paths begin at the pod.
  return via === 'direct'
    ? `/portForward/${encodeURIComponent(namespace)}/${encodeURIComponent(pod)}`
    : '/portforward';
}
