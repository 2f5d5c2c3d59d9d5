import { Failure } from '../../../errors.ts';
import type { Pod } from '../../../objects.ts';
import { nearest } from '../../../text/nearest.ts';

/** Annotation that names the default container. Source: kubectl/pkg/cmd/util/podcmd. */
const defaultContainer = 'kubectl.kubernetes.io/default-container';

type Container = NonNullable<Pod['spec']['containers']>[number];

export function containerOf({ spec }: Pod, wanted: string): Container | undefined {
  const { containers = [], initContainers = [], ephemeralContainers = [] } = spec;
  const all = [...containers, ...initContainers, ...ephemeralContainers];
  return all.find(({ name }) => name === wanted);
}

/** Returns containers in the order in which kubectl logs prints them. */
export function containerNames({ spec }: Pod): readonly string[] {
  const { containers = [], initContainers = [], ephemeralContainers = [] } = spec;
  return [...initContainers, ...containers, ...ephemeralContainers].map(({ name }) => name);
}

/**
 * Returns the container `wanted`. If `wanted` is empty, returns the default or first container, as kubectl does. Calls `note` if it chooses
 * the first of several containers.
 */
export function chooseContainer(object: Pod, wanted: string, note: (text: string) => void): string {
  const { metadata, spec } = object;
  const usual = (spec.containers ?? []).map(({ name }) => name);
  const all = [...new Set([...usual, ...containerNames(object)])];
  const pod = `pod ${metadata.namespace}/${metadata.name}`;
  if (wanted !== '') {
    if (all.includes(wanted)) return wanted;
    const near = nearest(wanted, all);
    throw new Failure(`${pod} has no container ${wanted}, only ${all.join(', ')}`, {
      hints: near === undefined ? [] : [`did you mean: --container ${near}?`],
    });
  }
  const named = metadata.annotations?.[defaultContainer];
  if (named !== undefined && usual.includes(named)) return named;
  const [first] = usual;
  if (first === undefined) throw new Failure(`${pod} has no container`);
  if (usual.length > 1) note(`defaulted container "${first}" out of: ${all.join(', ')}`);
  return first;
}
