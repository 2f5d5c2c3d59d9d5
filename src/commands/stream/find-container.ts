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
import { minorOf } from '../../kubelet/authorization.ts';
import type { Pod } from '../../objects.ts';
import { chooseContainer } from '../pod/choose-container.ts';
import { findPod } from '../pod/find-pod.ts';
import { inNamespace } from '../pod/pod-choice.ts';
import type { StreamTarget } from './target.ts';

/** A pod, and the kubelet that runs it. */
export interface FoundContainer {
  readonly kubelet: DialedKubelet;
  /** Undefined for an address. */
  readonly node: string | undefined;
  /** The minor version of the kubelet; undefined if nobody told. */
  readonly minor: number | undefined;
  readonly namespace: string;
  readonly pod: string;
  readonly object: Pod;
  /** The one that is named, or the default or only one. Throws a Failure if it cannot be chosen. */
  readonly container: () => string;
  /** Of the kubelet. */
  readonly limits: Limits;
  readonly apiServer: ApiServer;
  close(): void;
}

interface Finding {
  /** Who owns standard input must not share it with a credential plugin. */
  readonly ownStdin: boolean;
  readonly verb: string;
  /** For what the kubelet is sent when the pod is found; those of the target by default. */
  readonly afterwards?: Limits;
}

export async function findContainer(
  target: StreamTarget,
  invocation: KubeletInvocation,
  { ownStdin, verb, afterwards }: Finding,
): Promise<FoundContainer> {
  const connection = await openConnection(invocation, { ownStdin });
  const kubelets =
    target.via === 'apiserver' ? undefined : await openKubelets(invocation, connection);
  const apiServer = openServer(invocation, connection);
  const lookup = limitsFrom({ ...target, connectMs: undefined, maxTimeMs: undefined });
  const limits = afterwards ?? lookup;
  const { signal } = invocation.context;
  try {
    const pod = inNamespace(target.pod, invocation.globals.namespace || connection.namespace);
    const access = { apiServer, kubelets, signal, lookup, limits };
    const found = await find({ ...target, pod }, verb, access);
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
  readonly lookup: Limits;
  readonly limits: Limits;
}

async function find(
  { place, pod, types, port }: StreamTarget,
  verb: string,
  { apiServer, kubelets, signal, lookup, limits }: Access,
): Promise<Pick<FoundContainer, 'kubelet' | 'node' | 'minor' | 'object' | 'container'>> {
  /** How to open the kubelet of a node. */
  const findNode = async (name: string) => {
    if (!kubelets)
      return {
        minor: undefined,
        open: (within: Limits) => openPodViaApiServer(pod, name, apiServer, within),
      };
    const next = { method: 'GET', path: `/${verb}/${pod.namespace}/${pod.name}` };
    const node = await lookUpNode(apiServer, name, next);
    return {
      minor: knownMinor(node.status?.nodeInfo?.kubeletVersion),
      open: (within: Limits) => openDirectTo(node, types, port, kubelets, signal, within),
    };
  };
  if (place.kind === 'pod') {
    const { node, object, parts } = await findPod(pod, apiServer);
    const { minor, open } = await findNode(node);
    return { node, minor, object, container: parts.container, kubelet: open(limits) };
  }
  if (!kubelets) throw new UsageFailure('the API server finds the node by the pod');
  const node = place.kind === 'node' ? place.name : undefined;
  const { minor, open } =
    place.kind === 'node'
      ? await findNode(place.name)
      : {
          minor: undefined,
          open: (within: Limits) => openDirect(undefined, place, kubelets, signal, within),
        };
  const asked = open(lookup);
  try {
    const object = await findPodOfKubelet(asked, pod);
    const container = () => chooseContainer(object, pod.container);
    if (limits === lookup) return { node, minor, kubelet: asked, object, container };
    asked.close();
    return { node, minor, kubelet: open(limits), object, container };
  } catch (error) {
    asked.close();
    throw error;
  }
}

function knownMinor(version: string | undefined): number | undefined {
  const minor = minorOf(version);
  return Number.isFinite(minor) ? minor : undefined;
}
