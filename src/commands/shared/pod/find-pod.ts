import { Failure, orFailure } from '../../../errors.ts';
import type { ApiServer } from '../../../kube/api-server/api-server.ts';
import { isNotFound } from '../../../kube/api-server/api-server-failure.ts';
import { kinds } from '../../../kube/api-server/kinds.ts';
import { explainDenial } from '../../../kube/api-server/write-denial.ts';
import { isNodeName, type Pod } from '../../../objects.ts';
import { nearestNames } from '../../../text/nearest.ts';
import { chooseContainer } from './choose-container.ts';
import type { PodChoice } from './pod-choice.ts';

/** Where a pod runs, and its parts of a path. */
export interface FoundPod {
  readonly object: Pod;
  readonly node: string;
  readonly parts: {
    readonly namespace: string;
    readonly pod: string;
    /** Throws a Failure if it cannot be chosen. */
    readonly container: () => string;
  };
}

export async function findPod(
  { namespace, name, container }: PodChoice,
  apiServer: ApiServer,
): Promise<FoundPod> {
  const pods = `/api/v1/namespaces/${namespace}/pods`;
  let pod: Pod;
  try {
    pod = await apiServer.get(`${pods}/${name}`, kinds.Pod);
  } catch (error) {
    if (!isNotFound(error)) throw explainDenial(error);
    const others = await orFailure(apiServer.list(pods, kinds.Pod));
    const names = others instanceof Failure ? [] : others.map(({ metadata }) => metadata.name);
    const near = nearestNames(name, names, 3);
    throw new Failure(`(NotFound): pods "${name}" not found in namespace ${namespace}`, {
      prefix: 'Error from server ',
      hints: [
        ...(near.length === 0 ? [] : [`did you mean: ${near.join(' or ')}?`]),
        `kubectl get pods -n ${namespace}`,
      ],
    });
  }
  const { nodeName = '' } = pod.spec;
  if (!isNodeName(nodeName))
    throw new Failure(`pod ${namespace}/${name} is not assigned to a node`, {
      hints: [`kubectl describe pod ${name} -n ${namespace}`],
    });
  const chosen = () => chooseContainer(pod, container);
  // Also where no part of the path is filled in with it.
  if (container !== '') chosen();
  return {
    object: pod,
    node: nodeName,
    parts: { namespace, pod: name, container: chosen },
  };
}
