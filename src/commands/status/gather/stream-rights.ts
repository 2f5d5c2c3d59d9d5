import type { Known } from '../../../known.ts';
import {
  type AskedRequest,
  type Reviewed,
  reviewSelf,
} from '../../../kube/api-server/access-review.ts';
import type { ApiServer } from '../../../kube/api-server/api-server.ts';
import type { NodeFacts, StreamRight } from '../facts.ts';

const resources = ['pods/exec', 'pods/attach', 'pods/portforward'] as const;

/** What RBAC says of the caller's streams, in the namespace of a pod that was asked for. */
export function reviewStreams(
  apiServer: ApiServer,
  nodes: readonly NodeFacts[],
  review: (ask: () => Promise<Reviewed | undefined>, needs: string) => Promise<Known<Reviewed>>,
): Promise<readonly StreamRight[]> {
  const namespace = nodes.find(({ streams }) => streams?.pod)?.streams?.pod?.namespace;
  return Promise.all(
    resources.map(async (resource) => {
      const [parent = '', subresource = ''] = resource.split('/');
      const asked: AskedRequest = {
        ...{ verb: 'create', resource: parent, subresource },
        ...(namespace !== undefined && { namespace }),
      };
      const ask = () => reviewSelf(apiServer, asked);
      return { resource, namespace, review: await review(ask, 'create selfsubjectaccessreviews') };
    }),
  );
}
