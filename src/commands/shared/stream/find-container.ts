import { openConnection, openServer } from '../../../cli/connection.ts';
import { type KubeletInvocation, openPath } from '../../../cli/kubelets.ts';
import { Failure, UsageFailure } from '../../../errors.ts';
import type { ApiServer } from '../../../kube/api-server/api-server.ts';
import {
  type Kubelet,
  openDirect,
  openDirectTo,
  openPodViaApiServer,
} from '../../../kube/kubelet-client/client.ts';
import { lookUpOrKnown } from '../../../kube/kubelet-client/look-up-node.ts';
import { openNodeCache } from '../../../kube/kubelet-client/node-cache.ts';
import {
  isOfAnotherNode,
  namesNodes,
  namingNode,
} from '../../../kube/kubelet-client/open-cached.ts';
import { findPodOfKubelet } from '../../../kube/kubelet-client/pods-of-kubelet.ts';
import { type Limits, limitsFrom } from '../../../kube/transport/limits.ts';
import { minorOfNode } from '../../../kubelet/authorization.ts';
import type { Node, Pod } from '../../../objects.ts';
import { escapeControlLine } from '../../../text/escape.ts';
import { chooseContainer } from '../pod/choose-container.ts';
import { findPod, nodeOfPod } from '../pod/find-pod.ts';
import { inNamespace, type PodChoice } from '../pod/pod-choice.ts';
import type { ContainerChoice } from './container-choice.ts';

export interface FoundContainer extends Disposable {
  readonly kubelet: Kubelet;
  /** Minor version of the kubelet; undefined if unknown. */
  readonly minor: number | undefined;
  readonly namespace: string;
  readonly pod: string;
  readonly object: Pod;
  readonly again: () => Promise<Pod>;
  /** Throws a Failure if the pod does not have the named container. */
  readonly container: () => string;
  readonly limits: Limits;
}

export interface ContainerPlace {
  readonly pod: PodChoice;
  readonly apiServer: ApiServer;
  /** Node of the pod; its name is empty if only an address is known. */
  readonly node: Node;
  /** Opens the kubelet directly; undefined if only the API server can reach it. */
  readonly direct: ((limits: Limits) => Kubelet) | undefined;
}

interface PodSearch {
  readonly ownStdin: boolean;
  readonly verb: string;
  /** Limits of requests after the pod is found; by default the limits of the look-up. */
  readonly afterwards?: Limits;
  readonly open: (place: ContainerPlace, limits: Limits) => Kubelet;
}

/** Through the API server, exec, attach and port-forward use the paths of the pod, not the node proxy. */
export function openStream(
  { pod, node, apiServer, direct }: ContainerPlace,
  limits: Limits,
): Kubelet {
  return direct?.(limits) ?? openPodViaApiServer(pod, node.metadata.name, apiServer, limits);
}

export async function findContainer(
  chosen: ContainerChoice,
  invocation: KubeletInvocation,
  { ownStdin, verb, afterwards, open }: PodSearch,
): Promise<FoundContainer> {
  const { via, types, port, place: wanted } = chosen;
  const { signal, stderr, env } = invocation.context;
  const connection = await openConnection(invocation, { ownStdin });
  const { kubelets } = await openPath(via, invocation, connection, true);
  const apiServer = openServer(invocation, connection);
  const lookup = limitsFrom(chosen.timeoutMs);
  const limits = afterwards ?? lookup;
  const note = (text: string) => void stderr.write(`note: ${escapeControlLine(text)}\n`);

  const find = async (pod: PodChoice): Promise<FoundPod> => {
    if (wanted.kind !== 'pod') return findByKubelet(pod, wanted);
    const object = await findPod(pod, apiServer);
    const place = await placeOf(nodeOfPod(object), pod);
    const again = () => findPod(pod, apiServer);
    return { node: place.node, object, kubelet: open(place, limits), again };
  };

  /** Finds the pod in the kubelet's own list of pods, because the API server may be down. */
  const findByKubelet = async (
    pod: PodChoice,
    at: Exclude<ContainerChoice['place'], { readonly kind: 'pod' }>,
  ): Promise<FoundPod> => {
    const place =
      at.kind === 'node'
        ? await placeOf(at.name, pod)
        : {
            ...{ pod, apiServer, node: { metadata: { name: '' } } },
            direct:
              kubelets &&
              ((allowed: Limits) => openDirect(undefined, at, kubelets, signal, allowed)),
          };
    const { node, direct } = place;
    if (!direct) throw new UsageFailure('the API server finds the node by the pod');
    const asked = direct(lookup);
    try {
      const object = await findPodOfKubelet(asked, pod);
      // Requests with the same limits reuse the connection.
      const same = (allowed: Limits) => (allowed === lookup ? asked : direct(allowed));
      const kubelet = open({ ...place, direct: same }, limits);
      const again = () => findPodOfKubelet(asked, pod);
      return { node, object, kubelet, again, asked };
    } catch (error) {
      asked.close();
      throw explainAnotherNode(error, asked.label, node);
    }
  };

  const placeOf = async (name: string, pod: PodChoice): Promise<ContainerPlace> => {
    if (!kubelets) return { pod, apiServer, node: { metadata: { name } }, direct: undefined };
    // If the API server does not answer, a cached address is used, but only if the kubelet's certificate can prove the node.
    const cache = namesNodes(kubelets) ? openNodeCache(env, connection) : undefined;
    const next = { method: 'GET', path: `/${verb}/${pod.namespace}/${pod.name}` };
    const found = await lookUpOrKnown(name, cache, apiServer, next);
    if (found.note !== undefined) note(found.note);
    const { node } = found;
    // A cached address may belong to another node now, so the certificate must name the node.
    const reached = found.note === undefined ? kubelets : namingNode(kubelets, name);
    return {
      ...{ pod, apiServer, node },
      direct: (allowed) => openDirectTo(node, types, port, reached, signal, allowed),
    };
  };

  try {
    const pod = inNamespace(chosen.pod, invocation.globals.namespace || connection.namespace);
    const { asked, node, ...found } = await find(pod);
    return {
      ...{ ...found, namespace: pod.namespace, pod: pod.name, limits, minor: minorOfNode(node) },
      container: () => chooseContainer(found.object, pod.container, note),
      [Symbol.dispose]: () => {
        found.kubelet.close();
        asked?.close();
        apiServer.close();
      },
    };
  } catch (error) {
    apiServer.close();
    throw error;
  }
}

interface FoundPod extends Pick<FoundContainer, 'kubelet' | 'object' | 'again'> {
  readonly node: Node;
  /** Connection to the kubelet that listed the pod; undefined if the API server found the pod. */
  readonly asked?: Kubelet;
}

function explainAnotherNode(error: unknown, label: string, { metadata }: Node): unknown {
  if (!(error instanceof Failure) || !isOfAnotherNode(error)) return error;
  return new Failure(`the certificate of the ${label} does not name ${metadata.name}`, {
    kind: 'API server unreachable',
    cause: error.cause,
    details: {
      why: 'the address is cached, and another node may have it now; nothing was sent',
    },
  });
}
