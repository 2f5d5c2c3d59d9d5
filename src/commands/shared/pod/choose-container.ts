import { Failure } from '../../../errors.ts';
import type { Pod } from '../../../objects.ts';
import { nearest } from '../../../text/nearest.ts';

/** As kubectl reads it (kubectl/pkg/cmd/util/podcmd). */
const defaultContainer = 'kubectl.kubernetes.io/default-container';

/** What a container is made with. */
export function containerOf(pod: Pod, wanted: string): Container | undefined {
  return containersOf(pod).find(({ name }) => name === wanted);
}

type Container = NonNullable<Pod['spec']['containers']>[number];

function containersOf({ spec }: Pod): readonly Container[] {
  const { containers = [], initContainers = [], ephemeralContainers = [] } = spec;
  return [...containers, ...initContainers, ...ephemeralContainers];
}

/** The container that is named, or the default or only one. */
export function chooseContainer(object: Pod, wanted: string): string {
  const { metadata, spec } = object;
  const usual = (spec.containers ?? []).map(({ name }) => name);
  const all = containersOf(object).map(({ name }) => name);
  const pod = `pod ${metadata.namespace}/${metadata.name}`;
  if (wanted !== '') {
    if (all.includes(wanted)) return wanted;
    const near = nearest(wanted, all);
    throw new Failure(`${pod} has no container ${wanted}, only ${all.join(', ')}`, {
      hints: near === undefined ? [] : [`did you mean: --container ${near}?`],
    });
  }
  const [only] = usual;
  if (only !== undefined && usual.length === 1) return only;
  const named = metadata.annotations?.[defaultContainer];
  if (named !== undefined && usual.includes(named)) return named;
  throw new Failure(`${pod} has several containers and no default one: ${all.join(', ')}`, {
    hints: ['choose one: --container NAME'],
  });
}
