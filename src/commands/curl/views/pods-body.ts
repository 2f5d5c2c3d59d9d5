import * as v from '@badrap/valita';
import { type Checked, checkType } from '../../../schema.ts';

// What is read of /pods, which has the pods that the kubelet runs as a v1.PodList.
// Source: https://github.com/kubernetes/kubernetes/blob/v1.37.2/staging/src/k8s.io/api/core/v1/types.go

const text = v.string().optional();

/** Names to quantities, such as 100Mi; a kubelet writes them as text, though the API takes numbers, too. */
const resourceList = v.record(v.union(v.string(), v.number())).optional();

const container = v.object({
  name: v.string(),
  /** Of an init container: Always makes it a sidecar. */
  restartPolicy: text,
  resources: v.object({ requests: resourceList, limits: resourceList }).optional(),
});
const containers = v.array(container).optional();

const pod = v.object({
  metadata: v.object({
    name: v.string(),
    namespace: v.string(),
    uid: text,
    labels: v.record(v.string()).optional(),
    ownerReferences: v
      .array(
        v.object({
          kind: v.string(),
          name: v.string(),
          controller: v.boolean().optional(),
        }),
      )
      .optional(),
  }),
  spec: v.object({
    containers,
    initContainers: containers,
    ephemeralContainers: containers,
    /** What the sandbox of a runtime class takes. */
    overhead: resourceList,
    /** The other field of each is what it is, such as emptyDir. */
    volumes: v.array(v.object({ name: v.string() }).rest(v.unknown())).optional(),
  }),
});

const podList = v.object({
  kind: v.literal('PodList'),
  /** Null on a node without pods. */
  items: v.array(pod).optional(),
});

export type Pod = v.Infer<typeof pod>;
export type Container = v.Infer<typeof container>;

/** By uid, as /stats/summary refers to them: a name may be used again. */
export type PodsByUid = ReadonlyMap<string, Pod>;

/** Reads the body of /pods. The problem is a phrase: `no list of pods: …`. */
export function parsePods(body: string): Checked<PodsByUid> {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return { problem: 'no list of pods: not JSON' };
  }
  const checked = checkType(podList, value, { whole: true });
  if (!checked.decoded) return { ...checked, problem: `no list of pods: ${checked.problem}` };
  const { items = [] } = checked.decoded.value;
  const byUid = new Map(
    items.flatMap((each) => {
      const { uid } = each.metadata;
      return uid === undefined ? [] : [[uid, each] as const];
    }),
  );
  return { decoded: { value: byUid } };
}
