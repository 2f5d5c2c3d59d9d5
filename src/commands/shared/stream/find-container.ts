import { openConnection, openServer } from '../../../cli/connection.ts';
import { type DirectPath, type KubeletInvocation, openPath } from '../../../cli/kubelets.ts';
import { Failure, messageOf, orFailure, UsageFailure } from '../../../errors.ts';
import { findAbsentNamespace } from '../../../kube/api-server/absent-names.ts';
import type { ApiServer } from '../../../kube/api-server/api-server.ts';
import { isNotFound } from '../../../kube/api-server/api-server-failure.ts';
import { kinds } from '../../../kube/api-server/kinds.ts';
import { withMissingPermission } from '../../../kube/api-server/write-denial.ts';
import type { ApiConnection } from '../../../kube/config/api-connection.ts';
import {
  type DialedKubelet,
  type Kubelet,
  openDirect,
  openDirectTo,
  openPodViaApiServer,
} from '../../../kube/kubelet-client/client.ts';
import { detourBy, KubeletFailure } from '../../../kube/kubelet-client/kubelet-failure.ts';
import { lookUpOrKnown, orUnknownPlace } from '../../../kube/kubelet-client/look-up-node.ts';
import { openNodeCache } from '../../../kube/kubelet-client/node-cache.ts';
import {
  isOfAnotherNode,
  namesNodes,
  namingNode,
} from '../../../kube/kubelet-client/open-cached.ts';
import type { PathChoice } from '../../../kube/kubelet-client/path-choice.ts';
import { findPodOfKubelet, nearPods } from '../../../kube/kubelet-client/pods-of-kubelet.ts';
import { type Limits, limitsFrom } from '../../../kube/transport/limits.ts';
import { minorOfNode } from '../../../kubelet/authorization.ts';
import { describeDetour } from '../../../kubelet/detours.ts';
import { isNodeName, type Node, type Pod } from '../../../objects.ts';
import { command } from '../../../text/command.ts';
import { escapeControlLine } from '../../../text/escape.ts';
import { didYouMean } from '../../../text/nearest.ts';
import { chooseContainer } from '../pod/choose-container.ts';
import { inNamespace, type PodChoice } from '../pod/pod-choice.ts';
import type { ContainerChoice } from './container-choice.ts';

export interface FoundContainer<Opened extends Kubelet = DialedKubelet> extends Disposable {
  readonly kubelet: Opened;
  /** Minor version of the kubelet; undefined if unknown. */
  readonly minor: number | undefined;
  readonly namespace: string;
  readonly pod: string;
  readonly object: Pod;
  readonly again: () => Promise<Pod>;
  /** Throws a Failure if the pod does not have the named container. */
  readonly container: () => string;
  readonly limits: Limits;
  notes(isVerbose: boolean): readonly string[];
}

export interface ContainerPlace {
  readonly pod: PodChoice;
  readonly apiServer: ApiServer;
  /** Node of the pod; its name is empty if only an address is known. */
  readonly node: Node;
  /** Opens the kubelet directly; undefined if only the API server can reach it. */
  readonly direct: ((limits: Limits) => DialedKubelet) | undefined;
  readonly left?: KubeletFailure | undefined;
  readonly choice?: PathChoice | undefined;
}

interface PodSearch<Opened extends Kubelet> {
  readonly ownStdin: boolean;
  readonly verb: string;
  /** Limits of requests after the pod is found; by default the limits of the look-up. */
  readonly afterwards?: Limits;
  readonly open: (place: ContainerPlace, limits: Limits) => Opened;
  /** Set for commands that accept --via auto. */
  readonly choose?: (node: Node, connection: ApiConnection) => PathChoice;
}

/** Through the API server, exec, attach and port-forward use the paths of the pod, not the node proxy. */
export function openStream(
  { pod, node, apiServer, direct }: ContainerPlace,
  limits: Limits,
): DialedKubelet {
  return direct?.(limits) ?? openPodViaApiServer(pod, node.metadata.name, apiServer, limits);
}

export async function findContainer<Opened extends Kubelet>(
  chosen: ContainerChoice,
  invocation: KubeletInvocation,
  { ownStdin, verb, afterwards, open, choose }: PodSearch<Opened>,
): Promise<FoundContainer<Opened>> {
  const { via, types, port, place: wanted } = chosen;
  const { signal, stderr, env } = invocation.context;
  const connection = await openConnection(invocation, { ownStdin });
  const path = await openPath(via, invocation, connection, true);
  const apiServer = openServer(invocation, connection);
  const lookup = limitsFrom(chosen.timeoutMs);
  const limits = afterwards ?? lookup;
  const note = (text: string) => void stderr.write(`note: ${escapeControlLine(text)}\n`);

  const find = async (pod: PodChoice): Promise<FoundPod<Opened>> => {
    if (wanted.kind === 'pod') return findByPod(pod, path);
    try {
      return await findByKubelet(pod, wanted);
    } catch (error) {
      const isUnread = error instanceof KubeletFailure && detourBy(error) !== undefined;
      if (via !== 'auto' || wanted.kind !== 'node' || !isUnread) throw error;
      const found = await findByPod(pod, { kubelets: undefined, left: error });
      if (found.node.metadata.name === wanted.name)
        return { ...found, notes: () => [`note: ${describeDetour(error.why, [wanted.name])}`] };
      found.kubelet.close();
      throw new Failure(
        `pod ${pod.namespace}/${pod.name} runs on ${found.node.metadata.name}, not on ${wanted.name}`,
        { details: { directly: messageOf(error) } },
      );
    }
  };

  const findByPod = async (pod: PodChoice, by: DirectPath): Promise<FoundPod<Opened>> => {
    const { node, object } = await findPod(pod, apiServer);
    const place = await placeOf(node, pod, by);
    return {
      ...{ node: place.node, object, kubelet: open(place, limits) },
      again: async () => (await findPod(pod, apiServer)).object,
      notes: (isVerbose) => place.choice?.notes(isVerbose) ?? [],
    };
  };

  /** Finds the pod in the kubelet's own list of pods, because the API server may be down. */
  const findByKubelet = async (
    pod: PodChoice,
    at: Exclude<ContainerChoice['place'], { readonly kind: 'pod' }>,
  ): Promise<FoundPod<Opened>> => {
    const { kubelets, left } = path;
    if (!kubelets) throw left ?? new UsageFailure('the API server finds the node by the pod');
    const place =
      at.kind === 'node'
        ? await placeOf(at.name, pod, path)
        : {
            ...{ pod, apiServer, node: { metadata: { name: '' } } },
            direct: (allowed: Limits) => openDirect(undefined, at, kubelets, signal, allowed),
          };
    const { node, direct } = place;
    if (!direct) throw place.left ?? new Error('a node without a path');
    const choice = choose?.(node, connection);
    const asked = direct(choice && via === 'auto' ? choice.limitsOf(lookup) : lookup);
    try {
      const object = await findPodOfKubelet(asked, pod);
      choice?.reached();
      // The request for the pod has shown that the direct path works. Requests with the same limits reuse its connection.
      const same = (allowed: Limits) => (allowed === lookup ? asked : direct(allowed));
      const kubelet = open({ ...place, direct: same, choice: undefined }, limits);
      const again = () => findPodOfKubelet(asked, pod);
      return { node, object, kubelet, again, asked, notes: () => [] };
    } catch (error) {
      asked.close();
      throw explainAnotherNode(error, asked.label, node);
    }
  };

  const placeOf = async (
    name: string,
    pod: PodChoice,
    { kubelets, left }: DirectPath,
  ): Promise<ContainerPlace> => {
    const relayed = { pod, apiServer, node: { metadata: { name } }, direct: undefined };
    if (!kubelets) return { ...relayed, left };
    // If the API server does not answer, a cached address is used, but only if the kubelet's certificate can prove the node.
    const cache = namesNodes(kubelets) ? openNodeCache(env, connection) : undefined;
    const next = { method: 'GET', path: `/${verb}/${pod.namespace}/${pod.name}` };
    const found = await orUnknownPlace(lookUpOrKnown(name, cache, apiServer, next), via);
    if (found instanceof KubeletFailure) return { ...relayed, left: found };
    if (found.note !== undefined) note(found.note);
    const { node } = found;
    // A cached address may belong to another node now, so the certificate must name the node.
    const reached = found.note === undefined ? kubelets : namingNode(kubelets, name);
    return {
      ...{ pod, apiServer, node, choice: choose?.(node, connection) },
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

interface FoundPod<Opened extends Kubelet>
  extends Pick<FoundContainer<Opened>, 'kubelet' | 'object' | 'again' | 'notes'> {
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

async function findPod(
  { namespace, name }: PodChoice,
  apiServer: ApiServer,
): Promise<{ readonly object: Pod; readonly node: string }> {
  const pods = `/api/v1/namespaces/${namespace}/pods`;
  let pod: Pod;
  try {
    pod = await apiServer.get(`${pods}/${name}`, kinds.Pod);
  } catch (error) {
    if (!isNotFound(error)) throw withMissingPermission(error);
    const absence = findAbsentNamespace(apiServer, namespace);
    const lists = [
      pods,
      `/api/v1/pods?fieldSelector=${encodeURIComponent(`metadata.name=${name}`)}`,
    ];
    const found = await Promise.all(
      lists.map((path) => orFailure(apiServer.list(path, kinds.Pod))),
    );
    const others = found.flatMap((list) => (list instanceof Failure ? [] : list));
    const near = nearPods(
      { namespace, name },
      others.map(({ metadata }) => metadata),
    ).map((pod) => pod.replace(`${namespace}/`, ''));
    const absent = await absence;
    throw new Failure(`(NotFound): pods "${name}" not found in namespace ${namespace}`, {
      prefix: 'Error from server ',
      details: absent ? [absent.message] : [],
      hints: [
        ...didYouMean([...near, ...(absent?.near ?? [])]),
        absent ? 'kubectl get namespaces' : command`kubectl get pods -n ${namespace}`,
      ],
    });
  }
  const { nodeName = '' } = pod.spec;
  if (!isNodeName(nodeName))
    throw new Failure(`pod ${namespace}/${name} is not assigned to a node`, {
      hints: [command`kubectl describe pod ${name} -n ${namespace}`],
    });
  return { object: pod, node: nodeName };
}
