import type { Count } from '../../../kubelet/bodies/exact.ts';
import { coresOf } from '../../../kubelet/bodies/pod-resources.ts';
import type { ContainerEnd } from '../../../kubelet/bodies/pod-state.ts';
import { type Field, textField, wideSum } from './fields.ts';

/** Returns the request or limit of a pod or container for a resource. CPU is in thousandths of a core. */
export type AmountOf = (kind: 'requests' | 'limits', resource: string) => Count | undefined;

interface ResourceSource {
  /** Requests and limits; undefined if /pods was not read. */
  readonly amountOf: AmountOf | undefined;
}

/** Returns fields for requests and limits, as the scheduler counts them. */
export function resourceFields(scope: 'pod' | 'container'): readonly Field<ResourceSource>[] {
  const about = (help: string) =>
    `${help} As the scheduler counts it: ${scope === 'pod' ? 'with init containers, and ' : ''}during a resize the larger of old and new.`;
  return [
    wideSum('CPU REQUESTED', 'cpuRequestedCores', 'cores', {
      of: ({ amountOf }) => coresOf(amountOf?.('requests', 'cpu')),
      name: `${scope}_cpu_requested_cores`,
      help: `CPU that the ${scope} requests, in cores.`,
      about: about(`CPU that the ${scope} requests, in cores.`),
    }),
    wideSum('CPU LIMIT', 'cpuLimitCores', 'cores', {
      of: ({ amountOf }) => coresOf(amountOf?.('limits', 'cpu')),
      name: `${scope}_cpu_limit_cores`,
      help: `CPU that the ${scope} may use, in cores.`,
      about: about(`CPU that the ${scope} may use, in cores.`),
    }),
    wideSum('MEMORY REQUESTED', 'memoryRequestedBytes', 'bytes', {
      of: ({ amountOf }) => amountOf?.('requests', 'memory'),
      name: `${scope}_memory_requested_bytes`,
      help: `Memory that the ${scope} requests.`,
      about: about(`Memory that the ${scope} requests.`),
    }),
    wideSum('MEMORY LIMIT', 'memoryLimitBytes', 'bytes', {
      of: ({ amountOf }) => amountOf?.('limits', 'memory'),
      name: `${scope}_memory_limit_bytes`,
      help: `Memory that the ${scope} may use.`,
      about: about(`Memory that the ${scope} may use.`),
    }),
  ];
}

export const ephemeralFields: readonly Field<ResourceSource>[] = [
  wideSum('DISK REQUESTED', 'ephemeralRequestedBytes', 'bytes', {
    of: ({ amountOf }) => amountOf?.('requests', 'ephemeral-storage'),
    name: 'pod_ephemeral_storage_requested_bytes',
    help: 'Ephemeral storage that the pod requests.',
  }),
  wideSum('DISK LIMIT', 'ephemeralLimitBytes', 'bytes', {
    of: ({ amountOf }) => amountOf?.('limits', 'ephemeral-storage'),
    name: 'pod_ephemeral_storage_limit_bytes',
    help: 'Ephemeral storage above which the pod is evicted.',
  }),
];

interface EndSource {
  readonly end: ContainerEnd | undefined;
}

/** Returns fields for the last end of a container, or of the containers of a pod. */
export function lastEndFields(scope: 'pod' | 'container'): readonly Field<EndSource>[] {
  const ofPod = scope === 'pod';
  const volatile = { role: 'volatile' } as const;
  const detail = { ...volatile, detail: true } as const;
  return [
    textField('LAST END', 'lastEnd', ({ end }) => end && textOf(end, ofPod), {
      ...{ ...volatile, sparse: true },
      about: `How ${ofPod ? 'a container of the pod' : 'the container'} ended last: ${ofPod ? 'container, ' : ''}reason and exit code. Absent if none failed or restarted.`,
    }),
    {
      ...{ head: 'ENDED', key: 'lastEndTime', unit: 'age', ...volatile, sparse: true },
      of: ({ end }) => end?.time,
      about: 'When it ended, in the form of RFC 3339.',
    },
    textField('LAST END REASON', 'lastEndReason', ({ end }) => end?.reason, {
      ...{ ...detail, about: 'Such as OOMKilled, Error or Completed.' },
    }),
    {
      ...{ head: 'LAST END EXIT CODE', key: 'lastEndExitCode', unit: 'count', detail: true },
      of: ({ end }) => end?.exitCode,
    },
    ...(ofPod
      ? [
          textField<EndSource>(
            'LAST END CONTAINER',
            'lastEndContainer',
            ({ end }) => end?.container,
            detail,
          ),
        ]
      : []),
  ];
}

function textOf({ container, reason, exitCode }: ContainerEnd, ofPod: boolean): string {
  const code = exitCode === undefined ? '' : ` (${exitCode})`;
  return `${ofPod && container !== undefined ? `${container}: ` : ''}${reason}${code}`;
}
