import * as v from '@badrap/valita';
import { type Checked, mapChecked } from '../../schema.ts';
import { parseBody } from './parse-body.ts';

// The fields read of /pods, a v1.PodList of the pods that the kubelet runs.
// Source: https://github.com/kubernetes/kubernetes/blob/v1.37.2/staging/src/k8s.io/api/core/v1/types.go

const text = v.string().optional();
const number = v.number().optional();
const flag = v.boolean().optional();

/** Quantities such as 100Mi by resource; a kubelet writes them as text, though the API also accepts numbers. */
const resourceList = v.record(v.union(v.string(), v.number())).optional();

const resources = v.object({ requests: resourceList, limits: resourceList }).optional();

const container = v.object({
  name: v.string(),
  /** For an init container: `Always` makes it a sidecar. */
  restartPolicy: text,
  resources,
});
const containers = v.array(container).optional();

/** One of three states; a container without any of them waits. */
const state = v
  .object({
    waiting: v.object({ reason: text }).optional(),
    running: v.object({}).optional(),
    terminated: v.object({ exitCode: number, signal: number, reason: text }).optional(),
  })
  .optional();

const containerStatus = v.object({
  name: text,
  ready: flag,
  started: flag,
  restartCount: number,
  state,
  /** Resources that the node has reserved, while the container runs with `resources`. During a resize, both differ from the spec. */
  allocatedResources: resourceList,
  resources,
});
const containerStatuses = v.array(containerStatus).optional();

/** Status that the kubelet finds for a static pod; for other pods, the status last received from the API server. */
const status = v
  .object({
    phase: text,
    reason: text,
    conditions: v.array(v.object({ type: text, status: text, reason: text })).optional(),
    podIP: text,
    qosClass: text,
    containerStatuses,
    initContainerStatuses: containerStatuses,
    /** Resources that are reserved for the pod as a whole. */
    allocatedResources: resourceList,
    resources,
  })
  .optional();

export const podType = v.object({
  metadata: v.object({
    name: v.string(),
    namespace: v.string(),
    uid: text,
    labels: v.record(v.string()).optional(),
    annotations: v.record(v.string()).optional(),
    deletionTimestamp: text,
    ownerReferences: v
      .array(v.object({ kind: v.string(), name: v.string(), controller: flag }))
      .optional(),
  }),
  spec: v.object({
    /** Node of the pod; only the API server sets it. */
    nodeName: text,
    containers,
    initContainers: containers,
    ephemeralContainers: containers,
    /** Resources of the pod as a whole, since 1.32. */
    resources,
    /** Resources of the sandbox of a runtime class. */
    overhead: resourceList,
    priority: number,
    hostNetwork: flag,
    /** The other field of a volume is its type, such as emptyDir. */
    volumes: v.array(v.object({ name: v.string() }).rest(v.unknown())).optional(),
  }),
  status,
});

const podList = v.object({
  kind: v.literal('PodList'),
  /** Null on a node without pods. */
  items: v.array(podType).optional(),
});

export type KubeletPod = v.Infer<typeof podType>;
export type Container = v.Infer<typeof container>;
export type ContainerStatus = v.Infer<typeof containerStatus>;
export type PodStatus = NonNullable<v.Infer<typeof status>>;

/** Pods by uid, as in /stats/summary: the name of a pod may be used again. */
export type PodsByUid = ReadonlyMap<string, KubeletPod>;

/** Reads the body of /pods. The problem is a phrase: `no list of pods: …`. */
export function parsePodList(body: string): Checked<readonly KubeletPod[]> {
  const checked = parseBody(podList, body, 'list of pods', { whole: true });
  return mapChecked(checked, ({ items = [] }) => items);
}

export function parsePods(body: string): Checked<PodsByUid> {
  return mapChecked(parsePodList(body), (pods) => {
    const withUid = pods.flatMap((each) => {
      const { uid } = each.metadata;
      return uid === undefined ? [] : [[uid, each] as const];
    });
    return new Map(withUid);
  });
}

/**
 * Returns the owner of a pod, such as Deployment/web, StatefulSet/db, or the pod itself. A Deployment names a ReplicaSet by its own name
 * and the hash of the pod template, which the pods have as a label.
 */
export function podOwner({ metadata }: KubeletPod): string {
  const { name, labels, ownerReferences } = metadata;
  const owner = ownerReferences?.find(({ controller }) => controller === true);
  if (!owner) return `Pod/${name}`;
  const hash = labels?.['pod-template-hash'];
  const isOfDeployment =
    owner.kind === 'ReplicaSet' && hash !== undefined && owner.name.endsWith(`-${hash}`);
  return isOfDeployment
    ? `Deployment/${owner.name.slice(0, -hash.length - 1)}`
    : `${owner.kind}/${owner.name}`;
}

export interface RunningFacts {
  readonly namespace: string;
  readonly pod: string;
  /** Uid of the pod; for a static pod, the hash of its manifest. */
  readonly uid: string | undefined;
  readonly containers: readonly string[];
}

/** Returns the facts in an item of /runningpods/, which has no status, and only running containers. */
export function runningFacts({ metadata, spec }: KubeletPod): RunningFacts {
  return {
    namespace: metadata.namespace,
    pod: metadata.name,
    uid: metadata.uid || undefined,
    containers: spec.containers?.map(({ name }) => name) ?? [],
  };
}
