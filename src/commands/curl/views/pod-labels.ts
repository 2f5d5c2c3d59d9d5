import type { Labels, Row } from './body-view.ts';
import type { Pod } from './pods-body.ts';

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
    return byName.get(`${namespace}/${pod}`);
  };
}
