import type { Pod } from './pods.ts';

/** What a container runtime runs of a pod. */
export interface RunningFacts {
  readonly namespace: string;
  readonly pod: string;
  /** Of a static pod, the hash of its manifest. */
  readonly uid: string | undefined;
  readonly containers: readonly string[];
}

/** /runningpods/ has what the runtime knows: no status, and of containers those that run. */
export function runningFacts({ metadata, spec }: Pod): RunningFacts {
  return {
    namespace: metadata.namespace,
    pod: metadata.name,
    uid: metadata.uid || undefined,
    containers: spec.containers?.map(({ name }) => name) ?? [],
  };
}
