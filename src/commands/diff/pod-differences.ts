import type { RunningFacts } from '../../kubelet/bodies/pods.ts';
import type { Checked } from '../../schema.ts';
import type { View } from '../../text/column.ts';
import type { Row } from '../shared/fleet/outcome.ts';
import type { Bodies, BodyView, RowsRead } from '../shared/rows/body-view.ts';
import type { NamedPod } from '../shared/rows/select-rows.ts';
import { identityOf, isStatic, type PodFacts } from './pod-facts.ts';

/** One pod as the container runtime, the kubelet and the API server report it. A field is undefined if its source does not have the pod. */
export interface PodSides {
  /** Undefined as well if the container runtime was not read. */
  readonly runtime?: RunningFacts | undefined;
  readonly kubelet?: PodFacts | undefined;
  readonly api?: PodFacts | undefined;
  /** Whether the pods of the kubelet could not be read. */
  readonly withoutKubelet?: boolean;
}

/** Kinds of differences, in the order in which they are printed. */
export type Difference =
  | 'not in API'
  | 'no mirror'
  | 'not on kubelet'
  | 'stale mirror'
  | 'orphaned'
  | 'not running'
  | 'uid'
  | 'terminating'
  | 'status'
  | 'ready'
  | 'restarts';

export interface PodDifference extends PodSides {
  readonly differences: readonly Difference[];
}

export interface PodComparison {
  readonly columns: View<Row>;
  readonly extraPaths: BodyView['extraPaths'];
  /** @param api pods of the same node in the API server */
  readonly find: (bodies: Bodies, api: readonly PodFacts[]) => Checked<DifferencesRead>;
  readonly differencesOf: (sides: PodSides) => readonly Difference[];
  readonly row: (difference: PodDifference, node: string) => Row;
}

interface DifferencesRead {
  readonly differences: readonly PodDifference[];
  /** All pods of the kubelet, whether or not they differ. */
  readonly pods: readonly NamedPod[];
  readonly problems: RowsRead['problems'];
}

/**
 * Finds for each pod of a kubelet the same pod in the API server, by uid or, if no uid matches, by name. Pods that only one side has are
 * returned too.
 */
export function pairPods(
  kubelet: readonly PodFacts[],
  api: readonly PodFacts[],
): readonly PodSides[] {
  const takeById = takerOf(api, identityOf);
  const paired = kubelet.map((each) => ({ kubelet: each, api: takeById(identityOf(each)) }));
  const taken = new Set(paired.map((pair) => pair.api));
  const rest = api.filter((each) => !taken.has(each));
  const takeByName = takerOf(rest, nameOf);
  const sides = paired.map((pair) => ({
    ...pair,
    api: pair.api ?? takeByName(nameOf(pair.kubelet)),
  }));
  const all = new Set(sides.map((pair) => pair.api));
  return [...sides, ...rest.filter((each) => !all.has(each)).map((each) => ({ api: each }))];
}

/** The returned function returns each pod only once. */
function takerOf(
  pods: readonly PodFacts[],
  keyOf: (pod: PodFacts) => string | undefined,
): (key: string | undefined) => PodFacts | undefined {
  const byKey = new Map<string, PodFacts>();
  for (const pod of pods) {
    const key = keyOf(pod);
    if (key !== undefined && !byKey.has(key)) byKey.set(key, pod);
  }
  return (key) => {
    if (key === undefined) return undefined;
    const found = byKey.get(key);
    byKey.delete(key);
    return found;
  };
}

/** The key is unique: neither a namespace nor a name contains a slash. */
function nameOf({ namespace, pod }: Pick<PodFacts, 'namespace' | 'pod'>): string {
  return `${namespace}/${pod}`;
}

export function differencesOf({ kubelet, api }: PodSides): readonly Difference[] {
  if (!kubelet) return api ? [api.mirrorOf === undefined ? 'not on kubelet' : 'stale mirror'] : [];
  if (!api) return [isStatic(kubelet) ? 'no mirror' : 'not in API'];
  // These are two different pods with the same name, so their states are not compared.
  if (identityOf(kubelet) !== identityOf(api)) return ['uid'];
  const isDeleted = kubelet.isTerminating !== api.isTerminating;
  const differs = {
    terminating: isDeleted,
    status: !isDeleted && kubelet.status !== api.status,
    ready: kubelet.ready !== api.ready,
    restarts: kubelet.restarts !== api.restarts,
  } as const;
  return (Object.keys(differs) as (keyof typeof differs)[]).filter((each) => differs[each]);
}

/**
 * Returns the part of a difference that a later list of pods from the API server confirms; undefined if it confirms nothing. A pod that
 * changes between the response of the kubelet and a list differs from only one of the two lists.
 */
export function stillDiffers(
  difference: PodDifference,
  api: readonly PodFacts[],
  find: (sides: PodSides) => readonly Difference[],
): PodDifference | undefined {
  const later = { ...difference, api: laterOf(difference, api) };
  const now = find(later);
  const differences = difference.differences.filter((each) => now.includes(each));
  return differences.length === 0 ? undefined : { ...later, differences };
}

/**
 * Finds the pod in a later list by its uid. If the kubelet's pod has no uid, or had a counterpart in the earlier list, also accepts a pod
 * with the same name and another uid.
 */
function laterOf(
  { kubelet, runtime, api: earlier }: PodDifference,
  api: readonly PodFacts[],
): PodFacts | undefined {
  const facts = kubelet ?? earlier;
  const known = facts ?? runtime;
  if (!known) return undefined;
  const identity = facts ? identityOf(facts) : known.uid;
  const named = api.filter((each) => nameOf(each) === nameOf(known));
  const same = named.find((each) => identityOf(each) === identity);
  const isByName = kubelet && (earlier || identity === undefined);
  return same ?? (isByName ? named[0] : undefined);
}
