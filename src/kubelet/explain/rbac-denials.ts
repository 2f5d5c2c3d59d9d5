import { explainDenial } from './explain-denial.ts';
import type { FoundError } from './explanation.ts';
import { describeRefusal, hopOfRefusal, isKubeletClient } from './kubelet-refusals.ts';
import type { Location } from './locate.ts';

const denial =
  /RBAC DENY: user "([^"]{0,300})" groups \[[^\]]{0,2000}\] cannot "([a-z*]{1,40})" resource "([a-z]{1,60})((?:\.[\w-]{1,60}){0,9})((?:\/[\w*]{1,60})?)"(?: named "[^"]{0,260}")?(?: cluster-wide| in namespace "([^"]{1,260})")?/g;

/** The log of kube-apiserver's authorizer. Of a subresource of nodes that it does not serve, a kubelet asked it. */
export function rbacDenials(text: string, location: Location): readonly FoundError[] {
  return [...text.matchAll(denial)]
    .slice(0, 20)
    .map(([evidence, user = '', verb = '', parent = '', group = '', path = '', namespace]) => {
      const subresource = path.slice(1);
      const isOfNodes = parent === 'nodes' && group === '' && subresource !== '';
      if (
        isOfNodes &&
        subresource !== 'status' &&
        (subresource !== 'proxy' || isKubeletClient(user))
      ) {
        const refusal = { user, verb, resource: 'nodes', subresources: [subresource] };
        const hop = hopOfRefusal(user, '', location);
        return describeRefusal('forbidden', refusal, hop, location, evidence);
      }
      const refusal = {
        ...{ user, verb, resource: parent + path, apiGroup: group.slice(1) },
        ...(namespace !== undefined && { namespace }),
      };
      const { node } = location;
      return { ...explainDenial(refusal, 'kube-apiserver'), remedy: '', node, evidence };
    });
}
