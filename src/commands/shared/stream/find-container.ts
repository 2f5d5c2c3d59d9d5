import type { KubeletInvocation } from '../../../cli/kubelets.ts';
import { type Kubelet, podStreams } from '../../../kube/kubelet-client/client.ts';
import { findPodOfKubelet } from '../../../kube/kubelet-client/pods-of-kubelet.ts';
import { type Limits, limitsFrom } from '../../../kube/transport/limits.ts';
import { minorOfNode } from '../../../kubelet/authorization.ts';
import type { Pod } from '../../../objects.ts';
import { escapeControlLine } from '../../../text/escape.ts';
import type { KubeletTarget } from '../door/find-targets.ts';
import { openFleet } from '../fleet/open-fleet.ts';
import { chooseContainer } from '../pod/choose-container.ts';
import { findPod, nodeOfPod } from '../pod/find-pod.ts';
import { inNamespace } from '../pod/pod-choice.ts';
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

interface PodSearch {
  readonly ownStdin: boolean;
  readonly verb: string;
  /** Limits of requests after the pod is found; by default the limits of the look-up. */
  readonly afterwards?: Limits;
  /** Whether requests through the API server use the paths of the pod, not the node proxy. */
  readonly isOfPod: boolean;
}

export async function findContainer(
  chosen: ContainerChoice,
  invocation: KubeletInvocation,
  { ownStdin, verb, afterwards, isOfPod }: PodSearch,
): Promise<FoundContainer> {
  const { kubelets = { kind: 'node', name: '' }, timeoutMs } = chosen;
  let found: Pod | undefined;
  const fleet = await openFleet(invocation, {
    ...{ ownStdin, isOne: true, cache: 'API server is down' },
    chosen: { ...chosen, kubelets, shard: undefined, isFleet: false },
    request: { method: 'GET', path: `/${verb}/${chosen.pod.namespace}/${chosen.pod.name}` },
    nodesOf: chosen.kubelets
      ? undefined
      : async (apiServer, namespace) => {
          found = await findPod(inNamespace(chosen.pod, namespace), apiServer);
          return [nodeOfPod(found)];
        },
  });
  const { door, apiServer, close } = fleet;
  const opened: Kubelet[] = [];
  const closeAll = () => {
    for (const kubelet of opened) kubelet.close();
    close();
  };
  try {
    const pod = inNamespace(chosen.pod, fleet.namespace);
    const { namespace, name } = pod;
    const [target] = fleet.found.targets as readonly [KubeletTarget];
    const open = (limits: Limits) => {
      const kubelet = door.one(target, limits, isOfPod ? { relay: podStreams(pod) } : {});
      opened.push(kubelet);
      return kubelet;
    };
    const lookup = limitsFrom(timeoutMs);
    const limits = afterwards ?? lookup;
    // The kubelet's own list has the pod, too, because the API server may be down. Requests with the same limits reuse the connection.
    const asked = found ? undefined : open(lookup);
    const again = () => (asked ? findPodOfKubelet(asked, pod) : findPod(pod, apiServer));
    const object = found ?? (await again());
    return {
      kubelet: asked && !afterwards ? asked : open(limits),
      ...{ namespace, pod: name, object, again, limits },
      minor: target.node && minorOfNode(target.node),
      container: () =>
        chooseContainer(object, pod.container, (text) =>
          invocation.context.stderr.write(`note: ${escapeControlLine(text)}\n`),
        ),
      [Symbol.dispose]: closeAll,
    };
  } catch (error) {
    closeAll();
    throw error;
  }
}
