import { openConnection, openServer } from '../../../cli/connection.ts';
import { type KubeletInvocation, openKubelets } from '../../../cli/kubelets.ts';
import { ApiServerUnreachable, Failure, orFailure, UsageFailure } from '../../../errors.ts';
import type { ApiServer } from '../../../kube/api-server/api-server.ts';
import { isNotFound } from '../../../kube/api-server/api-server-failure.ts';
import { kinds } from '../../../kube/api-server/kinds.ts';
import { withMissingPermission } from '../../../kube/api-server/write-denial.ts';
import {
  type DialedKubelet,
  openDirect,
  openDirectTo,
  openPodViaApiServer,
} from '../../../kube/kubelet-client/client.ts';
import { isOfAnotherNode, namesNodes, namingNode } from '../../../kube/kubelet-client/fallback.ts';
import type { KubeletAccess } from '../../../kube/kubelet-client/kubelet-access.ts';
import {
  lookUpOrKnown,
  type NodeCache,
  openNodeCache,
} from '../../../kube/kubelet-client/node-cache.ts';
import { findPodOfKubelet, nearPods } from '../../../kube/kubelet-client/pods-of-kubelet.ts';
import { type Limits, limitsFrom } from '../../../kube/transport/limits.ts';
import { minorOfNode } from '../../../kubelet/authorization.ts';
import { isNodeName, type Pod } from '../../../objects.ts';
import { escapeControlLine } from '../../../text/escape.ts';
import { didYouMean } from '../../../text/nearest.ts';
import { chooseContainer } from '../pod/choose-container.ts';
import { inNamespace, type PodChoice } from '../pod/pod-choice.ts';
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
  /** The same, as it is now. */
  readonly again: () => Promise<Pod>;
  /** The one that is named, or the default or first one. Throws a Failure if the pod has none of that name. */
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
    target.via === 'apiserver' ? undefined : await openKubelets(invocation, connection, true);
  const apiServer = openServer(invocation, connection);
  const lookup = limitsFrom(target);
  const limits = afterwards ?? lookup;
  const { signal } = invocation.context;
  try {
    const pod = inNamespace(target.pod, invocation.globals.namespace || connection.namespace);
    const { stderr, env } = invocation.context;
    const note = (text: string) => stderr.write(`note: ${escapeControlLine(text)}\n`);
    const cache = kubelets && namesNodes(kubelets) ? openNodeCache(env, connection) : undefined;
    const access = { apiServer, kubelets, signal, lookup, limits, cache, note };
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
  /** Addresses of earlier, for when the API server does not answer; undefined without. */
  readonly cache: NodeCache | undefined;
  readonly note: (text: string) => void;
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
  access: Access,
): Promise<Pick<FoundContainer, 'kubelet' | 'node' | 'minor' | 'object' | 'again' | 'container'>> {
  const { apiServer, cache, kubelets, signal, lookup, limits } = access;
  /** How to open the kubelet of a node. */
  const findNode = async (name: string) => {
    if (!kubelets)
      return {
        minor: undefined,
        open: (within: Limits) => openPodViaApiServer(pod, name, apiServer, within),
      };
    const next = { method: 'GET', path: `/${verb}/${pod.namespace}/${pod.name}` };
    const { node, note } = await lookUpOrKnown(name, cache, apiServer, next);
    if (note !== undefined) access.note(note);
    // At an address of earlier, the certificate must name it.
    const reached = note === undefined ? kubelets : namingNode(kubelets, name);
    return {
      minor: minorOfNode(node),
      open: (within: Limits) => openDirectTo(node, types, port, reached, signal, within),
    };
  };
  const chooser = (object: Pod) => () => chooseContainer(object, pod.container, access.note);
  if (place.kind === 'pod') {
    const { node, object } = await findPod(pod, apiServer);
    const { minor, open } = await findNode(node);
    const again = async () => (await findPod(pod, apiServer)).object;
    return { node, minor, object, again, container: chooser(object), kubelet: open(limits) };
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
    const container = chooser(object);
    const again = () => findPodOfKubelet(asked, pod);
    if (limits === lookup) return { node, minor, kubelet: asked, object, again, container };
    asked.close();
    return { node, minor, kubelet: open(limits), object, again, container };
  } catch (error) {
    asked.close();
    throw explainAnotherNode(error, asked.label, node);
  }
}

/** No cause of failed handshakes: the address of earlier is that of somebody else by now. */
function explainAnotherNode(error: unknown, label: string, node: string | undefined): unknown {
  if (!(error instanceof Failure) || !isOfAnotherNode(error)) return error;
  return new ApiServerUnreachable(`the certificate of the ${label} does not name ${node}`, {
    cause: error.cause,
    details: ['why: the address is cached, and another node may have it now; nothing was sent'],
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
    throw new Failure(`(NotFound): pods "${name}" not found in namespace ${namespace}`, {
      prefix: 'Error from server ',
      hints: [...didYouMean(near), `kubectl get pods -n ${namespace}`],
    });
  }
  const { nodeName = '' } = pod.spec;
  if (!isNodeName(nodeName))
    throw new Failure(`pod ${namespace}/${name} is not assigned to a node`, {
      hints: [`kubectl describe pod ${name} -n ${namespace}`],
    });
  return { object: pod, node: nodeName };
}
