import type { Count } from '../../kubelet/bodies/exact.ts';
import { podState } from '../../kubelet/bodies/pod-state.ts';
import type { KubeletPod } from '../../kubelet/bodies/pods.ts';

/** Facts about a pod that both kubelets and the API server report. A field is undefined if the fact is not reported. */
export interface PodFacts {
  readonly namespace: string;
  readonly pod: string;
  readonly uid: string | undefined;
  /** Uid of the static pod that a mirror pod represents; undefined for other pods. */
  readonly mirrorOf: string | undefined;
  /** Source from which the kubelet got the pod: api, file or http. */
  readonly source: string | undefined;
  /** Status as `kubectl get pods` prints it. */
  readonly status: string | undefined;
  /** Number of ready containers and sidecars, and their total number, as `1/2`. */
  readonly ready: string | undefined;
  readonly restarts: Count | undefined;
  readonly isTerminating: boolean;
  readonly isRunning: boolean;
}

/** Source of the annotations: https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/kubelet/types/pod_update.go */
export function podFacts(pod: KubeletPod): PodFacts {
  const { metadata, status } = pod;
  const { annotations = {} } = metadata;
  const state = podState(pod);
  return {
    namespace: metadata.namespace,
    pod: metadata.name,
    uid: metadata.uid || undefined,
    mirrorOf: annotations['kubernetes.io/config.mirror'] || undefined,
    source: annotations['kubernetes.io/config.source'] || undefined,
    status: state?.status,
    ready: state && `${state.readyContainers}/${state.containers}`,
    restarts: state?.restarts,
    isTerminating: metadata.deletionTimestamp !== undefined,
    isRunning: [status?.containerStatuses, status?.initContainerStatuses]
      .flatMap((statuses) => statuses ?? [])
      .some(({ state: current }) => current?.running !== undefined),
  };
}

/** A mirror pod in the API server has another uid than its static pod. */
export function identityOf({ uid, mirrorOf }: PodFacts): string | undefined {
  return mirrorOf ?? uid;
}

export function isStatic({ source }: PodFacts): boolean {
  return source !== undefined && source !== 'api';
}

/**
 * Packs facts into a text, which takes less memory than an object, because lists have up to 150,000 pods.
 * @param node a number, because names of nodes may be long
 */
export function packPod(node: number, facts: PodFacts): string {
  const restarts = facts.restarts === undefined ? undefined : Number(facts.restarts);
  const packed = { ...facts, restarts };
  return JSON.stringify([node, ...packedKeys.map((key) => packed[key] ?? null)]);
}

export function unpackPod(packed: string): readonly [node: number, facts: PodFacts] {
  const [node, ...values] = JSON.parse(packed) as [number, ...unknown[]];
  const fields = packedKeys.map((key, index) => [key, values[index] ?? undefined] as const);
  return [node, Object.fromEntries(fields) as unknown as PodFacts];
}

const packedKeys = [
  'namespace',
  'pod',
  'uid',
  'mirrorOf',
  'source',
  'status',
  'ready',
  'restarts',
  'isTerminating',
  'isRunning',
] as const satisfies readonly (keyof PodFacts)[];
