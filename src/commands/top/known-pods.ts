import { hasEnded, podState } from '../../kubelet/bodies/pod-state.ts';
import type { KubeletPod, PodsByUid } from '../../kubelet/bodies/pods.ts';
import type { PodStats, StatsSummary } from '../../kubelet/bodies/stats-summary.ts';
import { plainText } from '../../text/column.ts';
import { escapeControlLine } from '../../text/escape.ts';
import { summarize } from '../../text/list.ts';
import type { Row } from '../shared/fleet/outcome.ts';
import { type Field, textField, wideVolatile } from '../shared/rows/fields.ts';

interface KnownPod {
  /** Statistics of the pod. If it is not measured, they have only its name. */
  readonly stats: PodStats;
  /** The pod as /pods describes it; undefined if /pods was not read. */
  readonly pod: KubeletPod | undefined;
  /** Why the kubelet does not measure the pod: its state; undefined if the pod is measured. */
  readonly unmeasured: string | undefined;
}

/** Returns the pods that the kubelet measures, and then the other pods of /pods. Kubelets do not measure pods without a running container. */
export function knownPods(summary: StatsSummary, pods: PodsByUid = new Map()): readonly KnownPod[] {
  const { pods: stats = [] } = summary;
  const measured = stats.map((each) => {
    const { uid } = each.podRef;
    const pod = uid === undefined ? undefined : pods.get(uid);
    return { stats: each, pod, unmeasured: undefined };
  });
  const others = unmeasuredPods(summary, pods).map(([uid, pod]) => {
    const { namespace, name } = pod.metadata;
    const stats = { podRef: { namespace, name, uid } };
    return { stats, pod, unmeasured: podState(pod)?.status ?? 'no status' };
  });
  return [...measured, ...others];
}

function unmeasuredPods({ pods: stats = [] }: StatsSummary, pods: PodsByUid) {
  const uids = new Set(stats.map(({ podRef }) => podRef.uid));
  return [...pods].filter(([uid]) => !uids.has(uid));
}

/** Separates the pods that have ended and are not measured any more from the others. */
export function splitEnded(summary: StatsSummary, pods: PodsByUid | undefined) {
  if (!pods) return {};
  const ended: PodsByUid = new Map(
    unmeasuredPods(summary, pods).filter(([, pod]) => hasEnded(pod)),
  );
  return { ended, others: new Map([...pods].filter(([uid]) => !ended.has(uid))) };
}

export const unmeasuredField: Field<{ readonly unmeasured: string | undefined }> = textField(
  'NOT MEASURED',
  'unmeasured',
  ({ unmeasured }) => unmeasured,
  {
    ...wideVolatile,
    about: 'Why the kubelet measures nothing of it, such as CrashLoopBackOff; absent if it does.',
  },
);

const mostNames = 5;

export function unmeasuredNotes(rows: readonly Row[]): readonly string[] {
  const names = rows.flatMap(({ namespace, pod, container, unmeasured: reason }) => {
    const path = [namespace, pod, container].flatMap((each) => each ?? []).map(plainText);
    return reason === undefined ? [] : [`${path.join('/')} (${plainText(reason)})`];
  });
  if (names.length === 0) return [];
  return [escapeControlLine(`note: not measured: ${summarize([...new Set(names)], mostNames)}`)];
}

interface DeviceSource {
  readonly extended: readonly string[] | undefined;
  readonly unhealthy: readonly string[] | undefined;
}

export function deviceFields(scope: 'node' | 'pod'): readonly Field<DeviceSource>[] {
  return [
    textField('EXTENDED', 'extendedRequested', ({ extended }) => extended, {
      ...{ ...wideVolatile, type: 'texts' },
      about:
        scope === 'node'
          ? 'Extended resources, such as nvidia.com/gpu=3/8: what pods request, of what they may use.'
          : 'Extended resources that the pod requests, such as nvidia.com/gpu=1.',
    }),
    textField('UNHEALTHY', 'unhealthyDevices', ({ unhealthy }) => unhealthy, {
      ...{ ...wideVolatile, type: 'texts' },
      about: 'Devices of containers that are unhealthy, by resource and ID, as /pods has them.',
    }),
  ];
}

export function deviceNotes(rows: readonly Row[]): readonly string[] {
  const named = rows.flatMap(({ node, namespace, pod, unhealthyDevices: devices }) => {
    const place = pod === undefined ? plainText(node) : `${plainText(namespace)}/${plainText(pod)}`;
    return devices === undefined ? [] : [`${place} (${plainText(devices)})`];
  });
  if (named.length === 0) return [];
  return [escapeControlLine(`note: unhealthy devices: ${summarize(named, 5)}`)];
}
