import { openConnection, openServer } from '../../../cli/connection.ts';
import type { KubeletInvocation } from '../../../cli/kubelets.ts';
import type { ApiServer } from '../../../kube/api-server/api-server.ts';
import { type Kubelet, openPodViaApiServer } from '../../../kube/kubelet-client/client.ts';
import { findPodOfKubelet } from '../../../kube/kubelet-client/pods-of-kubelet.ts';
import { type Limits, limitsFrom } from '../../../kube/transport/limits.ts';
import { minorOfNode } from '../../../kubelet/authorization.ts';
import type { Pod } from '../../../objects.ts';
import { escapeControlLine } from '../../../text/escape.ts';
import { findTargets, type KubeletTarget } from '../door/find-targets.ts';
import { openDoor } from '../door/open-door.ts';
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
  const { timeoutMs } = chosen;
  const { context, globals } = invocation;
  const connection = await openConnection(invocation, { ownStdin });
  const apiServer = openServer(invocation, connection);
  const opened: Pick<Kubelet | ApiServer, 'close'>[] = [apiServer];
  const close = () => {
    for (const each of opened) each.close();
  };
  const note = (text: string) => void context.stderr.write(`note: ${escapeControlLine(text)}\n`);
  try {
    const pod = inNamespace(chosen.pod, globals.namespace || connection.namespace);
    const { namespace, name } = pod;
    const next = { method: 'GET', path: `/${verb}/${namespace}/${name}` };
    const door = await openDoor(invocation, connection, {
      ...{ ...chosen, apiServer, next, isOne: true },
    });
    const open = (target: KubeletTarget, limits: Limits) => {
      const relay = (node: string) => openPodViaApiServer(pod, node, apiServer, limits);
      const kubelet = door.one(target, limits, isOfPod ? { relay } : {});
      opened.push(kubelet);
      return kubelet;
    };
    const found = chosen.kubelets ? undefined : await findPod(pod, apiServer);
    const kubelets = chosen.kubelets ?? { kind: 'node', name: found ? nodeOfPod(found) : '' };
    const { targets, note: age } = await findTargets(
      { ...chosen, kubelets, shard: undefined, isFleet: false },
      next,
      { apiServer, nodeCache: door.cache, asksFirst: true, isByName: !door.direct },
    );
    if (age !== undefined) note(age);
    const [target] = targets as readonly [KubeletTarget];
    const lookup = limitsFrom(timeoutMs);
    const limits = afterwards ?? lookup;
    // The kubelet's own list of pods has the pod, too, because the API server may be down. Requests with the same limits reuse the connection.
    const asked = found ? undefined : open(target, lookup);
    const again = () => (asked ? findPodOfKubelet(asked, pod) : findPod(pod, apiServer));
    const object = found ?? (await again());
    return {
      kubelet: asked && !afterwards ? asked : open(target, limits),
      ...{ namespace, pod: name, object, again, limits },
      minor: target.node && minorOfNode(target.node),
      container: () => chooseContainer(object, pod.container, note),
      [Symbol.dispose]: close,
    };
  } catch (error) {
    close();
    throw error;
  }
}
