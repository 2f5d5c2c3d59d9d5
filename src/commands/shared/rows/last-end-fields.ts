import type { ContainerEnd } from '../../../kubelet/bodies/pod-state.ts';
import { type Field, textField } from './fields.ts';

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
