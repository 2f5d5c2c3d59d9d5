import type { Pod } from '../../../kubelet/bodies/pods.ts';
import { plainText } from '../../../text/column.ts';
import type { Labels, Row } from '../fleet/outcome.ts';

/** The labels of the pod that a row names; read when the first is asked for. */
export function podLabels(pods: () => Iterable<Pod>): (row: Row) => Labels | undefined {
  let byName: ReadonlyMap<string, Labels> | undefined;
  return ({ namespace, pod }) => {
    byName ??= new Map(
      [...pods()].map(({ metadata: { namespace, name, labels = {} } }) => [
        `${namespace}/${name}`,
        labels,
      ]),
    );
    return byName.get(`${plainText(namespace)}/${plainText(pod)}`);
  };
}
