import * as kit from '../../kit/rbac.ts';
import { bind } from './bind.ts';
import type { Blueprint } from './blueprint.ts';

const user = 'system:kube-apiserver';

/** Creates the role and binding of cluster-kube-apiserver-operator. The kubeconfig lacks the CA of kubelets. */
export const asOpenshift: Partial<Blueprint> = {
  ownAuthorities: ['kubelet-ca'],
  kubeletClient: { commonName: user, organizations: ['kube-master'] },
  furnish: (cluster) =>
    bind(cluster, { name: 'kube-apiserver', role: 'kube-apiserver', subject: kit.user(user) }, [
      kit.rule('nodes/proxy', 'get,create'),
    ]),
};
