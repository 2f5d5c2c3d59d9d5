import type { ApiServer } from '../../../kube/api-server/api-server.ts';
import { orUndefined } from '../../../kube/api-server/api-server-failure.ts';
import { findPair } from '../../../kube/api-server/pair-objects.ts';
import { type Asking, learnKubeletClient } from '../../../kube/kubelet-client/learn-identity.ts';
import type { KubeletClient } from '../../../kubelet/agree-on-client.ts';
import type { Node } from '../../../objects.ts';
import { grantsIn } from '../../../rbac/grant.ts';
import { knownNames } from '../../../rbac/names.ts';

/**
 * Finds out by which user name kubelets know kube-apiserver. With profile apiserver-full, kubelets deny it nothing, so that no denial names
 * it: it then is the user to whom grant gave this profile.
 */
export async function findClient(
  apiServer: ApiServer,
  nodes: readonly Node[],
  asking: Asking = {},
): Promise<KubeletClient> {
  const client = await learnKubeletClient(apiServer, nodes, asking);
  if (client.known) return client;
  const { role, binding } = (await orUndefined(findPair(apiServer, knownNames))) ?? {};
  const [grant, ...others] = grantsIn(role ? [role] : [], binding ? [binding] : []);
  return grant?.profile === 'apiserver-full' && others.length === 0
    ? { known: true, userName: grant.subject.name }
    : client;
}
