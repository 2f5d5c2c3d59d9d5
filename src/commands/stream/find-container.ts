import { openConnection, openServer } from '../../cli/connection.ts';
import { type KubeletInvocation, openKubelets } from '../../cli/kubelets.ts';
import { UsageFailure } from '../../errors.ts';
import type { ApiServer } from '../../kube/api-server/api-server.ts';
import { lookUpNode } from '../../kube/api-server/nodes.ts';
import type { KubeletAccess } from '../../kube/kubelet/credentials.ts';
import {
  type DialedKubelet,
  openDirect,
  openDirectTo,
  openPodViaApiServer,
} from '../../kube/kubelet/kubelet.ts';
import { findPodOfKubelet } from '../../kube/kubelet/pods-of-kubelet.ts';
import { type Limits, limitsFrom } from '../../kube/transport/limits.ts';
import type { Pod } from '../../objects.ts';
import { chooseContainer } from '../pod/choose-container.ts';
import { findPod } from '../pod/find-pod.ts';
import type { StreamTarget } from './target.ts';

/** A pod, and the kubelet that runs it. */
export interface FoundContainer {
  readonly kubelet: DialedKubelet;
  /** Undefined for an address. */
  readonly node: string | undefined;
  readonly namespace: string;
  readonly pod: string;
  readonly object: Pod;
  /** The one that is named, or the default or only one. Throws a Failure if it cannot be chosen. */
  readonly container: () => string;
  /** To connect. */
  readonly limits: Limits;
  readonly apiServer: ApiServer;
  close(): void;
}

/** Who owns standard input must not share it with a credential plugin. */
export async function findContainer(
  target: StreamTarget,
  invocation: KubeletInvocation,
  { ownStdin, verb }: { readonly ownStdin: boolean; readonly verb: string },
): Promise<FoundContainer> {
  const connection = await openConnection(invocation, { ownStdin });
  const kubelets =
    target.via === 'apiserver' ? undefined : await openKubelets(invocation, connection);
  const apiServer = openServer(invocation, connection);
  const limits = limitsFrom({ ...target, connectMs: undefined, maxTimeMs: undefined });
  const chosen = target.pod.namespace || invocation.globals.namespace || connection.namespace;
  const pod = { ...target.pod, namespace: chosen };
  const { signal } = invocation.context;
  try {
    const found = await find({ ...target, pod }, verb, { apiServer, kubelets, signal, limits });
    const close = () => {
      found.kubelet.close();
      apiServer.close();
    };
    return { ...found, namespace: pod.namespace, pod: pod.name, limits, apiServer, close };
  } catch (error) {
    apiServer.close();
    throw error;
  }
}

interface Access {
  readonly apiServer: ApiServer;
  /** Undefined for the path through the API server. */
  readonly kubelets: KubeletAccess | undefined;
  readonly signal: AbortSignal;
  readonly limits: Limits;
}

async function find(
  { place, pod, types, port }: StreamTarget,
  verb: string,
  { apiServer, kubelets, signal, limits }: Access,
): Promise<Pick<FoundContainer, 'kubelet' | 'node' | 'object' | 'container'>> {
  const openNode = async (name: string) => {
    if (!kubelets) return openPodViaApiServer(pod, name, apiServer, limits);
    const next = { method: 'GET', path: `/${verb}/${pod.namespace}/${pod.name}` };
    const node = await lookUpNode(apiServer, name, next);
    return openDirectTo(node, types, port, kubelets, signal, limits);
  };
  if (place.kind === 'pod') {
    const { node, object, parts } = await findPod(pod, apiServer);
    return { node, object, container: parts.container, kubelet: await openNode(node) };
  }
  if (!kubelets) throw new UsageFailure('the API server finds the node by the pod');
  const node = place.kind === 'node' ? place.name : undefined;
  const kubelet =
    place.kind === 'node'
      ? await openNode(place.name)
      : openDirect(undefined, place, kubelets, signal, limits);
  try {
    const object = await findPodOfKubelet(kubelet, pod);
    return { node, kubelet, object, container: () => chooseContainer(object, pod.container) };
  } catch (error) {
    kubelet.close();
    throw error;
  }
}
