import { Failure, orFailure } from '../../../errors.ts';
import { findAbsentNamespace } from '../../../kube/api-server/absent-names.ts';
import type { ApiServer } from '../../../kube/api-server/api-server.ts';
import { isNotFound } from '../../../kube/api-server/api-server-failure.ts';
import { kinds } from '../../../kube/api-server/kinds.ts';
import { withMissingPermission } from '../../../kube/api-server/write-denial.ts';
import { suggestPods } from '../../../kube/kubelet-client/pods-of-kubelet.ts';
import { isNodeName, type Pod } from '../../../objects.ts';
import { command } from '../../../text/command.ts';
import { didYouMean } from '../../../text/nearest.ts';
import type { PodChoice } from './pod-choice.ts';

export async function findPod(
  { namespace, name }: Pick<PodChoice, 'namespace' | 'name'>,
  apiServer: ApiServer,
): Promise<Pod> {
  const pods = `/api/v1/namespaces/${namespace}/pods`;
  try {
    return await apiServer.get(`${pods}/${name}`, kinds.Pod);
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
    const near = suggestPods(
      { namespace, name },
      others.map(({ metadata }) => metadata),
    ).map((pod) => pod.replace(`${namespace}/`, ''));
    const absent = await absence;
    throw new Failure(`(NotFound): pods "${name}" not found in namespace ${namespace}`, {
      prefix: 'Error from server ',
      details: absent ? [absent.message] : [],
      hints: [
        ...(name === 'kubelet' ? [logOfKubelet] : []),
        ...didYouMean([...near, ...(absent?.near ?? [])]),
        absent ? 'kubectl get namespaces' : command`kubectl get pods -n ${namespace}`,
      ],
    });
  }
}

const logOfKubelet = 'the log of a kubelet: kubectl kubeletaccess node-logs NODE -u kubelet';

export function nodeOfPod({ metadata: { namespace, name }, spec }: Pod): string {
  const { nodeName = '' } = spec;
  if (isNodeName(nodeName)) return nodeName;
  throw new Failure(`pod ${namespace}/${name} is not assigned to a node`, {
    hints: [command`kubectl describe pod ${name} -n ${namespace}`],
  });
}
