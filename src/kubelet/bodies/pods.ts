import * as v from '@badrap/valita';
import { type Checked, mapChecked } from '../../schema.ts';
import { parseBody } from './parse-body.ts';

// The fields of /pods that this program reads. /pods is a v1.PodList of the pods that the kubelet runs.
// Source: https://github.com/kubernetes/kubernetes/blob/v1.37.2/staging/src/k8s.io/api/core/v1/types.go

const text = v.string().optional();
const number = v.number().optional();
const flag = v.boolean().optional();

/** Quantities such as 100Mi by resource name. Kubelets write them as strings, but the API also accepts numbers. */
const resourceList = v.record(v.union(v.string(), v.number())).optional();

const resources = v.object({ requests: resourceList, limits: resourceList }).optional();

const container = v.object({
  name: v.string(),
  /** In an init container, `Always` makes the container a sidecar. */
  restartPolicy: text,
  resources,
});
const containers = v.array(container).optional();

/** At most one of these fields is set. If none is set, the container waits. */
const state = v
  .object({
    waiting: v.object({ reason: text }).optional(),
    running: v.object({}).optional(),
    terminated: v
      .object({ exitCode: number, signal: number, reason: text, finishedAt: text })
      .optional(),
  })
  .optional();

const containerStatus = v.object({
  name: text,
  image: text,
  /** Such as registry.k8s.io/pause@sha256:DIGEST; empty before the start. */
  imageID: text,
  /** Such as containerd://ID; empty before the start. */
  containerID: text,
  ready: flag,
  started: flag,
  restartCount: number,
  state,
  lastState: state,
  /**
   * Requests that the node has reserved for the container. The container runs with `resources`. During a resize, both fields differ
   * from the spec.
   */
  allocatedResources: resourceList,
  resources,
});
const containerStatuses = v.array(containerStatus).optional();

/**
 * Status of the pod. For a static pod, the kubelet determines it; for other pods, it is the status last received from the API
 * server.
 */
const status = v
  .object({
    phase: text,
    reason: text,
    conditions: v.array(v.object({ type: text, status: text, reason: text })).optional(),
    podIP: text,
    qosClass: text,
    containerStatuses,
    initContainerStatuses: containerStatuses,
    ephemeralContainerStatuses: containerStatuses,
    /** Requests that the node has reserved for the pod as a whole. */
    allocatedResources: resourceList,
    resources,
  })
  .optional();

const podType = v.object({
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
    containers,
    initContainers: containers,
    ephemeralContainers: containers,
    /** Resources of the pod as a whole, since 1.32. */
    resources,
    /** Resources that the sandbox of the pod's runtime class needs. */
    overhead: resourceList,
    priority: number,
    hostNetwork: flag,
    /** The name of the second field is the type of the volume, such as emptyDir. */
    volumes: v
      .array(
        v
          .object({
            name: v.string(),
            persistentVolumeClaim: v.object({ claimName: text }).optional(),
          })
          .rest(v.unknown()),
      )
      .optional(),
  }),
  status,
});

const podList = v.object({
  kind: v.literal('PodList'),
  /** Null if the node has no pods. */
  items: v.array(podType).optional(),
});

export type KubeletPod = v.Infer<typeof podType>;
export type Container = v.Infer<typeof container>;
export type ContainerStatus = v.Infer<typeof containerStatus>;
export type PodStatus = NonNullable<v.Infer<typeof status>>;

/** Pods by UID, as in /stats/summary. Names are no keys, because a new pod may have the name of an old one. */
export type PodsByUid = ReadonlyMap<string, KubeletPod>;

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
 * Returns the owner of a pod, such as Deployment/web, StatefulSet/db, or the pod itself. The name of a Deployment comes from its
 * ReplicaSet's name, without the hash that the pods have as label `pod-template-hash`.
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
  /** UID of the pod. For a static pod, the hash of its manifest. */
  readonly uid: string | undefined;
  readonly containers: readonly string[];
}

/** Returns the facts in an item of /runningpods/. The item has no status, and contains only running containers. */
export function runningFacts({ metadata, spec }: KubeletPod): RunningFacts {
  return {
    namespace: metadata.namespace,
    pod: metadata.name,
    uid: metadata.uid || undefined,
    containers: spec.containers?.map(({ name }) => name) ?? [],
  };
}
