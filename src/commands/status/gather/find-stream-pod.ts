import type { Known } from '../../../known.ts';
import type { ApiServer } from '../../../kube/api-server/api-server.ts';
import { findInList } from '../../../kube/api-server/find-in-list.ts';
import { kinds } from '../../../kube/api-server/kinds.ts';
import { readOrNote } from '../../../kube/read-or-note.ts';
import type { Limits } from '../../../kube/transport/limits.ts';
import type { StreamPod } from '../facts.ts';

/** A pod of a node with a running container, which requests for a stream may name; undefined if the node has none. */
export function findStreamPod(
  apiServer: ApiServer,
  node: string,
  limits: Limits,
): Promise<Known<StreamPod | undefined>> {
  // From the cache of the API server, which has an index of it.
  const path = `/api/v1/pods?fieldSelector=spec.nodeName%3D${node}&resourceVersion=0`;
  const find = () =>
    findInList(apiServer, path, kinds.Pod, limits, ({ metadata, status }) => {
      const { namespace, name } = metadata;
      const running = status?.containerStatuses?.find(({ state }) => state?.running !== undefined);
      return running && { namespace, name, container: running.name };
    });
  return readOrNote(find, 'list pods');
}
